"""Another program that gives a room's sound: writes the samples of a WAV file, faster than they are spoken.

python room_writer.py WAV PIPE
"""

from __future__ import annotations

import sys
import time
import wave
from pathlib import Path

BLOCK_BYTES = 4000
"""An eighth of a second, as recording programs deliver."""
TIMES_FASTER = 20


def write(sound: bytes, pipe: Path) -> None:
    """Write it in paced blocks."""
    with pipe.open("wb", buffering=0) as target:
        for start in range(0, len(sound), BLOCK_BYTES):
            target.write(sound[start : start + BLOCK_BYTES])
            time.sleep(BLOCK_BYTES / 32_000 / TIMES_FASTER)


if __name__ == "__main__":
    with wave.open(sys.argv[1]) as recording:
        write(recording.readframes(recording.getnframes()), Path(sys.argv[2]))

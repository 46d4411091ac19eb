"""A process that writes sounds until it is killed: each of one byte's value, which also is in its length."""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from voice_engine.backends.sound_store import SoundStore

NAMES = [f"sound{number}" for number in range(40)]
MAX_BYTES = 3_000_000
"""Too little for all: some are evicted meanwhile."""


def sound(number: int) -> bytes:
    """A sound that tells whether it is whole."""
    return bytes([number % 251]) * (100_000 + number % 251)


async def main(directory: Path) -> None:
    """Write for ever."""
    async with SoundStore(directory, MAX_BYTES) as store:
        for number in itertools.count():
            await store.save(NAMES[number % len(NAMES)], sound(number))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

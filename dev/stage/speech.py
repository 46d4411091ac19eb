"""What people say: sentences spoken by flite, kept as 8 kHz WAV files that end in silence."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dev.stage.processes import StageError

RATE = 8000
"""Samples per second of everything a telephone carries."""
SYNTHESIS_SECONDS = 60.0
"""A sentence takes a tenth of a second; the rest is for a busy machine with a cold disk."""
TAIL_SECONDS = 120
"""Silence after a sentence: a phone whose source has run out hangs up, so it must outlast the call."""


class Voice(StrEnum):
    """The voices of flite that a recogniser understands well."""

    WOMAN = "slt"
    MAN = "rms"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to say."""

    text: str
    path: Path
    seconds: float
    """How long it is spoken, without the silence after it."""


class Speech:
    """Speaks sentences, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def silence(self) -> Path:
        """A file of nothing."""
        path = self._folder / "silence.wav"
        if not path.exists():
            _write(path, b"")
        return path

    async def sentence(self, text: str, voice: Voice = Voice.WOMAN) -> Sentence:
        """Speak ``text``. Raises: StageError."""
        name = hashlib.sha256(f"{voice}:{text}".encode()).hexdigest()[:12]
        spoken = self._folder / f"{name}.flite.wav"
        telephone = self._folder / f"{name}.raw"
        if not telephone.exists():
            await _run("flite", "-voice", voice, "-t", text, "-o", spoken)
            await _run("sox", spoken, "-t", "raw", "-r", RATE, "-c", 1, "-b", 16, "-e", "signed", telephone)
        path = self._folder / f"{name}.wav"
        pcm = telephone.read_bytes()
        _write(path, pcm)
        return Sentence(text, path, len(pcm) / 2 / RATE)


def _write(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm + bytes(2 * RATE * TAIL_SECONDS))


async def _run(*command: str | Path | int) -> None:
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), SYNTHESIS_SECONDS)
    if process.returncode:
        raise StageError(f"{command[0]} failed: {output.decode(errors='replace')}")

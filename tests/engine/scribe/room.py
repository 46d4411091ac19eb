"""A room to listen to, what is written down of it, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Never

from tests.engine.fakes import audible, words_in
from voice_engine.core.clips import Clip
from voice_engine.core.errors import BackendUnavailable, VoiceEngineError
from voice_engine.core.microphone import MICROPHONE_RATE, HeardUtterance, MicrophoneState, MicrophoneStatus
from voice_engine.core.transcript import Language, Transcript

BYTES_PER_SECOND = MICROPHONE_RATE * 2
BLOCK_SECONDS = 0.125
"""As arecord delivers."""
NOISE = b"\x03\x00\xfd\xff" * (BYTES_PER_SECOND // 8)
"""Half a second of a quiet room."""


def spoken(text: str, seconds: float = 1.0) -> bytes:
    """A sentence as the microphone gives it."""
    return audible(text, 2 * seconds)  # frames of 16 kHz hold two of a telephone's


def quiet(seconds: float) -> bytes:
    """A room in which nobody speaks."""
    return (NOISE * round(2 * seconds + 1))[: round(seconds * BYTES_PER_SECOND)]


class FakeRoom:
    """A ``SoundSource`` that gives what it is told, at once or as fast as it is spoken."""

    def __init__(self) -> None:
        self.captures = 0
        self.capturing = False
        self._coming: asyncio.Queue[bytes | str] = asyncio.Queue()

    async def capture(self, on_sound: Callable[[bytes], None], on_away: Callable[[str], None]) -> Never:
        """As told; what came while nobody listened is gone."""
        self._coming = asyncio.Queue()
        self.captures += 1
        self.capturing = True
        try:
            while True:
                match await self._coming.get():
                    case str(why):
                        on_away(why)
                    case sound:
                        on_sound(sound)
        finally:
            self.capturing = False

    def give(self, *sounds: bytes) -> None:
        """All at once."""
        for sound in sounds:
            self._coming.put_nowait(sound)

    async def play(self, *sounds: bytes) -> None:
        """As fast as it is spoken."""
        sound, block = b"".join(sounds), round(BLOCK_SECONDS * BYTES_PER_SECOND)
        for start in range(0, len(sound), block):
            await asyncio.sleep(BLOCK_SECONDS)
            self.give(sound[start : start + block])

    def break_off(self, why: str) -> None:
        """Nothing is captured any more."""
        self._coming.put_nowait(why)


@dataclass(slots=True)
class FakeSwitch:
    """A ``SwitchKeeper`` in memory."""

    enabled: bool = False
    broken: bool = False

    async def keep(self, enabled: bool) -> None:
        """Kept, unless it is broken."""
        if self.broken:
            raise BackendUnavailable("it is switched, but the disk is full")
        self.enabled = enabled


@dataclass(slots=True)
class FakeWriter:
    """Reads the words that ``spoken`` puts into sound, after a while."""

    delay_seconds: float = 0.5
    problem: VoiceEngineError | None = None
    clips: list[Clip] = field(default_factory=list)

    async def overheard(self, clip: Clip, language: Language) -> Transcript:
        """As told."""
        self.clips.append(clip)
        await asyncio.sleep(self.delay_seconds)
        if self.problem:
            raise self.problem
        return Transcript(" ".join(words_in(clip.pcm)), 0.9, "fake")


class Audience:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.statuses: list[MicrophoneStatus] = []
        self.heard: list[HeardUtterance] = []

    def set_microphone(self, status: MicrophoneStatus) -> None:
        """Kept."""
        self.statuses.append(status)

    def tell_heard(self, utterance: HeardUtterance) -> None:
        """Kept."""
        self.heard.append(utterance)

    @property
    def sentences(self) -> list[str]:
        """What was heard."""
        return [utterance.text for utterance in self.heard]

    @property
    def states(self) -> list[MicrophoneState]:
        """Those it went through."""
        states: list[MicrophoneState] = []
        for status in self.statuses:
            if not states or states[-1] is not status.state:
                states.append(status.state)
        return states

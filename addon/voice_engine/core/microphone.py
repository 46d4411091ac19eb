"""The microphone as the world sees it, and what its sound says about the microphone itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from voice_engine.core.audio import SAMPLE_BYTES, level_dbfs
from voice_engine.core.problems import Problem
from voice_engine.core.transcript import Language

MICROPHONE_RATE = 16_000
"""Hertz: what recognisers were trained on; sound comes as signed 16-bit little-endian mono."""
SILENT_SECONDS = 15.0
"""A converter's own noise moves the last bit in every room; nothing but zeros for so long is a microphone that is
muted, or a device that has none."""


class MicrophoneState(StrEnum):
    """How the microphone is doing."""

    OFF = "off"
    """Switched off: nothing is captured."""
    STARTING = "starting"
    """Switched on, and no sound has come yet."""
    LISTENING = "listening"
    NO_SIGNAL = "no_signal"
    """Sound comes, and it is digital silence."""
    UNAVAILABLE = "unavailable"
    """It cannot be captured from; that is tried again and again."""


@dataclass(frozen=True, slots=True)
class MicrophoneStatus:
    """The microphone as it is now."""

    enabled: bool = False
    state: MicrophoneState = MicrophoneState.OFF
    problem: Problem | None = None
    """Why it is not listening, or why what it hears is not understood."""
    level_dbfs: float | None = None
    """Of the last whole second, against full scale; None while no sound comes."""
    heard: int = 0
    """Utterances since the start that became words."""
    dismissed: int = 0
    """Those that were no speech, or held no words that were surely said."""
    failed: int = 0
    """Those that no recogniser could be asked about."""
    lost: int = 0
    """Those that waited too long, and made room for newer ones."""
    waiting: int = 0
    """Those that will be transcribed."""

    def to_wire(self) -> dict[str, Any]:
        """The ``Microphone`` schema of the contract."""
        problem = self.problem.to_wire("problem") if self.problem else Problem.none("problem")
        return {name: getattr(self, name) for name in self.__slots__} | problem


@dataclass(frozen=True, slots=True)
class MicrophoneEvent:
    """The microphone is doing otherwise than before."""

    at: str
    """ISO 8601 with offset."""
    microphone: MicrophoneStatus

    def to_wire(self) -> dict[str, Any]:
        """The ``MicrophoneMessage`` schema of the contract."""
        return {"type": "microphone", "at": self.at, "microphone": self.microphone.to_wire()}


@dataclass(frozen=True, slots=True)
class HeardUtterance:
    """What somebody said in the room."""

    text: str
    language: Language
    confidence: float
    """From 0 (a guess) to 1 (certain)."""
    seconds: float
    """How long the sound is that it was heard in."""
    backend: str
    """Who understood it."""

    def to_wire(self) -> dict[str, Any]:
        """The ``Utterance`` schema of the contract."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class UtteranceEvent:
    """Something was said in the room; told once, and kept nowhere."""

    at: str
    """ISO 8601 with offset."""
    utterance: HeardUtterance

    def to_wire(self) -> dict[str, Any]:
        """The ``UtteranceMessage`` schema of the contract."""
        return {"type": "utterance", "at": self.at, "utterance": self.utterance.to_wire()}


class SignalWatch:
    """Looks at the sound of a microphone second by second."""

    def __init__(self) -> None:
        self.level_dbfs: float | None = None
        """Of the last whole second."""
        self._second = bytearray()
        self._silent_seconds = 0

    @property
    def silent(self) -> bool:
        """Whether it has been digital silence for ``SILENT_SECONDS``."""
        return self._silent_seconds >= SILENT_SECONDS

    def feed(self, pcm: bytes) -> bool:
        """Take what comes, in pieces of any size; tells whether there is a new reading."""
        self._second += pcm
        size = MICROPHONE_RATE * SAMPLE_BYTES
        read = len(self._second) >= size
        while len(self._second) >= size:
            second = bytes(self._second[:size])
            del self._second[:size]
            self.level_dbfs = round(level_dbfs(second), 1)
            self._silent_seconds = 0 if any(second) else self._silent_seconds + 1
        return read

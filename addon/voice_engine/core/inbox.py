"""Recordings dropped into a folder: which files they are, what is written beside them, and what the world is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from voice_engine.core.errors import VoiceEngineError
from voice_engine.core.transcript import Language

TEXT_SUFFIX = ".txt"
"""Of the file with the words, after the recording's whole name: ``a.wav`` and ``a.mp3`` may lie side by side."""
DETAILS_SUFFIX = ".json"
"""Of the file that tells whose words they are. It is written last: where it is, all is."""
PROBLEM_SUFFIX = ".error.json"
"""Of the file that tells why there are no words."""
TEMPORARY_PREFIX = ".voice-processor-"
"""Of files of ours that are not whole yet."""

MEDIA_TYPES = {
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
}
"""What recordings' names end in, in lower case."""
_NOT_YET = frozenset({".crdownload", ".download", ".filepart", ".part", ".partial", ".tmp"})
"""Browsers, messengers and file transfers rename such files once they are whole."""
_NOBODY_DROPPED = frozenset({"desktop.ini", "thumbs.db"})
"""What file managers leave behind; that of others begins with a dot."""
_LONGEST_TOLD = 4000
"""Characters: Home Assistant's recorder keeps no attributes beyond 16 KB, and the folder has them all."""


def is_dropped(name: str) -> bool:
    """Whether a file of that name was put there to be written down, be it sound or a mistake."""
    suffix = PurePath(name).suffix.casefold()
    if name.startswith(".") or name.casefold() in _NOBODY_DROPPED:
        return False
    return suffix not in _NOT_YET and suffix not in (TEXT_SUFFIX, DETAILS_SUFFIX)


def media_type(name: str) -> str | None:
    """What a file of that name holds; None: no sound that is read."""
    return MEDIA_TYPES.get(PurePath(name).suffix.casefold())


class RecordingState(StrEnum):
    """Where a recording stands."""

    ARRIVING = "arriving"
    """Still being written, as far as anybody can tell."""
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    """It cannot be written down as it is."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file in one version of it."""

    name: str
    """As the file system spells it, which may be in no encoding."""
    size_bytes: int
    modified_ns: int

    @property
    def shown_name(self) -> str:
        """The name as it can be told: what is in no encoding is a question mark in a diamond."""
        return self.name.encode(errors="surrogateescape").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class RecordingProblem:
    """Why there is no transcript."""

    code: str
    message: str

    @classmethod
    def of(cls, error: VoiceEngineError) -> RecordingProblem:
        """An error, its message as a sentence."""
        text = str(error)
        return cls(error.code, f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}")

    def to_wire(self) -> dict[str, Any]:
        """The ``Error`` schema of the contract, and the whole of the file beside the recording."""
        return {"code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """What became of a recording."""

    file: str
    """Its name as it can be told."""
    at: str
    """ISO 8601 with offset."""
    language: Language
    text: str | None = None
    """What was said, empty where nothing was understood; None: there is no transcript, or it may not be told."""
    confidence: float | None = None
    """Of the least certain part; None where nothing was understood."""
    seconds: float | None = None
    """The recording's length."""
    backend: str | None = None
    """Who understood it; None where nobody had to be asked."""
    model: str | None = None
    digest: str | None = None
    """SHA-256 of the file, in hexadecimal digits."""
    problem: RecordingProblem | None = None

    def told(self, *, text: bool) -> RecordingResult:
        """As it may leave the folder: without the words, or with the first few thousand characters of them."""
        if not text or self.text is None:
            return replace(self, text=None)
        if len(self.text) <= _LONGEST_TOLD:
            return self
        return replace(self, text=f"{self.text[: _LONGEST_TOLD - 1]}…")

    def to_wire(self) -> dict[str, Any]:
        """The ``RecordingResult`` schema of the contract."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "problem": self.problem.to_wire() if self.problem else None}


@dataclass(frozen=True, slots=True)
class InboxStatus:
    """How the folder stands."""

    enabled: bool = False
    """Whether there is one."""
    watching: bool = False
    """Whether it is there, and can be written to."""
    paused: bool = False
    """Whether recordings wait because the machine is at its limit."""
    waiting: int = 0
    """Recordings that are to be written down, those that still arrive among them."""
    working: int = 0
    done: int = 0
    """Recordings in the folder that are written down."""
    failed: int = 0
    problem: RecordingProblem | None = None
    """What keeps all of them waiting."""

    def to_wire(self) -> dict[str, Any]:
        """The ``Inbox`` schema of the contract."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "problem": self.problem.to_wire() if self.problem else None}


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """The folder stands otherwise than before."""

    at: str
    inbox: InboxStatus

    def to_wire(self) -> dict[str, Any]:
        """The ``InboxMessage`` schema of the contract."""
        return {"type": "inbox", "at": self.at, "inbox": self.inbox.to_wire()}


@dataclass(frozen=True, slots=True)
class TranscribedEvent:
    """A recording was written down, or it turned out that it cannot be."""

    recording: RecordingResult

    def to_wire(self) -> dict[str, Any]:
        """The ``TranscribedMessage`` schema of the contract."""
        return {"type": "transcribed", "at": self.recording.at, "recording": self.recording.to_wire()}

"""What the engine tells of its watched folder, in which recordings are written down."""

from dataclasses import dataclass
from typing import Self

from .wire import Wire, optional_text, required


@dataclass(frozen=True, slots=True)
class Inbox:
    """How the folder stands."""

    enabled: bool
    """Whether a folder is to be watched."""
    watching: bool
    """Whether it is there and can be written to."""
    waiting: int
    """Recordings that are to be written down."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an ``Inbox``."""
        return cls(
            enabled=required(wire, "enabled", bool),
            watching=required(wire, "watching", bool),
            waiting=required(wire, "waiting", int),
        )


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """What became of a recording."""

    file: str
    language: str | None
    text: str | None
    """What was said; None where there is no transcript, or the engine may not tell it."""
    problem: str | None
    """Why there is no transcript; None where there is one."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``RecordingResult``."""
        problem = wire.get("problem")
        return cls(
            file=required(wire, "file", str),
            language=optional_text(wire, "language"),
            text=optional_text(wire, "text"),
            problem=required(problem, "message", str) if isinstance(problem, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class TranscribedEvent:
    """A recording was written down, or it turned out that it cannot be."""

    recording: RecordingResult

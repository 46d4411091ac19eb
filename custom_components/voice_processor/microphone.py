"""The microphone as the engine tells it, read tolerantly; and its events."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from .wire import Wire, member, number, optional_text, required


class MicrophoneState(StrEnum):
    """How the microphone is doing."""

    OFF = "off"
    STARTING = "starting"
    LISTENING = "listening"
    NO_SIGNAL = "no_signal"
    UNAVAILABLE = "unavailable"


class MicrophoneProblem(StrEnum):
    """Why it does not listen, or why what it hears is not understood."""

    UNAVAILABLE = "microphone_unavailable"
    SILENT = "microphone_silent"
    NOT_UNDERSTOOD = "microphone_not_understood"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Microphone:
    """The microphone as it is now; an enum member this reader does not know is None."""

    enabled: bool
    state: MicrophoneState | None
    microphone_problem: str | None
    microphone_problem_code: MicrophoneProblem | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Microphone``."""
        return cls(
            enabled=required(wire, "enabled", bool),
            state=member(MicrophoneState, wire.get("state")),
            microphone_problem=optional_text(wire, "problem"),
            microphone_problem_code=member(MicrophoneProblem, wire.get("problem_code")),
        )

    @property
    def has_signal(self) -> bool | None:
        """Return whether sound comes; None while it is not to come, or not yet."""
        if self.state is MicrophoneState.LISTENING:
            return True
        return False if self.state in (MicrophoneState.NO_SIGNAL, MicrophoneState.UNAVAILABLE) else None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said in the room."""

    text: str
    language: str | None
    confidence: float | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an ``Utterance``."""
        return cls(
            text=required(wire, "text", str),
            language=optional_text(wire, "language"),
            confidence=number(wire, "confidence"),
        )


@dataclass(frozen=True, slots=True)
class UtteranceEvent:
    """Somebody said something in the room."""

    utterance: Utterance

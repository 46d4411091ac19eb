"""What keeps the engine from its work, told so that every reader can say it in their own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ProblemCode(StrEnum):
    """Which problem it is; the names in braces are its parameters."""

    ASTERISK_UNREACHABLE = "asterisk_unreachable"
    """Nobody answers at ``{host}``, ``{port}``."""
    NOT_ASTERISK = "not_asterisk"
    """Another program answers at ``{host}``, ``{port}``."""
    LOGIN_REFUSED = "login_refused"
    """Asterisk does not take the login; ``{detail}`` are its words."""
    CONNECTION_LOST = "connection_lost"
    """There was a connection to Asterisk."""
    FOREIGN_NETWORK = "foreign_network"
    """``{address}`` is in no allowed network; ``{network}`` would let it in."""
    UNKNOWN_LEG = "unknown_leg"
    """A leg came to the residents' port that nobody waits for."""
    MICROPHONE_UNAVAILABLE = "microphone_unavailable"
    """The microphone cannot be captured from; ``{detail}`` is what the recording program says."""
    MICROPHONE_SILENT = "microphone_silent"
    """The microphone gives digital silence."""
    MICROPHONE_NOT_UNDERSTOOD = "microphone_not_understood"
    """What was said could not be transcribed; ``{detail}`` tells why."""
    OTHER = "other"
    """Only the sentence tells."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; as text it is its sentence."""

    code: ProblemCode
    message: str
    """In English: what is wrong and what to do."""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Its sentence, for the log."""
        return self.message

    def to_wire(self, name: str) -> dict[str, Any]:
        """The three fields of the contract that tell it as ``name``."""
        return {name: self.message, f"{name}_code": self.code, f"{name}_parameters": dict(self.parameters)}

    @staticmethod
    def none(name: str) -> dict[str, Any]:
        """The same fields where there is no problem."""
        return {name: None, f"{name}_code": None, f"{name}_parameters": {}}

"""Calls that are over, as they are remembered, and their wire shape (``servers/openapi.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voice_engine.core.events import Call, Party


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """One thing a party said."""

    party: Party
    heard: str | None
    """None where words are not kept."""
    understood: str | None
    """None where words are not kept."""
    stages: dict[str, float]
    """As in ``Turn``: seconds by stage."""
    backends: dict[str, str] = field(default_factory=dict)
    """As in ``Turn``: names by stage."""

    def to_wire(self) -> dict[str, Any]:
        """The ``RecordedTurn`` schema of the contract."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that is over, with its turns in their order."""

    call: Call
    turns: tuple[RecordedTurn, ...]
    has_recording: bool = False
    """Whether its sound was kept."""

    def to_wire(self) -> dict[str, Any]:
        """The ``RecordedCall`` schema of the contract."""
        turns = [turn.to_wire() for turn in self.turns]
        return {"call": self.call.to_wire(), "turns": turns, "has_recording": self.has_recording}


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls that are over, newest first."""

    calls: tuple[Call, ...]
    next_before: int | None
    """What to ask for the page of older calls with; None: there are none."""

    def to_wire(self) -> dict[str, Any]:
        """The ``CallPage`` schema of the contract."""
        return {"calls": [call.to_wire() for call in self.calls], "next_before": self.next_before}


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """20 ms of one leg, both ways."""

    call_id: str
    party: Party
    position: int
    """In frames since the call began."""
    heard: bytes
    """What the party said: 320 bytes, 16-bit mono at 8 kHz."""
    said: bytes
    """What was said to it, of the same length."""

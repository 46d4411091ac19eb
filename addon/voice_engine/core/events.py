"""Facts told to the world and their wire shape (``servers/openapi.yaml`` is the contract they keep)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from voice_engine.core.facts import Intent
from voice_engine.core.problems import Problem
from voice_engine.core.transcript import Language

API_VERSION = 1
"""Version of the wire contract this engine speaks."""
MIN_API_VERSION = 1
"""Oldest version of the contract whose clients this engine still serves."""


class CallStage(StrEnum):
    """Where a call stands."""

    GREETING = "greeting"
    """The visitor is being greeted and asked whom they visit."""
    RINGING = "ringing"
    """The resident's phone rings."""
    ASKING = "asking"
    """The resident has answered and is being asked."""
    TALKING = "talking"
    """Visitor and resident talk to each other."""
    INFORMING = "informing"
    """The outcome is being told."""
    ENDED = "ended"


class Disposition(StrEnum):
    """How a call ended."""

    GRANTED = "granted"
    DENIED = "denied"
    """The resident refused, or gave no clear answer: the door stays shut either way."""
    NO_ANSWER = "no_answer"
    """The phone rang and nobody took it."""
    BUSY = "busy"
    DECLINED = "declined"
    """The resident saw the call and did not want to take it."""
    UNREACHABLE = "unreachable"
    """The phone could not be rung: not registered, unknown, or the telephone system is away."""
    DO_NOT_DISTURB = "do_not_disturb"
    """The unit is not to be disturbed at this hour, or for now, so no phone was rung."""
    LEFT_AT_DESK = "left_at_desk"
    """Deliveries for the unit are left at the desk, so no phone was rung."""
    MISSED = "missed"
    """The visitor hung up before there was an outcome."""
    NOT_UNDERSTOOD = "not_understood"
    """The visitor named no unit that exists."""
    FAILED = "failed"
    """The engine could not carry the call on."""


class DecidedBy(StrEnum):
    """How the decision was made."""

    VOICE = "voice"
    KEYPAD = "keypad"
    HOME_ASSISTANT = "home_assistant"
    """By an authenticated request that named the call."""
    DEFAULT = "default"
    """No clear answer came, so the door stayed shut."""


class CallEventKind(StrEnum):
    """What just happened to a call."""

    RANG = "rang"
    """A visitor calls: the doorbell."""
    STAGE = "stage"
    """The call moved on to another stage."""
    ANSWERED = "answered"
    """The resident took the phone."""
    GRANTED = "granted"
    DENIED = "denied"
    NO_ANSWER = "no_answer"
    MISSED = "missed"
    """The visit reached nobody: the visitor left, was not understood, or the call failed."""
    ENDED = "ended"
    """The call is over; sent for every call, exactly once, last."""


OUTCOME_EVENTS: dict[Disposition, CallEventKind] = {
    Disposition.GRANTED: CallEventKind.GRANTED,
    Disposition.DENIED: CallEventKind.DENIED,
    Disposition.NO_ANSWER: CallEventKind.NO_ANSWER,
    Disposition.BUSY: CallEventKind.NO_ANSWER,
    Disposition.DECLINED: CallEventKind.NO_ANSWER,
    Disposition.UNREACHABLE: CallEventKind.NO_ANSWER,
    Disposition.DO_NOT_DISTURB: CallEventKind.NO_ANSWER,
    Disposition.LEFT_AT_DESK: CallEventKind.NO_ANSWER,
    Disposition.MISSED: CallEventKind.MISSED,
    Disposition.NOT_UNDERSTOOD: CallEventKind.MISSED,
    Disposition.FAILED: CallEventKind.MISSED,
}
"""The one outcome event each disposition is told by."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the world sees it."""

    call_id: str
    """The visitor leg's UUID."""
    door: str
    """The door's name from the settings."""
    started_at: str
    """ISO 8601 with offset."""
    stage: CallStage = CallStage.GREETING
    caller: str | None = None
    """Number of the calling station, where Asterisk told it."""
    unit: str | None = None
    disposition: Disposition | None = None
    decided_by: DecidedBy | None = None
    ended_at: str | None = None
    intent: Intent | None = None
    """What the visitor comes for, where they told it."""
    visitor: str | None = None
    """The visitor's name, where they told it."""
    company: str | None = None
    """Whom they come from, where they told."""
    test: bool = False
    """Whether nobody called: somebody tries what the doorbell sets off."""

    def to_wire(self) -> dict[str, Any]:
        """The ``Call`` schema of the contract."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened to a call, with the call as it stands now."""

    kind: CallEventKind
    at: str
    """ISO 8601 with offset."""
    call: Call

    def to_wire(self) -> dict[str, Any]:
        """The ``CallMessage`` schema of the contract."""
        return {"type": "call", "event": self.kind, "at": self.at, "call": self.call.to_wire()}


@dataclass(frozen=True, slots=True)
class RefusedPeer:
    """A machine that connected to an AudioSocket port and was turned away."""

    address: str
    port: int
    """Our port it tried."""
    reason: Problem
    """Names the setting that would admit it."""
    count: int
    last_at: str
    """ISO 8601 with offset."""

    def to_wire(self) -> dict[str, Any]:
        """The ``RefusedPeer`` schema of the contract."""
        return {
            "address": self.address,
            "port": self.port,
            **self.reason.to_wire("reason"),
            "count": self.count,
            "last_at": self.last_at,
        }


@dataclass(frozen=True, slots=True)
class SystemState:
    """The engine's surroundings: the telephone system and who was turned away."""

    asterisk_configured: bool = False
    asterisk_connected: bool = False
    asterisk_problem: Problem | None = None
    """Why it is not connected."""
    refused_peers: tuple[RefusedPeer, ...] = ()
    """The latest ten, newest first."""
    speech_languages: tuple[Language, ...] | None = None
    """Languages in which speech is understood; None until that is known."""

    def with_refused(self, peer: RefusedPeer) -> SystemState:
        """A copy that lists ``peer`` first, once."""
        others = tuple(p for p in self.refused_peers if (p.address, p.port) != (peer.address, peer.port))
        return replace(self, refused_peers=(peer, *others)[:10])

    def to_wire(self) -> dict[str, Any]:
        """The ``System`` schema of the contract."""
        return {
            "asterisk": {
                "configured": self.asterisk_configured,
                "connected": self.asterisk_connected,
                **(self.asterisk_problem.to_wire("problem") if self.asterisk_problem else Problem.none("problem")),
            },
            "refused_peers": [peer.to_wire() for peer in self.refused_peers],
            "speech_languages": None if self.speech_languages is None else list(self.speech_languages),
        }


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """The engine's surroundings changed."""

    at: str
    system: SystemState

    def to_wire(self) -> dict[str, Any]:
        """The ``SystemMessage`` schema of the contract."""
        return {"type": "system", "at": self.at, "system": self.system.to_wire()}


class Party(StrEnum):
    """Who is at the other end of a leg."""

    VISITOR = "visitor"
    RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing a party said and how long each stage of answering it took (seconds)."""

    call_id: str
    party: Party
    heard: str
    """The transcript; empty for a turn by keypad or silence."""
    understood: str
    """What the rules made of it, such as ``unit 501`` or ``grant``."""
    stages: dict[str, float]
    """``endpoint`` (voice stopped to turn ended), ``transcription``, ``understanding``, ``synthesis``; ``first_frame``
    is the whole wait, from the last word to the first sound of the reply."""
    backends: Mapping[str, str] = field(default_factory=dict)
    """Who did the work, by stage: the backends' names where there is a choice of several."""

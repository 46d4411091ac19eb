"""The engine's state, read tolerantly: unknown fields and enum members are never an error."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from .controls import Controls
from .engines import Engines
from .figures import Figures
from .microphone import Microphone
from .recordings import Inbox
from .wire import Wire, WireError, instant, member, object_of, objects, optional_text, parameters, required, texts


class CallStage(StrEnum):
    """Where a call stands."""

    GREETING = "greeting"
    RINGING = "ringing"
    ASKING = "asking"
    TALKING = "talking"
    INFORMING = "informing"
    ENDED = "ended"


class Disposition(StrEnum):
    """How a call ended."""

    GRANTED = "granted"
    DENIED = "denied"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    DO_NOT_DISTURB = "do_not_disturb"
    LEFT_AT_DESK = "left_at_desk"
    MISSED = "missed"
    NOT_UNDERSTOOD = "not_understood"
    FAILED = "failed"


class DecidedBy(StrEnum):
    """How the decision was made."""

    VOICE = "voice"
    KEYPAD = "keypad"
    HOME_ASSISTANT = "home_assistant"
    DEFAULT = "default"


class Intent(StrEnum):
    """What a visitor comes for."""

    DELIVERY = "delivery"
    VISIT = "visit"
    SERVICE = "service"


class CallEventKind(StrEnum):
    """What just happened to a call."""

    RANG = "rang"
    STAGE = "stage"
    ANSWERED = "answered"
    GRANTED = "granted"
    DENIED = "denied"
    NO_ANSWER = "no_answer"
    MISSED = "missed"
    ENDED = "ended"


class ProblemCode(StrEnum):
    """Why the engine does not reach the telephone system, or turned a machine away."""

    ASTERISK_UNREACHABLE = "asterisk_unreachable"
    NOT_ASTERISK = "not_asterisk"
    LOGIN_REFUSED = "login_refused"
    CONNECTION_LOST = "connection_lost"
    FOREIGN_NETWORK = "foreign_network"
    UNKNOWN_LEG = "unknown_leg"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine itself."""

    version: str
    instance_id: str
    started_at: datetime | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an ``Engine``."""
        return cls(
            version=required(wire, "version", str),
            instance_id=required(wire, "instance_id", str),
            started_at=instant(wire, "started_at"),
        )


@dataclass(frozen=True, slots=True)
class Door:
    """One of the doors; no two have the same name."""

    name: str
    language: str | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Door``."""
        return cls(name=required(wire, "name", str), language=optional_text(wire, "language"))


@dataclass(frozen=True, slots=True)
class RefusedPeer:
    """A machine that the engine turned away at one of its telephone ports."""

    address: str
    port: int
    reason: str
    reason_code: ProblemCode | None
    reason_parameters: dict[str, Any]
    count: int
    last_at: datetime | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``RefusedPeer``."""
        return cls(
            address=required(wire, "address", str),
            port=required(wire, "port", int),
            reason=required(wire, "reason", str),
            reason_code=member(ProblemCode, wire.get("reason_code")),
            reason_parameters=parameters(wire, "reason_parameters"),
            count=required(wire, "count", int),
            last_at=instant(wire, "last_at"),
        )


@dataclass(frozen=True, slots=True)
class System:
    """The engine's surroundings: the telephone system and who was turned away."""

    asterisk_configured: bool
    asterisk_connected: bool
    asterisk_problem: str | None
    asterisk_problem_code: ProblemCode | None
    refused_peers: tuple[RefusedPeer, ...]
    speech_languages: tuple[str, ...] | None
    """Languages in which speech is understood; None while the engine does not know."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``System``."""
        asterisk = object_of(wire, "asterisk")
        return cls(
            asterisk_configured=required(asterisk, "configured", bool),
            asterisk_connected=required(asterisk, "connected", bool),
            asterisk_problem=optional_text(asterisk, "problem"),
            asterisk_problem_code=member(ProblemCode, asterisk.get("problem_code")),
            refused_peers=tuple(RefusedPeer.from_wire(peer) for peer in objects(wire, "refused_peers")),
            speech_languages=texts(wire, "speech_languages"),
        )


NAMES = ("visitor", "company")
"""Fields of a call that say who the visitor is: those that ``Call.without_names`` empties."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands; an enum member this reader does not know is None."""

    call_id: str
    door: str
    caller: str | None
    stage: CallStage | None
    unit: str | None
    intent: Intent | None
    visitor: str | None
    company: str | None
    disposition: Disposition | None
    decided_by: DecidedBy | None
    started_at: datetime | None
    ended_at: datetime | None
    test: bool = False
    """Whether nobody called: the doorbell was rung as a test."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Call``."""
        return cls(
            call_id=required(wire, "call_id", str),
            door=required(wire, "door", str),
            caller=optional_text(wire, "caller"),
            stage=member(CallStage, wire.get("stage")),
            unit=optional_text(wire, "unit"),
            intent=member(Intent, wire.get("intent")),
            visitor=optional_text(wire, "visitor"),
            company=optional_text(wire, "company"),
            disposition=member(Disposition, wire.get("disposition")),
            decided_by=member(DecidedBy, wire.get("decided_by")),
            started_at=instant(wire, "started_at"),
            ended_at=instant(wire, "ended_at"),
            test=wire.get("test") is True,
        )

    def without_names(self) -> Self:
        """Return the call of a visitor of whom only is told what for they came, and to whom."""
        return replace(self, visitor=None, company=None)


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls that are over, newest first."""

    calls: tuple[Call, ...]
    next_before: int | None
    """With which the page that follows is asked for; None where this is the last one."""

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read a ``CallPage``. Raises WireError."""
        if not isinstance(wire, dict):
            raise WireError("a page of calls is not an object")
        next_before = wire.get("next_before")
        return cls(
            calls=tuple(Call.from_wire(call) for call in objects(wire, "calls")),
            next_before=next_before if isinstance(next_before, int) else None,
        )

    def without_names(self) -> Self:
        """Return the page with nobody named who stood at a door."""
        return replace(self, calls=tuple(call.without_names() for call in self.calls))


@dataclass(frozen=True, slots=True)
class Status:
    """The whole state."""

    engine: Engine
    doors: tuple[Door, ...]
    """The first is taken where nobody can tell from which a call comes; none where the engine tells none."""
    system: System
    calls: tuple[Call, ...]
    """Calls going on, oldest first."""
    last_call: Call | None
    """The call that ended last."""
    engines: Engines = field(default_factory=Engines)
    """Empty where the engine is too old to tell."""
    figures: Figures = field(default_factory=Figures)
    controls: Controls | None = None
    """What can be turned; None where the engine is too old to tell."""
    inbox: Inbox | None = None
    """None where the engine is too old to tell."""
    microphone: Microphone | None = None
    """None where the engine is too old to have one."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Status``."""
        last_call = wire.get("last_call")
        return cls(
            engine=Engine.from_wire(object_of(wire, "engine")),
            doors=tuple(Door.from_wire(door) for door in objects(wire, "doors")) if "doors" in wire else (),
            system=System.from_wire(object_of(wire, "system")),
            calls=tuple(Call.from_wire(call) for call in objects(wire, "calls")),
            last_call=Call.from_wire(last_call) if isinstance(last_call, dict) else None,
            engines=Engines.from_wire(object_of(wire, "engines")) if "engines" in wire else Engines(),
            figures=Figures.from_wire(wire),
            controls=Controls.from_wire(object_of(wire, "controls")) if "controls" in wire else None,
            inbox=Inbox.from_wire(object_of(wire, "inbox")) if "inbox" in wire else None,
            microphone=Microphone.from_wire(object_of(wire, "microphone")) if "microphone" in wire else None,
        )

    @property
    def has_inbox(self) -> bool:
        """Whether the engine watches a folder for recordings."""
        return self.inbox is not None and self.inbox.enabled

    def without_names(self) -> Self:
        """Return the state with nobody named or quoted who stood at a door."""
        last_call = self.last_call.without_names() if self.last_call else None
        calls = tuple(call.without_names() for call in self.calls)
        return replace(self, calls=calls, last_call=last_call, figures=self.figures.without_words())

    def with_call(self, call: Call) -> Self:
        """Return the state once ``call`` stands as told: an ended call becomes the last one."""
        calls = {known.call_id: known for known in self.calls} | {call.call_id: call}
        if call.stage is not CallStage.ENDED:
            return replace(self, calls=tuple(calls.values()))
        del calls[call.call_id]
        return replace(self, calls=tuple(calls.values()), last_call=call)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the engine did not do what was asked."""

    code: str
    message: str

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read an ``Error``. Raises WireError."""
        if not isinstance(wire, dict):
            raise WireError("an error is not an object")
        return cls(code=required(wire, "code", str), message=required(wire, "message", str))


class Decision(StrEnum):
    """What a visitor is answered."""

    GRANT = "grant"
    DENY = "deny"


class Party(StrEnum):
    """Whom something is said to."""

    VISITOR = "visitor"
    RESIDENT = "resident"

"""The messages on the engine's WebSocket, read tolerantly: a type that is not known is no error."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from .controls import Controls
from .engines import Engines
from .figures import FiguresEvent
from .microphone import Microphone, Utterance, UtteranceEvent
from .models import Call, CallEventKind, Door, Status, System
from .recordings import Inbox, RecordingResult, TranscribedEvent
from .wire import Wire, WireError, member, object_of, objects, required


@dataclass(frozen=True, slots=True)
class Hello:
    """Who the engine is and which versions of the contract it serves."""

    api_version: int
    min_api_version: int
    engine_version: str
    instance_id: str

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``HelloMessage``."""
        return cls(
            api_version=required(wire, "api_version", int),
            min_api_version=required(wire, "min_api_version", int),
            engine_version=required(wire, "engine_version", str),
            instance_id=required(wire, "instance_id", str),
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state, sent once on each connection."""

    status: Status


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened to a call; ``kind`` is None where this reader does not know it."""

    kind: CallEventKind | None
    call: Call


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """The engine's surroundings changed."""

    system: System

    def applied_to(self, status: Status) -> Status:
        """Return the state with it."""
        return replace(status, system=self.system)


@dataclass(frozen=True, slots=True)
class EnginesEvent:
    """A backend changed its state, or another one serves."""

    engines: Engines

    def applied_to(self, status: Status) -> Status:
        """Return the state with it."""
        return replace(status, engines=self.engines)


@dataclass(frozen=True, slots=True)
class ControlsEvent:
    """Something was turned, by whomever."""

    controls: Controls
    doors: tuple[Door, ...]
    """With the languages they have now."""

    def applied_to(self, status: Status) -> Status:
        """Return the state with it."""
        return replace(status, controls=self.controls, doors=self.doors)


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """The watched folder stands otherwise than before."""

    inbox: Inbox

    def applied_to(self, status: Status) -> Status:
        """Return the state with it."""
        return replace(status, inbox=self.inbox)


@dataclass(frozen=True, slots=True)
class MicrophoneEvent:
    """The microphone is doing otherwise than before."""

    microphone: Microphone

    def applied_to(self, status: Status) -> Status:
        """Return the state with it."""
        return replace(status, microphone=self.microphone)


type Message = (
    Hello
    | Snapshot
    | CallEvent
    | SystemEvent
    | EnginesEvent
    | FiguresEvent
    | ControlsEvent
    | InboxEvent
    | TranscribedEvent
    | MicrophoneEvent
    | UtteranceEvent
)


_MESSAGES: Mapping[str, Callable[[Wire], Message]] = {
    "hello": Hello.from_wire,
    "snapshot": lambda wire: Snapshot(Status.from_wire(object_of(wire, "status"))),
    "call": lambda wire: CallEvent(member(CallEventKind, wire.get("event")), Call.from_wire(object_of(wire, "call"))),
    "system": lambda wire: SystemEvent(System.from_wire(object_of(wire, "system"))),
    "engines": lambda wire: EnginesEvent(Engines.from_wire(object_of(wire, "engines"))),
    "machine": FiguresEvent.from_wire,
    "caches": FiguresEvent.from_wire,
    "visits": FiguresEvent.from_wire,
    "settings": FiguresEvent.from_wire,
    "controls": lambda wire: ControlsEvent(
        Controls.from_wire(object_of(wire, "controls")),
        tuple(Door.from_wire(door) for door in objects(wire, "doors")),
    ),
    "inbox": lambda wire: InboxEvent(Inbox.from_wire(object_of(wire, "inbox"))),
    "transcribed": lambda wire: TranscribedEvent(RecordingResult.from_wire(object_of(wire, "recording"))),
    "microphone": lambda wire: MicrophoneEvent(Microphone.from_wire(object_of(wire, "microphone"))),
    "utterance": lambda wire: UtteranceEvent(Utterance.from_wire(object_of(wire, "utterance"))),
}
"""How each type is read."""


def parse_message(wire: object) -> Message | None:
    """Read one WebSocket message; None for a type this reader does not know. Raises WireError."""
    if not isinstance(wire, dict):
        raise WireError("a message is not an object")
    read = _MESSAGES.get(str(wire.get("type")))
    return read(wire) if read else None

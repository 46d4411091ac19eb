"""What the engine tells the world: the state now, and everything that happens from a given moment on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from voice_engine.core.engines import EnginesEvent, EnginesStatus
from voice_engine.core.errors import DoorNotFound
from voice_engine.core.events import (
    Call,
    CallEvent,
    CallEventKind,
    CallStage,
    RefusedPeer,
    SystemEvent,
    SystemState,
    Turn,
)
from voice_engine.core.inbox import InboxEvent, InboxStatus, RecordingResult, TranscribedEvent
from voice_engine.core.microphone import HeardUtterance, MicrophoneEvent, MicrophoneStatus, UtteranceEvent
from voice_engine.core.problems import Problem
from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Language
from voice_engine.servers.caches import report
from voice_engine.servers.controls import Controls, ControlsEvent
from voice_engine.servers.figures import Figures, FiguresEvent, Look, Topic
from voice_engine.servers.machine import MachineReport, SettingsEvent, SettingsState
from voice_engine.servers.visits import Visits
from voice_engine.voice.caches import Caches

type Told = (
    CallEvent
    | SystemEvent
    | EnginesEvent
    | FiguresEvent
    | SettingsEvent
    | ControlsEvent
    | InboxEvent
    | TranscribedEvent
    | MicrophoneEvent
    | UtteranceEvent
)
"""What is told as it happens."""
type Listener = Callable[[Told], None]
"""Told what happens, in order; must return at once."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What never changes while the engine runs."""

    version: str
    instance_id: str
    started_at: str
    """ISO 8601 with offset."""

    def to_wire(self) -> dict[str, Any]:
        """The ``Engine`` schema of the contract."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """One of the doors."""

    name: str
    language: Language

    def to_wire(self) -> dict[str, Any]:
        """The ``Door`` schema of the contract."""
        return {name: getattr(self, name) for name in self.__slots__}


class EngineState:
    """The state of the engine, kept up to date by those who cause it. Belongs to one event loop."""

    def __init__(
        self,
        facts: EngineFacts,
        doors: tuple[DoorFacts, ...],
        engines: Callable[[], EnginesStatus] = EnginesStatus,
        machine: Callable[[], MachineReport] = MachineReport,
        figures: Mapping[Topic, Look] | None = None,
    ) -> None:
        """``engines`` gives the backends as they are now; ``tell_engines`` is to be called when that has changed.

        So it is with ``machine`` and ``tell_machine``; for it and the other ``figures`` there is ``tell_figures`` too.
        """
        self.facts = facts
        self._doors = doors
        self._engines = engines
        self._machine = machine
        self._figures = Figures(
            {
                Topic.MACHINE: lambda: machine().to_wire(),
                Topic.CACHES: partial(report, Caches()),
                Topic.VISITS: Visits(transcripts=False).to_wire,
                **(figures or {}),
            }
        )
        self._settings = SettingsState()
        self._controls = Controls(Settings(), (), Quiet())
        self._system = SystemState()
        self._inbox = InboxStatus()
        self._microphone = MicrophoneStatus()
        self._calls: dict[str, Call] = {}
        self._last_call: Call | None = None
        self._listeners: list[Listener] = []

    @property
    def active_calls(self) -> int:
        """How many calls go on."""
        return len(self._calls)

    def on_call_event(self, event: CallEvent) -> None:
        """Keep the call as it stands now; ``ended`` makes it the last call."""
        if event.kind is CallEventKind.ENDED:
            self._calls.pop(event.call.call_id, None)
            self._last_call = event.call
        else:
            self._calls[event.call.call_id] = event.call
        self._tell(event)

    def on_turn(self, turn: Turn) -> None:
        """Ignored: what people said at the door is not told to the world, but for what ``Visits`` may tell."""

    def test_ring(self, door: str | None) -> Call:
        """Let the doorbell of ``door`` (the first, if None) ring where nobody does; nothing keeps this call.

        Raises: DoorNotFound.
        """
        names = [known.name for known in self._doors]
        if door is not None and door not in names:
            raise DoorNotFound(f"There is no door of that name; there are {', '.join(names)}.")
        call = Call(str(uuid4()), door or names[0], _now(), test=True)
        self._tell(CallEvent(CallEventKind.RANG, _now(), call))
        # Readers that count whoever rings see them gone again.
        ended = replace(call, stage=CallStage.ENDED, ended_at=_now())
        self._tell(CallEvent(CallEventKind.ENDED, _now(), ended))
        return call

    @property
    def engines(self) -> EnginesStatus:
        """The backends as they are now."""
        return self._engines()

    @property
    def machine(self) -> MachineReport:
        """How the machine is doing now."""
        return self._machine()

    def set_asterisk(self, *, configured: bool, connected: bool, problem: Problem | None) -> None:
        """Take how the telephone system is reached now; told only when it changed."""
        self._set_system(
            replace(
                self._system, asterisk_configured=configured, asterisk_connected=connected, asterisk_problem=problem
            )
        )

    def set_speech_languages(self, languages: Iterable[Language]) -> None:
        """Take in which languages speech is understood now; told only when it changed."""
        self._set_system(replace(self._system, speech_languages=tuple(languages)))

    def tell_engines(self) -> None:
        """Tell how the backends are now."""
        self._tell(EnginesEvent(at=_now(), engines=self._engines()))

    def tell_machine(self) -> None:
        """Tell how the machine is doing now."""
        for event in self._figures.news(_now(), (Topic.MACHINE,), changed=False):
            self._tell(event)

    def tell_figures(self, *topics: Topic) -> None:
        """Tell the figures of ``topics``, without any of all, that have changed since they were told last."""
        for event in self._figures.news(_now(), topics or Topic):
            self._tell(event)

    def set_settings(self, settings: SettingsState) -> None:
        """Take how the settings file stands now; told only when that changed."""
        if settings != self._settings:
            self._settings = settings
            self._tell(SettingsEvent(at=_now(), settings=settings))

    def set_controls(self, controls: Controls, doors: tuple[DoorFacts, ...]) -> None:
        """Take what can be turned as it stands now, and the doors' languages with it; told only when that changed."""
        if (controls, doors) != (self._controls, self._doors):
            self._controls, self._doors = controls, doors
            self._tell(ControlsEvent(_now(), controls, tuple(door.to_wire() for door in doors)))

    @property
    def inbox(self) -> InboxStatus:
        """The folder of recordings as it is now."""
        return self._inbox

    def set_inbox(self, inbox: InboxStatus) -> None:
        """Take how the folder of recordings stands now; told only when that changed."""
        if inbox != self._inbox:
            self._inbox = inbox
            self._tell(InboxEvent(at=_now(), inbox=inbox))

    def on_transcribed(self, result: RecordingResult) -> None:
        """Tell what became of a recording."""
        self._tell(TranscribedEvent(result))

    @property
    def microphone(self) -> MicrophoneStatus:
        """The microphone as it was told last."""
        return self._microphone

    def set_microphone(self, status: MicrophoneStatus) -> None:
        """Take how the microphone is doing now; told only when it changed."""
        if status != self._microphone:
            self._microphone = status
            self._tell(MicrophoneEvent(at=_now(), microphone=status))

    def tell_heard(self, utterance: HeardUtterance) -> None:
        """Tell what somebody said in the room; it is kept nowhere."""
        self._tell(UtteranceEvent(at=_now(), utterance=utterance))

    def add_refused(self, peer: RefusedPeer) -> None:
        """Take a machine that was turned away; one that tries again and again is told each time its count doubles."""
        listed = {(known.address, known.port) for known in self._system.refused_peers}
        self._system = self._system.with_refused(peer)
        is_power_of_two = peer.count & (peer.count - 1) == 0
        if is_power_of_two or (peer.address, peer.port) not in listed:
            self._tell(SystemEvent(at=_now(), system=self._system))

    def snapshot(self) -> dict[str, Any]:
        """The ``Status`` schema of the contract."""
        return {
            "engine": self.facts.to_wire(),
            "doors": [door.to_wire() for door in self._doors],
            "system": self._system.to_wire(),
            "engines": self._engines().to_wire(),
            **self._figures.snapshot(),
            "settings": self._settings.to_wire(),
            "controls": self._controls.to_wire(),
            "inbox": self._inbox.to_wire(),
            "microphone": self._microphone.to_wire(),
            "calls": [call.to_wire() for call in self._calls.values()],
            "last_call": self._last_call.to_wire() if self._last_call else None,
        }

    @contextmanager
    def subscribed(self, listener: Listener) -> Iterator[dict[str, Any]]:
        """Tell ``listener`` everything that happens after the snapshot this gives, without gap or repetition."""
        self._listeners.append(listener)
        self._figures.forget()
        try:
            yield self.snapshot()
        finally:
            self._listeners.remove(listener)

    def _set_system(self, system: SystemState) -> None:
        if system != self._system:
            self._system = system
            self._tell(SystemEvent(at=_now(), system=system))

    def _tell(self, event: Told) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""The state told to the world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import AT, DOORS, call_event
from voice_engine.core.engines import (
    BackendProblem,
    BackendState,
    BackendStatus,
    EnginesEvent,
    EnginesStatus,
    PortStatus,
)
from voice_engine.core.events import (
    CallEvent,
    CallEventKind,
    CallStage,
    Party,
    RefusedPeer,
    SystemEvent,
    Turn,
)
from voice_engine.core.load import Load, MemoryAlert, Reason, Relief, Throttling
from voice_engine.core.problems import Problem, ProblemCode
from voice_engine.core.transcript import Language
from voice_engine.servers.figures import FiguresEvent, Topic
from voice_engine.servers.machine import MachineReport, SettingsEvent, SettingsState
from voice_engine.servers.state import DoorFacts, EngineFacts, EngineState
from voice_engine.voice.latencies import Latency

STRANGER = Problem(ProblemCode.FOREIGN_NETWORK, "Add it.", {"address": "192.168.1.20", "network": "192.168.1.20/32"})
PEER = RefusedPeer(address="192.168.1.20", port=9092, reason=STRANGER, count=1, last_at=AT)
NOBODY = Problem(ProblemCode.ASTERISK_UNREACHABLE, "Nobody answers.", {"host": "127.0.0.1", "port": "5038"})


@pytest.fixture(name="state")
def fixture_state() -> EngineState:
    """A state to which nothing has happened yet."""
    return EngineState(
        EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT),
        (DoorFacts("Front door", Language.PORTUGUESE), DoorFacts("Garage", Language.ENGLISH)),
    )


type Told = list[CallEvent | SystemEvent | EnginesEvent | FiguresEvent | SettingsEvent]


@pytest.fixture(name="told")
def fixture_told(state: EngineState) -> Iterator[Told]:
    """All that the state tells."""
    told: Told = []
    with state.subscribed(told.append):
        yield told


def test_first_snapshot_is_empty_and_conforms(state: EngineState) -> None:
    """Nothing configured, nobody at the door."""
    snapshot = state.snapshot()
    assert_conforms(snapshot, "Status")
    assert snapshot["calls"] == []
    assert snapshot["last_call"] is None
    assert snapshot["system"]["asterisk"] == {
        "configured": False,
        "connected": False,
        "problem": None,
        "problem_code": None,
        "problem_parameters": {},
    }
    assert snapshot["doors"] == [
        {"name": "Front door", "language": "pt-BR"},
        {"name": "Garage", "language": "en"},
    ]
    assert snapshot["system"]["speech_languages"] is None


def test_languages_that_are_understood_are_told_when_they_change(state: EngineState, told: Told) -> None:
    """So that whoever sees a door that works by keypad knows it, also when a recogniser comes later."""
    for languages in ([Language.ENGLISH], [Language.ENGLISH], list(Language)):
        state.set_speech_languages(languages)
    assert [event.to_wire()["system"]["speech_languages"] for event in told] == [["en"], ["en", "pt-BR"]]
    assert_conforms(state.snapshot(), "Status")


def test_the_engines_are_told_when_they_change_and_are_always_in_the_snapshot() -> None:
    backend = BackendStatus(
        "groq", "groq", BackendState.FAILED, BackendProblem("backend_timeout", "no answer"), 2, {"a": 1}
    )
    engines = EnginesStatus(stt=PortStatus(None, (backend,)))
    state = EngineState(EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT), DOORS, lambda: engines)
    told: Told = []
    with state.subscribed(told.append) as snapshot:
        state.tell_engines()
    (event,) = told
    assert_conforms(snapshot, "Status")
    assert_conforms(event.to_wire(), "EnginesMessage")
    assert snapshot["engines"] == event.to_wire()["engines"]
    assert snapshot["engines"]["stt"]["backends"][0]["problem"] == {"code": "backend_timeout", "message": "no answer"}


def test_call_stands_in_the_snapshot_until_it_ends(state: EngineState) -> None:
    """Running calls are listed oldest first, in their latest state; the one that ended is the last call."""
    state.on_call_event(call_event(CallEventKind.RANG, 1))
    state.on_call_event(call_event(CallEventKind.RANG, 2))
    moved_on = call_event(CallEventKind.STAGE, 1)
    state.on_call_event(replace(moved_on, call=replace(moved_on.call, stage=CallStage.ASKING)))
    snapshot = state.snapshot()
    assert_conforms(snapshot, "Status")
    assert [(call["call_id"][-1], call["stage"]) for call in snapshot["calls"]] == [("1", "asking"), ("2", "ringing")]

    state.on_call_event(call_event(CallEventKind.ENDED, 1))
    snapshot = state.snapshot()
    assert_conforms(snapshot, "Status")
    assert [call["call_id"][-1] for call in snapshot["calls"]] == ["2"]
    assert snapshot["last_call"]["call_id"][-1] == "1"


def test_subscriber_gets_what_the_snapshot_lacks(state: EngineState) -> None:
    """Everything is in the snapshot or told, and nothing in both; after leaving nothing is told."""
    told: Told = []
    state.on_call_event(call_event(CallEventKind.RANG, 1))
    with state.subscribed(told.append) as snapshot:
        state.on_call_event(call_event(CallEventKind.RANG, 2))
    state.on_call_event(call_event(CallEventKind.RANG, 3))
    assert [call["call_id"][-1] for call in snapshot["calls"]] == ["1"]
    assert told == [call_event(CallEventKind.RANG, 2)]


def test_listener_may_leave_while_it_is_told(state: EngineState) -> None:
    """The others are told all the same."""
    told: Told = []
    leaving = ExitStack()
    leaving.enter_context(state.subscribed(lambda _: leaving.close()))
    with state.subscribed(told.append):
        state.on_call_event(call_event(CallEventKind.RANG))
    assert len(told) == 1


def test_asterisk_is_told_only_when_it_changes(state: EngineState, told: Told) -> None:
    """The manager connection may report as often as it likes."""
    for _ in range(2):
        state.set_asterisk(configured=True, connected=False, problem=NOBODY)
    state.set_asterisk(configured=True, connected=True, problem=None)
    assert all(isinstance(event, SystemEvent) for event in told)
    assert [event.to_wire()["system"]["asterisk"]["problem"] for event in told] == ["Nobody answers.", None]
    for event in told:
        assert_conforms(event.to_wire(), "SystemMessage")


def test_peer_that_hammers_is_counted_but_told_ever_more_rarely(state: EngineState, told: Told) -> None:
    """A machine that connects a thousand times must not send a thousand messages to everyone."""
    for count in range(1, 1001):
        state.add_refused(replace(PEER, count=count))
    assert len(told) == 10
    assert state.snapshot()["system"]["refused_peers"][0]["count"] == 1000
    assert_conforms(state.snapshot(), "Status")


def test_peer_back_on_the_list_is_told_whatever_its_count(state: EngineState, told: Told) -> None:
    """Ten others pushed it off the list; nobody who reads the events knows of it any more."""
    state.add_refused(PEER)
    for number in range(10):
        state.add_refused(replace(PEER, address=f"10.0.0.{number}"))
    told.clear()
    state.add_refused(replace(PEER, count=3))
    assert [event.to_wire()["system"]["refused_peers"][0]["count"] for event in told] == [3]


def test_turns_are_not_told(state: EngineState, told: Told) -> None:
    """What people said at the door stays in the engine."""
    before = state.snapshot()
    state.on_turn(Turn("1c7c2f70-6d0c-4e0a-8f0e-0a4b8d2f3c11", Party.VISITOR, "apartment 501", "unit 501", {}))
    assert told == []
    assert state.snapshot() == before


def test_the_machine_is_in_the_snapshot_and_told_when_asked_to() -> None:
    """What it does not tell is null, and every reason and relief is one the contract knows."""
    reports = [
        MachineReport(),
        MachineReport(
            Load(cpu=0.5, memory_bytes=1, memory_limit_bytes=2, under_voltage=True),
            Throttling(frozenset(Reason), tuple(Relief), MemoryAlert.CRITICAL),
            {"first_frame": Latency(1.0, 2.0, 3)},
            memory_growth=1.5,
        ),
    ]
    state = EngineState(EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT), (), machine=lambda: reports[0])
    while reports:
        told: Told = []
        with state.subscribed(told.append) as snapshot:
            state.tell_machine()
        message = told[0].to_wire()
        assert_conforms(snapshot, "Status")
        assert_conforms(message, "MachineMessage")
        assert snapshot["throttling"] == message["throttling"]
        reports.pop(0)
    assert snapshot["load"]["memory"] == 0.5


def test_the_settings_file_is_told_only_when_it_changes(state: EngineState, told: Told) -> None:
    broken = SettingsState(True, "door.ring_seconds: must be a number", "invalid_settings")
    for settings in (SettingsState(), SettingsState(True), SettingsState(True), broken):
        state.set_settings(settings)
    assert [event.to_wire()["settings"]["changed"] for event in told] == [True, True]
    for event in told:
        assert_conforms(event.to_wire(), "SettingsMessage")
    assert state.snapshot()["settings"]["problem"]["code"] == "invalid_settings"


class Source:
    """A topic whose figures can be set."""

    def __init__(self) -> None:
        self.calls = 0

    def look(self) -> dict[str, Any]:
        return {"visits": {"day": "2026-11-20", "calls": self.calls, "last_words": None}}


def test_figures_are_told_only_when_they_have_changed() -> None:
    """Each topic for itself, and only what was asked for."""
    source = Source()
    state = EngineState(
        EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT), (), figures={Topic.VISITS: source.look}
    )
    told: Told = []
    with state.subscribed(told.append):
        state.tell_figures()
        assert [event.to_wire()["type"] for event in told] == ["machine", "caches", "visits"]
        told.clear()
        state.tell_figures()
        assert told == []
        source.calls = 1
        state.tell_figures(Topic.CACHES)
        assert told == []
        state.tell_figures(Topic.VISITS)
        state.tell_figures()
    (event,) = told
    assert_conforms(event.to_wire(), "VisitsMessage")
    assert event.to_wire()["visits"]["calls"] == 1


def test_figures_that_went_back_are_told_to_who_joined_meanwhile() -> None:
    """Their snapshot held what the others were never told of."""
    source = Source()
    state = EngineState(
        EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT), (), figures={Topic.VISITS: source.look}
    )
    state.tell_figures()
    source.calls = 1
    told: Told = []
    with state.subscribed(told.append) as snapshot:
        assert snapshot["visits"]["calls"] == 1
        source.calls = 0
        state.tell_figures(Topic.VISITS)
    assert [event.to_wire()["visits"]["calls"] for event in told] == [0]

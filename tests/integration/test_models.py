"""Reading the wire: everything the contract shows, and what later contracts may say."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from custom_components.voice_processor.figures import FiguresEvent
from custom_components.voice_processor.messages import (
    CallEvent,
    ControlsEvent,
    EnginesEvent,
    Hello,
    InboxEvent,
    MicrophoneEvent,
    Snapshot,
    SystemEvent,
    parse_message,
)
from custom_components.voice_processor.microphone import UtteranceEvent
from custom_components.voice_processor.models import (
    NAMES,
    Call,
    CallEventKind,
    CallStage,
    DecidedBy,
    Decision,
    Disposition,
    Intent,
    Party,
    Status,
)
from custom_components.voice_processor.recordings import TranscribedEvent
from custom_components.voice_processor.wire import WireError, instant, number, required_number

from .fake_engine import CONTRACT, call_message, message_example, message_examples, status_example

MESSAGE_CLASSES = {
    "hello": Hello,
    "snapshot": Snapshot,
    "call": CallEvent,
    "system": SystemEvent,
    "engines": EnginesEvent,
    "machine": FiguresEvent,
    "caches": FiguresEvent,
    "visits": FiguresEvent,
    "settings": FiguresEvent,
    "controls": ControlsEvent,
    "inbox": InboxEvent,
    "transcribed": TranscribedEvent,
    "microphone": MicrophoneEvent,
    "utterance": UtteranceEvent,
}


@pytest.mark.parametrize("message", message_examples(), ids=lambda message: message["type"])
def test_every_message_of_the_contract_is_read(message: dict[str, Any]) -> None:
    assert isinstance(parse_message(message), MESSAGE_CLASSES[message["type"]])


@pytest.mark.parametrize("name", ["idle", "busy"])
def test_every_state_of_the_contract_is_read_whole(name: str) -> None:
    """Each field arrives, with its value."""
    wire = status_example(name)
    status = Status.from_wire(wire)

    assert (status.engine.version, status.engine.instance_id) == (
        wire["engine"]["version"],
        wire["engine"]["instance_id"],
    )
    assert status.engine.started_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    asterisk = wire["system"]["asterisk"]
    assert status.system.asterisk_configured is asterisk["configured"]
    assert status.system.asterisk_connected is asterisk["connected"]
    assert status.system.asterisk_problem == asterisk["problem"]
    assert status.system.asterisk_problem_code == asterisk["problem_code"]
    assert [asdict(door) for door in status.doors] == wire["doors"]
    assert list(status.system.speech_languages or ()) == wire["system"]["speech_languages"]
    assert [on_the_wire(asdict(peer)) for peer in status.system.refused_peers] == wire["system"]["refused_peers"]
    assert [on_the_wire(asdict(call)) for call in status.calls] == wire["calls"]
    assert (on_the_wire(asdict(status.last_call)) if status.last_call else None) == wire["last_call"]
    for port in ("stt", "tts", "llm"):
        read, sent = getattr(status.engines, port), wire["engines"][port]
        assert read.serving == sent["serving"]
        read_whole = ("name", "kind", "state", "problem")
        assert [asdict(backend) for backend in read.backends] == [
            {name: backend[name] for name in read_whole} for backend in sent["backends"]
        ]


def on_the_wire(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as JSON spells them."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


@pytest.mark.parametrize(
    ("kind", "schema", "field"),
    [
        (CallStage, "Call", "stage"),
        (Disposition, "Call", "disposition"),
        (DecidedBy, "Call", "decided_by"),
        (Intent, "Call", "intent"),
        (CallEventKind, "CallMessage", "event"),
        (Decision, "Decision", "decision"),
        (Party, "Announcement", "party"),
    ],
)
def test_enums_are_the_contracts(kind: type[StrEnum], schema: str, field: str) -> None:
    members = CONTRACT["components"]["schemas"][schema]["properties"][field]["enum"]
    assert [member.value for member in kind] == [member for member in members if member is not None]


def test_what_a_later_contract_adds_is_ignored() -> None:
    """Unknown enum members become None, unknown fields and types nothing."""
    message = call_message(
        "hesitated", stage="dreaming", disposition="postponed", decided_by="dog", started_at="yesterday", mood="good"
    )
    event = parse_message(message | {"weather": "fine"})

    assert isinstance(event, CallEvent)
    assert event.kind is None
    assert (event.call.stage, event.call.disposition, event.call.decided_by) == (None, None, None)
    assert event.call.started_at is None
    assert parse_message({"type": "weather", "sun": True}) is None


@pytest.mark.parametrize("time", ["2026-11-20T09:00:00", "yesterday", 5, None])
def test_a_time_without_a_zone_is_none(time: object) -> None:
    """Home Assistant takes none such for a state."""
    assert instant({"time": time}, "time") is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", None])
def test_what_is_no_number(value: object) -> None:
    """Python's JSON knows more of them than JSON does."""
    assert number({"value": value}, "value") is None
    with pytest.raises(WireError):
        required_number({"value": value}, "value")


@pytest.mark.parametrize(
    "wire",
    [
        "hello",
        ["hello"],
        None,
        {"type": "hello"},
        {"type": "snapshot"},
        {"type": "snapshot", "status": []},
        {"type": "snapshot", "status": status_example("idle") | {"calls": {}}},
        {"type": "snapshot", "status": status_example("idle") | {"calls": ["call"]}},
        {"type": "snapshot", "status": status_example("idle") | {"engine": {"version": 1, "instance_id": "x"}}},
        {"type": "call", "event": "rang", "call": {}},
        {"type": "system", "system": {"asterisk": {}}},
    ],
)
def test_what_breaks_the_contract_is_refused(wire: object) -> None:
    with pytest.raises(WireError):
        parse_message(wire)


def a_call(call_id: str, stage: str = "greeting") -> Call:
    """A call like the contract's."""
    return Call.from_wire(message_example("call")["call"] | {"call_id": call_id, "stage": stage})


def test_calls_come_move_and_end() -> None:
    """A call joins at the end, keeps its place while it moves on, and becomes the last call."""
    idle = Status.from_wire(status_example("idle"))
    two = idle.with_call(a_call("one")).with_call(a_call("two"))
    moved = two.with_call(a_call("one", "asking"))
    assert [(call.call_id, call.stage) for call in moved.calls] == [
        ("one", CallStage.ASKING),
        ("two", CallStage.GREETING),
    ]

    ended = moved.with_call(a_call("one", "ended"))
    assert [call.call_id for call in ended.calls] == ["two"]
    assert ended.last_call == a_call("one", "ended")


def test_without_names_only_names_are_missing() -> None:
    call = Call.from_wire(message_example("call")["call"] | {"visitor": "Rui", "company": "iFood"})
    emptied = {key for key, value in asdict(call.without_names()).items() if value != getattr(call, key)}
    assert emptied == set(NAMES)


def test_a_call_that_was_never_seen_may_end() -> None:
    status = Status.from_wire(status_example("idle")).with_call(a_call("one", "ended"))
    assert status.calls == ()
    assert status.last_call == a_call("one", "ended")

"""The framing of Wyoming: what an event begins with, and what is too long to be one."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.errors import ProtocolError
from voice_engine.core.wyoming_events import LONGEST_DATA_BYTES, EventHeader

LONGEST = 1000


def test_an_event_tells_how_much_follows() -> None:
    line = b'{"type": "audio-chunk", "data": {"rate": 16000}, "data_length": 2, "payload_length": 640, "more": 1}\n'
    header = EventHeader.from_line(line, LONGEST)
    assert header == EventHeader("audio-chunk", {"rate": 16000}, 2, 640)
    assert header.with_data(b'{"width": 2}') == {"rate": 16000, "width": 2}
    assert header.with_data(b"") == {"rate": 16000}


def test_an_event_may_be_its_type_alone() -> None:
    assert EventHeader.from_line(b'{"type": "describe"}', LONGEST) == EventHeader("describe", {}, 0, 0)
    assert EventHeader.from_line(b'{"type": "describe", "data": null}', LONGEST) == EventHeader("describe", {}, 0, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"[1]",
        b"{}",
        b'{"type": 1}',
        b'{"type": "x", "data": [1]}',
        b'{"type": "x", "data_length": -1}',
        b'{"type": "x", "payload_length": "9"}',
        b'{"type": "x", "payload_length": 1.5}',
        b"\xff\xfe\n",
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        EventHeader.from_line(line, LONGEST)


@pytest.mark.parametrize(("key", "longest"), [("data_length", LONGEST_DATA_BYTES), ("payload_length", LONGEST)])
def test_what_is_too_long_is_refused_before_it_is_read(key: str, longest: int) -> None:
    EventHeader.from_line(json.dumps({"type": "x", key: longest}).encode(), LONGEST)
    with pytest.raises(ProtocolError, match=f"{longest} are the most"):
        EventHeader.from_line(json.dumps({"type": "x", key: longest + 1}).encode(), LONGEST)


@pytest.mark.parametrize("more", [b"{", b"[]", b"1"])
def test_more_data_must_be_an_object(more: bytes) -> None:
    with pytest.raises(ProtocolError):
        EventHeader("x", {}, len(more), 0).with_data(more)


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_raised(line: bytes) -> None:
    with suppress(ProtocolError):
        EventHeader.from_line(line, LONGEST)

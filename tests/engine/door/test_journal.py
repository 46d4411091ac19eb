"""The log of calls: what it tells, and what it keeps to itself."""

from __future__ import annotations

import logging

import pytest

from tests.engine.fakes import FakeObserver
from voice_engine.core.events import Call, CallEvent, CallEventKind, CallStage, DecidedBy, Disposition, Party, Turn
from voice_engine.door.journal import Journal

AT = "2026-11-20T09:00:00+00:00"
EVENT = CallEvent(
    CallEventKind.GRANTED,
    AT,
    Call("c1", "Gate", AT, CallStage.INFORMING, "1000", "501", Disposition.GRANTED, DecidedBy.VOICE),
)
TURN = Turn("c1", Party.VISITOR, "my name is daniel", "unit 501", {"endpoint": 1.0}, {"endpoint": "tester"})


@pytest.mark.parametrize("transcripts", [False, True])
def test_units_and_words_stand_in_the_log_only_where_the_operator_wants_them(
    caplog: pytest.LogCaptureFixture, transcripts: bool
) -> None:
    """Figures and outcomes always; who and what only when switched on. Everyone who listens is told all."""
    caplog.set_level(logging.INFO)
    observer = FakeObserver()
    journal = Journal(observer, transcripts=transcripts)
    journal.on_call_event(EVENT)
    journal.on_turn(TURN)
    assert "granted by voice" in caplog.text
    assert "endpoint 1000 ms" in caplog.text
    for private in ("501", "daniel"):
        assert (private in caplog.text) is transcripts
    assert (observer.events, observer.turns) == ([EVENT], [TURN])

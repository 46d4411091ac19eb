"""The day's calls over midnight, and whose words may be told."""

from __future__ import annotations

from datetime import date

from tests.engine.servers.serving import call_event
from voice_engine.core.events import CallEventKind, Party, Turn
from voice_engine.servers.visits import Visits

CALL_ID = "1c7c2f70-6d0c-4e0a-8f0e-000000000001"
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


def test_a_new_day_begins_with_nothing() -> None:
    today = [FRIDAY]
    changes: list[object] = []
    visits = Visits(transcripts=False, today=lambda: today[0])
    visits.follow(lambda: changes.append(visits.to_wire()["visits"]["calls"]))
    visits.add_earlier(FRIDAY, 4)
    visits.on_call_event(call_event(CallEventKind.RANG))
    assert visits.to_wire()["visits"] == {"day": "2026-11-20", "calls": 5, "last_words": None}
    today[0] = SATURDAY
    assert visits.to_wire()["visits"]["calls"] == 0
    visits.add_earlier(FRIDAY, 4)
    visits.on_call_event(call_event(CallEventKind.RANG))
    assert visits.to_wire()["visits"] == {"day": "2026-11-21", "calls": 1, "last_words": None}
    assert changes == [4, 5, 1]


def test_words_are_kept_to_itself_unless_the_operator_allowed_them() -> None:
    visits = Visits(transcripts=False)
    visits.on_turn(Turn(CALL_ID, Party.VISITOR, "apartment 501", "unit 501", {}))
    assert visits.to_wire()["visits"]["last_words"] is None

"""The day's calls over a restart of the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.engine.servers.serving import call_event
from voice_engine.assembly.earlier_calls import count_earlier
from voice_engine.backends.call_log import CallLog
from voice_engine.core.events import CallEventKind
from voice_engine.servers.visits import Visits, local_day


async def test_calls_before_a_restart_are_counted(tmp_path: Path) -> None:
    """Those of the day; what rings from then on is counted as it rings."""
    visits = Visits(transcripts=False)
    async with CallLog(tmp_path, 30, transcripts=False) as call_log:
        midnight = datetime.combine(local_day(), datetime.min.time()).astimezone()
        for number, began in enumerate((midnight - timedelta(seconds=1), midnight)):
            event = call_event(CallEventKind.ENDED, number)
            at = began.astimezone(UTC).isoformat(timespec="seconds")
            call_log.on_call_event(replace(event, call=replace(event.call, started_at=at, ended_at=at)))
        await count_earlier(visits, call_log)
    assert visits.to_wire()["visits"]["calls"] == 1


async def test_a_log_that_cannot_be_read_is_no_reason_not_to_count(tmp_path: Path) -> None:
    (tmp_path / "calls.db").mkdir()
    visits = Visits(transcripts=False)
    async with CallLog(tmp_path, 30, transcripts=False) as call_log:
        await count_earlier(visits, call_log)
    visits.on_call_event(call_event(CallEventKind.RANG))
    assert visits.to_wire()["visits"]["calls"] == 1

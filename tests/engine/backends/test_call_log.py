"""The memory of calls, in real files."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine.backends import call_writer
from voice_engine.backends.call_log import CallLog
from voice_engine.backends.call_log import log as log_module
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.events import Call, CallEvent, CallEventKind, CallStage, DecidedBy, Disposition, Party, Turn
from voice_engine.core.facts import Intent
from voice_engine.core.records import RecordedCall, RecordedTurn

FILE = "calls.db"
DAMAGED = "damaged-calls.db"
STAGES = {"endpoint": 1.5, "transcription": 0.25, "first_frame": 2.0}
BACKENDS = {"transcription": "whisper_cpp"}
PAGE_BYTES = 4096
"""SQLite's default."""
SECRET = "nine nine seven one"
"""Words that stand nowhere else in the file."""
VISITOR = "Carlos Eduardo"
"""A name that stands nowhere else in it."""


def ended_call(call_id: str, days_ago: float = 0) -> Call:
    """A call that came to its end."""
    ended = datetime.now(UTC) - timedelta(days=days_ago)
    return Call(
        call_id,
        "Gate",
        (ended - timedelta(seconds=40)).isoformat(timespec="milliseconds"),
        CallStage.ENDED,
        "1000",
        "501",
        Disposition.GRANTED,
        DecidedBy.KEYPAD,
        ended.isoformat(timespec="milliseconds"),
        Intent.DELIVERY,
        VISITOR,
        "Correios",
    )


def tell(log: CallLog, call: Call, *, until: CallEventKind = CallEventKind.ENDED) -> None:
    """Tell the log a call as the door does, up to an event."""
    rang = Call(call.call_id, call.door, call.started_at)
    log.on_call_event(CallEvent(CallEventKind.RANG, call.started_at, rang))
    log.on_turn(Turn(call.call_id, Party.VISITOR, SECRET, "unit 501", STAGES, BACKENDS))
    if until is CallEventKind.RANG:
        return
    granted = replace(call, stage=CallStage.INFORMING, ended_at=None)
    log.on_call_event(CallEvent(CallEventKind.GRANTED, call.started_at, granted))
    if until is CallEventKind.GRANTED:
        return
    log.on_turn(Turn(call.call_id, Party.RESIDENT, "", "grant", {}))
    log.on_call_event(CallEvent(CallEventKind.ENDED, call.ended_at or "", call))


async def listed(log: CallLog) -> list[str]:
    """The ids of all calls, newest first."""
    return [call.call_id for call in (await log.page(100)).calls]


def errors(caplog: pytest.LogCaptureFixture, level: int = logging.ERROR) -> list[str]:
    """What the log was told of that level or above."""
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep everyone else from writing, as a database browser may."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("COMMIT")
        other.close()


# --- what is kept -----------------------------------------------------------------------------------------------------


async def test_a_call_is_read_as_it_was_told(tmp_path: Path) -> None:
    call = ended_call("c1")
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, call)
        recorded = await log.read("c1")
        assert (await log.page(10)).calls == (call,)
    turns = (
        RecordedTurn(Party.VISITOR, SECRET, "unit 501", STAGES, BACKENDS),
        RecordedTurn(Party.RESIDENT, "", "grant", {}),
    )
    assert recorded == RecordedCall(call, turns)


async def test_words_are_kept_only_where_the_operator_wants_them(tmp_path: Path) -> None:
    """Not even in the parts of the file that nobody reads."""
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call("c1"))
        recorded = await log.read("c1")
        assert recorded is not None
        assert recorded.turns[0] == RecordedTurn(Party.VISITOR, None, None, STAGES, BACKENDS)
        assert (recorded.call.intent, recorded.call.visitor, recorded.call.company) == (Intent.DELIVERY, None, None)
        for words in (SECRET, VISITOR):
            assert words.encode() not in contents(tmp_path)


def files(directory: Path) -> list[Path]:
    """All there are."""
    return list(directory.iterdir())


def contents(directory: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(path.read_bytes() for path in files(directory))


async def test_later_starts_find_what_earlier_ones_wrote(tmp_path: Path) -> None:
    for call_id in ("c1", "c2"):
        async with CallLog(tmp_path, 30, transcripts=False) as log:
            tell(log, ended_call(call_id))
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        assert await listed(log) == ["c2", "c1"]


async def test_everything_told_before_the_end_is_written(tmp_path: Path) -> None:
    """Closing waits for it, though nobody asked."""
    ids = [f"c{number}" for number in range(200)]
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        for call_id in ids:
            tell(log, ended_call(call_id))
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        first = await log.page(150)
        second = await log.page(150, first.next_before)
    assert [call.call_id for call in first.calls + second.calls] == ids[::-1]
    assert second.next_before is None


async def test_pages_keep_their_place_while_calls_come_and_go(tmp_path: Path) -> None:
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        for number in range(6):
            tell(log, ended_call(f"c{number}"))
        page = await log.page(2)
        assert await log.delete("c4")
        tell(log, ended_call("c6"))
        following = await log.page(4, page.next_before)
    assert [call.call_id for call in page.calls] == ["c5", "c4"]
    assert [call.call_id for call in following.calls] == ["c3", "c2", "c1", "c0"]
    assert following.next_before is None


async def test_calls_going_on_are_neither_shown_nor_deleted(tmp_path: Path) -> None:
    """They are in the status; once over they are here, whole."""
    call = ended_call("c1")
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, call, until=CallEventKind.GRANTED)
        assert await listed(log) == []
        assert await log.read("c1") is None
        assert await log.delete("c1") is False
        await log.clear()
        log.on_call_event(CallEvent(CallEventKind.ENDED, call.ended_at or "", call))
        recorded = await log.read("c1")
    assert recorded is not None
    assert recorded.call == call
    assert len(recorded.turns) == 1


async def test_a_uuid_that_comes_again_erases_nothing(tmp_path: Path) -> None:
    """A dial plan may send the same one for every call: all are listed, the latest is read, and they go together."""
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("same", days_ago=1))
        latest = ended_call("same")
        tell(log, latest)
        assert await listed(log) == ["same", "same"]
        recorded = await log.read("same")
        assert recorded is not None
        assert (recorded.call, len(recorded.turns)) == (latest, 2)
        assert await log.delete("same")
        assert await listed(log) == []


async def test_only_the_engine_may_read_the_files(tmp_path: Path) -> None:
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call("c1"))
        await log.page(1)
        modes = {path.name: path.stat().st_mode & 0o777 for path in files(tmp_path)}
    assert modes == dict.fromkeys([FILE, f"{FILE}-wal", f"{FILE}-shm"], 0o600)


# --- what is forgotten ------------------------------------------------------------------------------------------------


async def test_deleted_calls_leave_no_trace_in_the_files(tmp_path: Path) -> None:
    """Neither in free pages nor in the write-ahead log."""
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("c1"))
        assert await log.read("c1")
        assert SECRET.encode() in contents(tmp_path)
        assert await log.delete("c1") is True
        assert SECRET.encode() not in contents(tmp_path)
        assert await log.delete("c1") is False
        tell(log, ended_call("c2"))
        await log.clear()
        assert await listed(log) == []
        assert SECRET.encode() not in contents(tmp_path)


async def test_old_calls_are_forgotten_at_start(tmp_path: Path) -> None:
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        for call_id, days_ago in (("old", 30.1), ("young", 29.9), ("now", 0)):
            tell(log, ended_call(call_id, days_ago))
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        assert await listed(log) == ["now", "young"]
    async with CallLog(tmp_path, 1, transcripts=True) as log:
        assert await listed(log) == ["now"]


async def test_old_calls_are_forgotten_while_the_engine_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Day after day; here a day has 10 ms."""
    monkeypatch.setattr(log_module, "DAY_SECONDS", 0.01)
    old = ended_call("old", days_ago=1)
    async with asyncio.timeout(60), CallLog(tmp_path, 30, transcripts=False) as log:
        for _ in range(2):
            tell(log, old)
            while await listed(log):
                pass  # each question takes its turn behind what is being forgotten


async def test_zero_days_keep_nothing_and_forget_what_there_was(tmp_path: Path) -> None:
    """No file is left, and none comes back."""
    (tmp_path / DAMAGED).write_bytes(b"what a damaged log held")
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("c1"))
    async with CallLog(tmp_path, 0, transcripts=True) as log:
        tell(log, ended_call("c2"))
        assert await listed(log) == []
        assert await log.read("c2") is None
        assert await log.delete("c2") is False
        await log.clear()
    assert files(tmp_path) == []


# --- what may happen to it --------------------------------------------------------------------------------------------


async def test_calls_outlive_kill_9(tmp_path: Path) -> None:
    """Killed in the midst of writing: every call it said it wrote is there, whole; the one going on has ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", call_writer.__name__, str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    written = [(await process.stdout.readline()).decode().strip() for _ in range(30)]
    process.kill()
    written += (await process.stdout.read()).decode().split("\n")[:-1]
    assert await process.wait() == -9
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        recorded = [await log.read(call_id) for call_id in written]
    assert not (tmp_path / DAMAGED).exists()
    for number, entry in enumerate(recorded, 1):
        assert entry is not None
        assert (entry.call.disposition, entry.call.unit) == (Disposition.GRANTED, "501")
        # The third ones were never ended: their end is the last that was told of them.
        assert entry.call.ended_at == (call_writer.ENDED_AT if number % 3 else call_writer.AT)
        assert [turn.heard for turn in entry.turns] == ["five oh one"]


async def test_a_call_broken_off_without_outcome_has_failed(tmp_path: Path) -> None:
    """As when the power goes in the middle of the first question."""
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call("c1"), until=CallEventKind.RANG)
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        (call,) = (await log.page(10)).calls
    assert (call.disposition, call.ended_at) == (Disposition.FAILED, call.started_at)


async def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is thrown away that somebody may still rescue; a later one takes its place."""
    for rubbish in (b"no database at all", b"x" * 5000):
        caplog.clear()
        (tmp_path / FILE).write_bytes(rubbish)
        async with CallLog(tmp_path, 30, transcripts=False) as log:
            tell(log, ended_call("c1"))
            assert await listed(log) == ["c1"]
        assert (tmp_path / DAMAGED).read_bytes() == rubbish
        (warning,) = errors(caplog, logging.WARNING)
        assert str(tmp_path / FILE) in warning
        assert DAMAGED in warning


async def test_damage_inside_a_good_file_is_found_at_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A memory card loses single pages, here one that no list of calls would read."""
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        for number in range(300):
            tell(log, ended_call(f"c{number}"))
    content = bytearray((tmp_path / FILE).read_bytes())
    page = content.index(SECRET.encode()) // PAGE_BYTES * PAGE_BYTES
    content[page : page + 64] = b"\xff" * 64
    (tmp_path / FILE).write_bytes(content)
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("new"))
        assert await listed(log) == ["new"]
    assert DAMAGED in "".join(errors(caplog, logging.WARNING))


async def test_damage_while_running_costs_no_later_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("c1"))
        await log.page(1)
        with sqlite3.connect(tmp_path / FILE) as other:
            other.execute("PRAGMA writable_schema = ON")
            other.execute("UPDATE sqlite_schema SET rootpage = 4000 WHERE name = 'calls'")
            other.execute("PRAGMA schema_version = 1000")  # so that the log reads it anew
        other.close()
        tell(log, ended_call("c2"))
        assert await listed(log) == ["c2"]
    assert (tmp_path / DAMAGED).exists()
    assert len(errors(caplog, logging.WARNING)) == 1


async def test_a_file_of_the_first_version_is_carried_on(tmp_path: Path) -> None:
    """Its turns do not tell who did the work."""
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("before"))
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("ALTER TABLE turns DROP COLUMN backends")
        other.execute("PRAGMA user_version = 1")
    other.close()
    async with CallLog(tmp_path, 30, transcripts=True) as log:
        tell(log, ended_call("after"))
        assert await listed(log) == ["after", "before"]
        told = [await log.read(call_id) for call_id in ("before", "after")]
    assert [recorded and recorded.turns[0].backends for recorded in told] == [{}, BACKENDS]


@pytest.mark.parametrize("change", ["PRAGMA user_version = 3", "PRAGMA user_version = 0"])
async def test_a_file_of_another_version_is_moved_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    """As after going back to an older app; what it holds is not touched."""
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call("theirs"))
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute(change)
    other.close()
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call("ours"))
        assert await listed(log) == ["ours"]
    assert "version" in "".join(errors(caplog, logging.WARNING))
    with sqlite3.connect(tmp_path / DAMAGED) as aside:
        assert aside.execute("SELECT call_id FROM calls").fetchall() == [("theirs",)]
    aside.close()


async def test_a_file_moved_aside_is_forgotten_like_the_calls_in_it(tmp_path: Path) -> None:
    """With age, and when all calls are deleted."""
    aside = tmp_path / DAMAGED
    for age_days, is_kept in ((29, True), (31, False)):
        aside.write_bytes(b"names and words")
        then = (datetime.now(UTC) - timedelta(days=age_days)).timestamp()
        os.utime(aside, (then, then))
        async with CallLog(tmp_path, 30, transcripts=False):
            pass
        assert aside.exists() is is_kept
    aside.write_bytes(b"names and words")
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        await log.clear()
        assert not aside.exists()


async def test_a_file_held_by_somebody_else_blocks_nobody(tmp_path: Path) -> None:
    """Calls are told while nothing can be written; they are written once it can."""
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        await log.page(1)
        with held(tmp_path / FILE):
            tell(log, ended_call("c1"))
            await asyncio.sleep(0)  # the writer takes the first and waits for the file
            tell(log, ended_call("c2"))
        assert await listed(log) == ["c2", "c1"]


async def test_a_file_held_by_somebody_else_does_not_keep_the_engine_from_stopping(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the thread had in hand is written all the same, if the file is let go in time."""
    monkeypatch.setattr(log_module, "FLUSH_SECONDS", 0.05)
    log = CallLog(tmp_path, 30, transcripts=False)
    async with log:
        await log.page(1)
        other = held(tmp_path / FILE)
        other.__enter__()
        tell(log, ended_call("c1"))
    other.__exit__(None, None, None)
    assert errors(caplog) == ["The disk is too slow: the end of the call log may be missing"]
    await asyncio.to_thread(log._executor.shutdown)
    async with CallLog(tmp_path, 30, transcripts=False) as later:
        assert await listed(later) == ["c1"]


async def test_what_no_queue_can_hold_is_lost_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow while the disk stands still."""
    monkeypatch.setattr(log_module, "LONGEST_QUEUE", 10)
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        await log.page(1)
        with held(tmp_path / FILE):
            for number in range(10):
                tell(log, ended_call(f"c{number}"))
        assert await listed(log) == ["c1", "c0"]
        tell(log, ended_call("later"))
        assert (await listed(log))[0] == "later"
    assert errors(caplog) == ["The disk is too slow: calls are missing from the call log"]


async def test_a_folder_that_cannot_be_used_harms_no_call_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Readers are told why; when it can be used again, so is the log."""
    caplog.set_level(logging.INFO)
    folder = tmp_path / "data"
    async with CallLog(folder, 30, transcripts=False) as log:
        for number in range(5):
            tell(log, ended_call(f"c{number}"))
            with pytest.raises(BackendUnavailable, match="No such file or directory"):
                await log.page(10)
        assert len(errors(caplog)) == 1
        folder.mkdir()
        tell(log, ended_call("later"))
        assert await listed(log) == ["later"]
    assert errors(caplog, logging.INFO)[-1] == "Calls are written down again"


async def test_a_full_disk_harms_no_call_and_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was written before stays readable, what comes after there is room again is written."""
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call("before"))
        await log.page(1)
        with file_size_limit(1):
            for number in range(3):
                tell(log, ended_call(f"lost{number}"))
                assert await listed(log) == ["before"]
        tell(log, ended_call("after"))
        assert await listed(log) == ["after", "before"]
    assert len(errors(caplog)) == 1
    assert not (tmp_path / DAMAGED).exists()


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """Refuse this process every write beyond that place in a file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

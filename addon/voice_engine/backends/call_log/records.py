"""What is written to the call log and read from it, in SQL. A call without ``ended_at`` is still going on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from voice_engine.core.events import Call, CallEvent, CallStage, DecidedBy, Disposition, Party, Turn
from voice_engine.core.facts import Intent
from voice_engine.core.records import CallPage, RecordedCall, RecordedTurn

_LARGEST_NUMBER = 2**63 - 1
_UPDATE = """
UPDATE calls SET caller = :caller, unit = :unit, intent = :intent, visitor = :visitor, company = :company,
    disposition = :disposition, decided_by = :decided_by, changed_at = :changed_at, ended_at = :ended_at
WHERE call_id = :call_id AND ended_at IS NULL
"""
_INSERT = """
INSERT INTO calls (call_id, door, caller, unit, intent, visitor, company, disposition, decided_by,
    started_at, changed_at, ended_at)
VALUES (:call_id, :door, :caller, :unit, :intent, :visitor, :company, :disposition, :decided_by,
    :started_at, :changed_at, :ended_at)
"""
_CALL = "number, call_id, door, started_at, caller, unit, intent, visitor, company, disposition, decided_by, ended_at"


def write(connection: sqlite3.Connection, told: Iterable[CallEvent | Turn], *, words: bool) -> None:
    """Keep what happened, in order; ``words``: whether what was said is kept too."""
    for item in told:
        if isinstance(item, CallEvent):
            _write_event(connection, item, words=words)
        else:
            _write_turn(connection, item, words=words)


def _write_event(connection: sqlite3.Connection, event: CallEvent, *, words: bool) -> None:
    # A UUID that comes again after its call ended is another call: a dial plan that always sends the same one
    # must not erase what happened.
    call = event.call
    values = {**call.to_wire(), "changed_at": event.at}
    if not words:
        # Who a visitor is and whom they come from are their own words; what they come for is one of three.
        values |= {"visitor": None, "company": None}
    if not connection.execute(_UPDATE, values).rowcount:
        connection.execute(_INSERT, values)


def _write_turn(connection: sqlite3.Connection, turn: Turn, *, words: bool) -> None:
    heard, understood = (turn.heard, turn.understood) if words else (None, None)
    connection.execute(
        """
        INSERT INTO turns (call, party, heard, understood, stages, backends)
        SELECT number, ?, ?, ?, ?, ? FROM calls WHERE call_id = ? AND ended_at IS NULL
        """,
        (turn.party, heard, understood, json.dumps(turn.stages), json.dumps(dict(turn.backends)), turn.call_id),
    )


def read_page(connection: sqlite3.Connection, limit: int, before: int | None) -> CallPage:
    """The newest ``limit`` calls, or those older than the one numbered ``before``."""
    rows = connection.execute(
        f"SELECT {_CALL} FROM calls WHERE ended_at IS NOT NULL AND number < ? ORDER BY number DESC LIMIT ?",  # noqa: S608 - a constant
        (_LARGEST_NUMBER if before is None else before, limit + 1),
    ).fetchall()
    shown = rows[:limit]
    return CallPage(tuple(_call(row) for row in shown), shown[-1][0] if len(rows) > limit else None)


def read_call(connection: sqlite3.Connection, call_id: str) -> RecordedCall | None:
    """The latest call of that id."""
    row = connection.execute(
        f"SELECT {_CALL} FROM calls WHERE call_id = ? AND ended_at IS NOT NULL ORDER BY number DESC LIMIT 1",  # noqa: S608 - a constant
        (call_id,),
    ).fetchone()
    if row is None:
        return None
    turns = connection.execute(
        "SELECT party, heard, understood, stages, backends FROM turns WHERE call = ? ORDER BY number", (row[0],)
    )
    return RecordedCall(
        _call(row),
        tuple(
            RecordedTurn(Party(party), heard, understood, json.loads(stages), json.loads(backends))
            for party, heard, understood, stages, backends in turns
        ),
    )


def running_calls(connection: sqlite3.Connection) -> list[str]:
    """The ids of the calls that still go on."""
    return [call_id for (call_id,) in connection.execute("SELECT call_id FROM calls WHERE ended_at IS NULL")]


def delete_call(connection: sqlite3.Connection, call_id: str) -> int:
    """Delete the calls of that id; how many there were."""
    return connection.execute("DELETE FROM calls WHERE call_id = ? AND ended_at IS NOT NULL", (call_id,)).rowcount


def delete_all(connection: sqlite3.Connection) -> int:
    """Delete every call that is over; how many there were."""
    return connection.execute("DELETE FROM calls WHERE ended_at IS NOT NULL").rowcount


def count_since(connection: sqlite3.Connection, moment: float) -> int:
    """How many calls began at ``moment`` (seconds since 1970) or later."""
    began = "SELECT count(*) FROM calls WHERE unixepoch(started_at) >= ?"
    count: int = connection.execute(began, (moment,)).fetchone()[0]
    return count


def delete_before(connection: sqlite3.Connection, moment: float) -> int:
    """Delete the calls that ended before ``moment`` (seconds since 1970); how many there were."""
    return connection.execute("DELETE FROM calls WHERE unixepoch(ended_at) < ?", (moment,)).rowcount


def _call(row: tuple[Any, ...]) -> Call:
    _, call_id, door, started_at, caller, unit, intent, visitor, company, disposition, decided_by, ended_at = row
    return Call(
        call_id,
        door,
        started_at,
        stage=CallStage.ENDED,
        caller=caller,
        unit=unit,
        intent=Intent(intent) if intent else None,
        visitor=visitor,
        company=company,
        disposition=Disposition(disposition) if disposition else None,
        decided_by=DecidedBy(decided_by) if decided_by else None,
        ended_at=ended_at,
    )

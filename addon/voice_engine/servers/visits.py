"""The day's visits: how many there were, and what was said last, where that may be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from voice_engine.core.events import CallEvent, CallEventKind, Party, Turn


def local_day() -> date:
    """Today, where the engine is."""
    return datetime.now(UTC).astimezone().date()


class Visits:
    """A ``CallObserver`` that counts the day's calls."""

    def __init__(self, *, transcripts: bool, today: Callable[[], date] = local_day) -> None:
        """``transcripts``: whether what visitors say may be told."""
        self._transcripts = transcripts
        self._today = today
        self._day = today()
        self._calls = 0
        self._last_words: dict[str, str] | None = None
        self._on_change: Callable[[], None] = lambda: None

    def follow(self, on_change: Callable[[], None]) -> None:
        """Have ``on_change`` called, which must return at once, whenever ``to_wire`` has changed, but for midnight."""
        self._on_change = on_change

    def add_earlier(self, day: date, calls: int) -> None:
        """Take how many calls there were on ``day`` before the engine started."""
        self._turn_over()
        if day == self._day:
            self._calls += calls
            self._on_change()

    def on_call_event(self, event: CallEvent) -> None:
        """Count visitors as they ring."""
        if event.kind is CallEventKind.RANG:
            self._turn_over()
            self._calls += 1
            self._on_change()

    def on_turn(self, turn: Turn) -> None:
        """Keep a visitor's words, where the operator allowed it."""
        if self._transcripts and turn.party is Party.VISITOR and turn.heard:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            self._last_words = {"call_id": turn.call_id, "text": turn.heard, "at": at}
            self._on_change()

    def to_wire(self) -> dict[str, Any]:
        """The status's ``visits``: the ``Visits`` schema of the contract."""
        self._turn_over()
        return {"visits": {"day": self._day.isoformat(), "calls": self._calls, "last_words": self._last_words}}

    def _turn_over(self) -> None:
        today = self._today()
        if today != self._day:
            self._day, self._calls = today, 0

"""Calls that are over, in a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from voice_engine.core.errors import BackendError
from voice_engine.core.records import CallPage, RecordedCall


@dataclass(slots=True)
class FakeArchive:
    """Holds what a test puts in; numbered from 1, oldest first."""

    calls: list[RecordedCall] = field(default_factory=list)
    recordings: dict[str, Path] = field(default_factory=dict)
    """Files by call."""
    asked: list[tuple[int, int | None]] = field(default_factory=list)
    """Every ``limit`` and ``before``."""
    problem: BackendError | None = None
    """Raised instead of any answer."""

    async def page(self, limit: int, before: int | None) -> CallPage:
        """By their place in the list."""
        self._check()
        self.asked.append((limit, before))
        older = self.calls[: len(self.calls) if before is None else before - 1]
        shown = older[-limit:][::-1]
        return CallPage(tuple(recorded.call for recorded in shown), len(older) - limit + 1 if older[limit:] else None)

    async def read(self, call_id: str) -> RecordedCall | None:
        """By its id."""
        self._check()
        return next((recorded for recorded in self.calls if recorded.call.call_id == call_id), None)

    async def recording(self, call_id: str) -> Path | None:
        """As put in."""
        self._check()
        return self.recordings.get(call_id)

    async def delete(self, call_id: str) -> bool:
        """Taken out of the list."""
        recorded = await self.read(call_id)
        if recorded:
            self.calls.remove(recorded)
        return recorded is not None

    async def clear(self) -> None:
        """Nothing is left."""
        self._check()
        self.calls.clear()

    def _check(self) -> None:
        if self.problem:
            raise self.problem

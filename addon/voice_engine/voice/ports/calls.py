"""Who is told of calls, and who keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from voice_engine.core.events import CallEvent, Turn
from voice_engine.core.records import CallPage, RecordedCall, RecordedFrame


class CallObserver(Protocol):
    """Told what happens at the door; must return at once."""

    def on_call_event(self, event: CallEvent) -> None:
        """A call changed."""
        ...

    def on_turn(self, turn: Turn) -> None:
        """A party said something and was answered."""
        ...


class CallRecorder(Protocol):
    """Keeps the sound of calls."""

    def record(self, frame: RecordedFrame) -> None:
        """Have a frame kept; returns at once."""
        ...


class CallArchive(Protocol):
    """Calls that are over. All methods raise BackendError when the archive cannot be read or written."""

    async def page(self, limit: int, before: int | None) -> CallPage:
        """The newest ``limit`` calls; with ``before``, a page's ``next_before``, those that follow it."""
        ...

    async def read(self, call_id: str) -> RecordedCall | None:
        """One call with its turns; None if it is not kept, or still going on."""
        ...

    async def recording(self, call_id: str) -> Path | None:
        """The WAV file with the sound of a call; None if it was not recorded, is not kept, or still goes on."""
        ...

    async def delete(self, call_id: str) -> bool:
        """Forget one call and its recording. False if it is not kept, or still going on."""
        ...

    async def clear(self) -> None:
        """Forget every call that is over."""
        ...

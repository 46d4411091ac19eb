"""The phones of one call that ring, each in its own task; the first that is taken makes all others pointless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from voice_engine.core.dialog.messages import RingFailed
from voice_engine.core.events import Disposition
from voice_engine.door.residents import Residents
from voice_engine.voice.ports import Leg, RingResult

_DISPOSITIONS: Mapping[RingResult, Disposition] = {
    RingResult.NO_ANSWER: Disposition.NO_ANSWER,
    RingResult.BUSY: Disposition.BUSY,
    RingResult.DECLINED: Disposition.DECLINED,
    RingResult.UNREACHABLE: Disposition.UNREACHABLE,
}


class Ringing:
    """Rings phones; of each that was not stopped, one thing is told: that it was taken, or rung in vain."""

    def __init__(
        self,
        residents: Residents,
        ring_seconds: float,
        on_taken: Callable[[str, Leg], None],
        on_failed: Callable[[RingFailed], None],
    ) -> None:
        """Both are called in the event loop and must return at once; ``on_taken`` gets the phone and its leg."""
        self._residents = residents
        self._ring_seconds = ring_seconds
        self._on_taken = on_taken
        self._on_failed = on_failed
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def ring(self, phone: str, group: asyncio.TaskGroup) -> None:
        """Begin to ring ``phone`` in ``group``."""
        self._tasks[phone] = group.create_task(self._ring(phone))

    def stop(self) -> None:
        """Silence whatever rings; nothing is told of it any more."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def _ring(self, phone: str) -> None:
        answer = await self._residents.call(phone, self._ring_seconds)
        del self._tasks[phone]
        if isinstance(answer, RingResult):
            self._on_failed(RingFailed(_DISPOSITIONS[answer], phone))
        else:
            self._on_taken(phone, answer)

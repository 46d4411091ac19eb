"""All calls at the door: which legs come in, and the tasks that hold them."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self
from uuid import UUID

from voice_engine.door.conversation import Conversation
from voice_engine.door.doors import Doors
from voice_engine.voice.ports import Leg

_LOGGER = logging.getLogger(__name__)

GRACE_SECONDS = 8.0
"""How long running calls get to end politely when the engine stops; the Supervisor kills after twenty (``timeout``)."""


class Calls:
    """Admits legs and holds one conversation for each visitor; used once, as a context manager."""

    def __init__(self, doors: Doors) -> None:
        """Calls come from ``doors``; what is not a door's own, such as ``max_calls``, is told by the first."""
        self._doors = doors
        self._group = asyncio.TaskGroup()
        self._open = False
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._conversations: dict[UUID, Conversation] = {}

    @property
    def doors(self) -> Doors:
        """Those from which a call would come now."""
        return self._doors

    def take(self, doors: Doors) -> None:
        """Hold the calls that come from now on by other doors' tools; those that go on keep their own."""
        self._doors = doors

    async def __aenter__(self) -> Self:
        """Begin to take calls."""
        await self._group.__aenter__()
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more calls, let those that run end politely, cut what is left."""
        self._open = False
        for conversation in self._conversations.values():
            conversation.give_up()
        tasks = list(self._running.values())
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            await self._group.__aexit__(None, None, None)

    @property
    def active(self) -> int:
        """How many visitors there are."""
        return len(self._running)

    def admit_visitor(self, leg: Leg) -> bool:
        """Begin a call, unless the engine is full, stopping, or already holds a call of that UUID."""
        if not self._open:
            return False
        most = self._doors.first.settings.max_calls
        if len(self._running) >= most:
            _LOGGER.warning("Call %s refused: door.max_calls (%d) reached", leg.leg_id, most)
            return False
        if leg.leg_id in self._running:
            _LOGGER.warning("Call %s refused: its UUID is in use", leg.leg_id)
            return False
        self._running[leg.leg_id] = self._group.create_task(self._hold(leg))
        return True

    def admit_resident(self, leg: Leg) -> bool:
        """Join a leg to the call that rang for it."""
        return self._doors.first.residents.claim(leg)

    async def _hold(self, leg: Leg) -> None:
        try:
            origin = await self._doors.of(leg.leg_id)
            if not self._open:
                return  # nothing was said yet, and nobody was told
            conversation = self._conversations[leg.leg_id] = Conversation(leg, origin)
            with origin.tools.desk.holding(conversation):
                await conversation.run()
        except Exception:
            # The top of a call: it must take no other call with it.
            _LOGGER.exception("Call %s broke", leg.leg_id)
        finally:
            leg.hang_up()
            del self._running[leg.leg_id]
            self._conversations.pop(leg.leg_id, None)

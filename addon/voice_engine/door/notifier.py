"""Home Assistant has a home called without a visitor: what may be, and what has to be refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from voice_engine.core.errors import BackendUnavailable, NoCapacity, UnitInCall, UnitNotFound
from voice_engine.core.notification import Message, Outcome
from voice_engine.door.notification import Notification, Result
from voice_engine.door.tools import Tools

_LOGGER = logging.getLogger(__name__)

GRACE_SECONDS = 8.0
"""How long those on the phone get to hear the end when the engine stops: as long as the visitors, and meanwhile."""


@dataclass(frozen=True, slots=True)
class _Duty:
    """What is needed to call anybody."""

    tools: Callable[[], Tools]
    active_calls: Callable[[], int]


class Notifier:
    """Made before the doors are; calls homes while it is on duty."""

    def __init__(self) -> None:
        self._duty: _Duty | None = None
        self._running: dict[Notification, asyncio.Event] = {}
        self._until = 0.0
        """When those that still run are waited for no more, once they were given up."""

    @asynccontextmanager
    async def on_duty(self, tools: Callable[[], Tools], active_calls: Callable[[], int]) -> AsyncIterator[None]:
        """Call homes for as long as the context lasts, or until ``retire``; ``tools`` gives the first door's.

        Those who are on the phone then are told, and waited for.
        """
        self._duty = _Duty(tools, active_calls)
        try:
            yield
        finally:
            self.retire()
            gone = list(self._running.values())
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._until):
                    for event in gone:
                        await event.wait()

    def retire(self) -> None:
        """Call nobody any more, and come to an end with those who are on the phone; returns at once."""
        if self._duty is None:
            return
        self._duty = None
        self._until = asyncio.get_running_loop().time() + GRACE_SECONDS
        for running in list(self._running):
            running.give_up()

    async def notify(self, number: str, message: Message) -> Result:
        """Tell the home of that number a message. Cancelling hangs up.

        Raises: UnitNotFound, UnitInCall, NoCapacity; BackendUnavailable while no phone can be rung.
        """
        duty = self._duty
        tools = duty.tools() if duty else None
        if duty is None or tools is None or not tools.telephone.connected:
            raise BackendUnavailable("the telephone system is not connected; the status says why")
        unit = tools.directory.find_unit(number)
        if unit is None:
            raise UnitNotFound("There is no home of that number; GET /api/directory lists those there are.")
        if tools.quiet().covers(unit.number) or unit.rests_at(tools.local_time()):
            return Result(Outcome.DO_NOT_DISTURB, None)
        if tools.desk.reaches(unit) or any(running.unit == unit for running in self._running):
            raise UnitInCall("That home is being called already.")
        if duty.active_calls() + len(self._running) >= tools.settings.max_calls:
            raise NoCapacity(f"door.max_calls ({tools.settings.max_calls}) is reached")
        return await self._run(Notification(unit, message, tools))

    async def _run(self, running: Notification) -> Result:
        gone = self._running[running] = asyncio.Event()
        _LOGGER.info("Call %s: Home Assistant has a home called", running.call_id)
        try:
            result = await running.run()
        except Exception:
            # The top of a call: it must take nothing else with it.
            _LOGGER.exception("Call %s broke", running.call_id)
            return Result(Outcome.FAILED, None)
        finally:
            del self._running[running]
            gone.set()
        _LOGGER.info("Call %s: %s%s", running.call_id, result.outcome, f", {result.reply}" if result.reply else "")
        return result

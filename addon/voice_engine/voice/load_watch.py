"""Looks at the machine every few seconds, and says what the engine does without while it is too much for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from voice_engine.core.load import LeakWatch, Load, LoadLimits, MemoryAlert, Throttling, throttle

_LOGGER = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Often enough to act before callers hear it; a look costs about a millisecond."""


class Machine(Protocol):
    """What can be looked at."""

    async def look(self) -> Load:
        """How loaded it is; what it does not tell is None."""
        ...


class LoadWatch:
    """``run`` it in a task group; everything else can be asked at any time."""

    def __init__(
        self,
        machine: Machine,
        limits: LoadLimits,
        active_calls: Callable[[], int],
        on_change: Callable[[], None],
    ) -> None:
        """``on_change`` is called when reasons, reliefs or the memory alert changed; it must return at once."""
        self._machine = machine
        self._limits = limits
        self._active_calls = active_calls
        self._on_change = on_change
        self._leaks = LeakWatch()
        self._load = Load()
        self._throttling = Throttling()
        self._told_of_leak = False

    @property
    def load(self) -> Load:
        """The last look."""
        return self._load

    @property
    def throttling(self) -> Throttling:
        """What holds the engine back now, and what it does without."""
        return self._throttling

    @property
    def growth_bytes_per_hour(self) -> float | None:
        """How fast the engine's memory grows, where it does so steadily."""
        return self._leaks.growth_bytes_per_hour

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self._take(await self._machine.look(), asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK_SECONDS)

    def _take(self, load: Load, now: float) -> None:
        before, self._load = self._throttling, load
        self._throttling = after = throttle(before, load, self._active_calls(), self._limits, now)
        if load.own_memory_bytes is not None:
            self._leaks.add(now, load.own_memory_bytes)
            self._tell_of_leak()
        if (after.reasons, after.reliefs, after.memory_alert) == (before.reasons, before.reliefs, before.memory_alert):
            return
        if after.active and not before.active:
            _LOGGER.warning("The machine is at its limit (%s): the engine holds back", ", ".join(sorted(after.reasons)))
        if before.active and not after.active:
            _LOGGER.info("The machine keeps up again: the engine holds nothing back")
        if after.memory_alert is not before.memory_alert and after.memory_alert is not MemoryAlert.NONE:
            share = f"{load.memory:.0%}" if load.memory is not None else "much"
            _LOGGER.warning("Memory runs short: %s of what there is for the engine is in use", share)
        self._on_change()

    def _tell_of_leak(self) -> None:
        growth = self._leaks.growth_bytes_per_hour
        if growth is not None and not self._told_of_leak:
            _LOGGER.warning("The engine's memory grows steadily, by %.1f MB an hour", growth / 1e6)
        self._told_of_leak = growth is not None

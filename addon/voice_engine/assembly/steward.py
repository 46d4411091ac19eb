"""Sees to it that the engine asks no more of the machine than it can give: what each relief means for the others."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable

from voice_engine.backends.host import give_back_memory
from voice_engine.core.load import Load, LoadLimits, MemoryAlert, Relief, Throttling, concurrent_jobs
from voice_engine.servers.machine import MachineReport
from voice_engine.voice.capacity import API_SLOTS, Capacities, Priority
from voice_engine.voice.latencies import Latencies
from voice_engine.voice.load_watch import LoadWatch, Machine

_LOGGER = logging.getLogger(__name__)

FIGURES_SECONDS = 5.0
"""Between one telling of figures and the next, where nothing changed but those: a page that follows them is alive."""
SLOWER = 1.5
"""How much longer frames are apart while a lead fills."""
SHRUNK_SHARE = 0.25
"""Of a cache's bytes that it may keep while memory is short: what was said last."""

type Effect = Callable[[bool], None]
"""Begins (true) or ends what a relief does; may be told the same again."""
type Shrink = Callable[[float], int]
"""Makes a cache keep a share of what it may hold; gives the bytes freed."""


class Steward:
    """Have it told of effects and caches, then ``run`` it in a task group."""

    def __init__(
        self, machine: Machine, limits: LoadLimits, capacities: Capacities, active_calls: Callable[[], int]
    ) -> None:
        self.latencies = Latencies()
        """To be told of turns."""
        self._capacities = capacities
        self._watch = LoadWatch(machine, limits, active_calls, self._apply)
        self._effects: list[tuple[Relief, Effect]] = [
            (Relief.BATCH_PAUSED, self._pause_batch),
            (Relief.ONE_API_SLOT, self._narrow_api),
        ]
        self._shrinks: list[Shrink] = []
        self._on_change: Callable[[], None] = lambda: None
        self._on_figures: Callable[[], None] = lambda: None

    def follow(self, on_change: Callable[[], None], on_figures: Callable[[], None] = lambda: None) -> None:
        """Have ``on_change`` called at once when what holds the engine back changes, ``on_figures`` every few seconds.

        Both must return at once.
        """
        self._on_change = on_change
        self._on_figures = on_figures

    def relieve(self, relief: Relief, effect: Effect) -> None:
        """Have ``effect`` told whenever ``relief`` may have come or gone."""
        self._effects.append((relief, effect))

    def shrink(self, shrink: Shrink) -> None:
        """Have a cache shrunk while memory is short."""
        self._shrinks.append(shrink)

    def throttling(self) -> Throttling:
        """What the engine does without now."""
        return self._watch.throttling

    def report(self) -> MachineReport:
        """How the machine and the engine in it are doing."""
        watch = self._watch
        return MachineReport(
            watch.load,
            watch.throttling,
            self.latencies.summary(),
            self._capacities.named(),
            watch.growth_bytes_per_hour,
        )

    async def run(self) -> None:
        """Look and act for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch.run())
            tasks.create_task(self._tell_figures())

    async def _tell_figures(self) -> None:
        while True:
            await asyncio.sleep(FIGURES_SECONDS)
            self._shrink_caches()  # as long as the alert stands: they fill again
            self._on_figures()

    def _apply(self) -> None:
        throttling = self._watch.throttling
        for relief, effect in self._effects:
            effect(relief in throttling)
        self._shrink_caches()
        self._on_change()

    def _shrink_caches(self) -> None:
        if self._watch.throttling.memory_alert is MemoryAlert.NONE:
            return
        freed = sum(shrink(SHRUNK_SHARE) for shrink in self._shrinks)
        if freed:
            give_back_memory()
            _LOGGER.warning("Memory is short: caches gave up %.1f MB", freed / 1e6)

    def _pause_batch(self, paused: bool) -> None:
        for capacity in (self._capacities.transcriptions, self._capacities.syntheses, self._capacities.language_tasks):
            capacity.hold_back(Priority.BATCH if paused else None)

    def _narrow_api(self, narrow: bool) -> None:
        self._capacities.requests.limit = 1 if narrow else API_SLOTS


def hardware_jobs(load: Load) -> int:
    """How many jobs of a kind this machine does at once, by its processors and the memory there is for us."""
    return concurrent_jobs(os.process_cpu_count() or 1, load.memory_limit_bytes or 0)

"""A process that remembers more speech than its control group has memory for, and tells what is done about it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from voice_engine.assembly import steward as stewarding
from voice_engine.assembly.steward import Steward
from voice_engine.backends.host import Host
from voice_engine.core.load import Load, LoadLimits, MemoryAlert
from voice_engine.core.settings_machine import LimitSettings
from voice_engine.core.transcript import Language
from voice_engine.voice import load_watch
from voice_engine.voice.capacity import Capacities
from voice_engine.voice.speaker import Speaker

CACHE_BYTES = 400_000_000
"""More than there is."""
SENTENCE_BYTES = 48_000
"""Three seconds."""
SENTENCES = 12_000
"""Together half as much again as the cache may hold."""


class Voice:
    """Says nothing, at length."""

    identity = "voice"

    async def synthesize(self, text: str, language: Language) -> bytes:
        return text.encode().ljust(SENTENCE_BYTES, b"\1")


class WatchedHost(Host):
    """Lets others wait for a look at it."""

    def __init__(self) -> None:
        super().__init__()
        self._looked = asyncio.Condition()

    async def look(self) -> Load:
        load = await super().look()
        async with self._looked:
            self._looked.notify_all()
        return load

    async def looked(self) -> None:
        """Wait for the next look."""
        async with self._looked:
            await self._looked.wait()


async def main() -> None:
    """Fill, and tell at the end."""
    load_watch.LOOK_SECONDS = 0.01  # it fills a hundred times as fast as calls would
    stewarding.FIGURES_SECONDS = 0.2
    capacities = Capacities.within(LimitSettings())
    host = WatchedHost()
    steward = Steward(host, LoadLimits(), capacities, lambda: 0)
    alerts: list[MemoryAlert] = []
    freed: list[int] = []
    async with Speaker(Voice(), capacities.syntheses, CACHE_BYTES) as speaker:

        def shrink(share: float) -> int:
            freed.append(speaker.shrink_cache(share))
            return freed[-1]

        steward.shrink(shrink)
        steward.follow(lambda: alerts.append(steward.throttling().memory_alert))
        running = asyncio.ensure_future(steward.run())
        for number in range(SENTENCES):
            await speaker.prepare([f"sentence {number}"], Language.ENGLISH)
            if number % 50 == 0:  # 2.4 MB; however slow the machine, no more comes between two looks
                await host.looked()
        await asyncio.sleep(1)
        running.cancel()
        load = await Host().look()
        told = {
            "limit": load.memory_limit_bytes,
            "alerts": sorted(set(alerts)),
            "freed": sum(freed),
            "memory": load.memory,
            "entries": speaker.cache_statistics.entries,
        }
        sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("0")  # itself, before anything is filled
    asyncio.run(main())

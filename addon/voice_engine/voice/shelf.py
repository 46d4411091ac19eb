"""Sounds on their way to where they outlast a restart: one after another, behind the back of those who speak."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from voice_engine.core.cache import CacheStatistics
from voice_engine.voice.ports import SoundKeeper

MOST_WAITING = 32
"""Sounds that wait to be written; what comes while so many do is not kept, and synthesised again one day."""
LEAVING_SECONDS = 2.0
"""For what waits when the engine stops: calls that end need most of the twenty before it is killed."""


class Shelf:
    """Reads and clears at once, writes in ``run``. Without a keeper it holds nothing."""

    def __init__(self, keeper: SoundKeeper | None = None) -> None:
        self._keeper = keeper
        self._waiting: OrderedDict[str, tuple[bytes, bool]] = OrderedDict()
        self._arrived = asyncio.Event()
        self._writing = asyncio.Lock()

    @property
    def statistics(self) -> CacheStatistics:
        """Of the keeper."""
        return self._keeper.statistics if self._keeper else CacheStatistics()

    async def load(self, name: str, *, pinned: bool = False) -> bytes | None:
        """The sound called ``name``, or None; ``pinned`` keeps it from now on."""
        waiting = self._waiting.get(name)
        if waiting is not None:
            pcm, was_pinned = waiting
            self._waiting[name] = (pcm, pinned or was_pinned)
            return pcm
        return await self._keeper.load(name, pinned=pinned) if self._keeper else None

    def keep(self, name: str, pcm: bytes, *, pinned: bool) -> None:
        """Have a sound written soon, unless too many wait for that."""
        if self._keeper is not None and len(self._waiting) < MOST_WAITING:
            self._waiting[name] = (pcm, pinned)
            self._arrived.set()

    async def clear(self) -> CacheStatistics:
        """Forget every sound, those too that are being written; gives what was held."""
        self._waiting.clear()
        async with self._writing:
            return await self._keeper.clear() if self._keeper else CacheStatistics()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self._write()

    async def finish(self) -> None:
        """Write what waits, as far as that is soon done."""
        try:
            async with asyncio.timeout(LEAVING_SECONDS):
                await self._write()
        except TimeoutError:
            return

    async def _write(self) -> None:
        while self._waiting and self._keeper is not None:
            async with self._writing:
                if not self._waiting:
                    return
                name, (pcm, pinned) = next(iter(self._waiting.items()))
                await self._keeper.save(name, pcm, pinned=pinned)
                if self._waiting.get(name) == (pcm, pinned):
                    del self._waiting[name]

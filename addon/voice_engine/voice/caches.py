"""All caches of the engine under their names: one way to look at them, to clear them and to fill them ahead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from voice_engine.core.cache import CacheStatistics
from voice_engine.core.errors import CacheNotFound, CacheNotWarmable


class CacheName(StrEnum):
    """What is remembered."""

    SPEECH = "speech"
    """Synthesised sentences, in memory."""
    SPEECH_DISK = "speech_disk"
    """The same on disk, over restarts."""
    VOICE_ACTIVITY = "voice_activity"
    """Whether a clip holds speech."""
    SETTINGS = "settings"
    """The settings file, parsed."""
    TRANSCRIPTS = "transcripts"
    """Words of recordings that were transcribed before."""


@dataclass(frozen=True, slots=True)
class ManagedCache:
    """A cache as it is managed from outside."""

    statistics: Callable[[], CacheStatistics]
    clear: Callable[[], Awaitable[CacheStatistics]]
    """Forget everything; gives what was held."""
    warm: Callable[[], Awaitable[int]] | None = None
    """Fill it with what will be needed; gives the number of entries it has then. None: nobody can know."""


class Caches:
    """The caches of this engine."""

    def __init__(self, caches: Mapping[CacheName, ManagedCache] | None = None) -> None:
        self._caches = dict(caches or {})
        self._on_change: Callable[[], None] = lambda: None

    def add(self, name: CacheName, cache: ManagedCache) -> None:
        """Manage one more."""
        self._caches[name] = cache

    def follow(self, on_change: Callable[[], None]) -> None:
        """Have ``on_change`` called, which must return at once, whenever one was cleared or filled ahead."""
        self._on_change = on_change

    @property
    def warmable(self) -> frozenset[CacheName]:
        """Those that can be filled ahead."""
        return frozenset(name for name, cache in self._caches.items() if cache.warm)

    def statistics(self) -> dict[CacheName, CacheStatistics]:
        """How well each of them does."""
        return {name: cache.statistics() for name, cache in self._caches.items()}

    async def clear(self, name: str) -> CacheStatistics:
        """Forget what one of them holds; gives what it held. Raises: CacheNotFound."""
        held = await self._find(name).clear()
        self._on_change()
        return held

    async def clear_all(self) -> dict[CacheName, CacheStatistics]:
        """Forget everything; gives what each held."""
        held = {name: await cache.clear() for name, cache in self._caches.items()}
        self._on_change()
        return held

    async def warm(self, name: str) -> int:
        """Fill one ahead; gives how many entries it has then. Raises: CacheNotFound, CacheNotWarmable, BackendError."""
        warm = self._find(name).warm
        if warm is None:
            raise CacheNotWarmable(f"what {name} will be asked for cannot be known ahead")
        entries = await warm()
        self._on_change()
        return entries

    def _find(self, name: str) -> ManagedCache:
        found = {str(known): cache for known, cache in self._caches.items()}.get(name)
        if found is None:
            raise CacheNotFound(f"there is no cache called {name!r}; there are {', '.join(self._caches)}")
        return found

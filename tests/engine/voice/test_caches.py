"""Caches by name."""

from __future__ import annotations

import pytest

from voice_engine.core.cache import Cache, CacheStatistics
from voice_engine.core.errors import CacheNotFound, CacheNotWarmable
from voice_engine.voice.caches import CacheName, Caches, ManagedCache


def managed(cache: Cache[str, bytes], *, warmable: bool) -> ManagedCache:
    async def clear() -> CacheStatistics:
        return cache.clear()

    async def warm() -> int:
        cache.put("greeting", b"hello")
        return cache.statistics.entries

    return ManagedCache(lambda: cache.statistics, clear, warm if warmable else None)


@pytest.fixture
def caches() -> Caches:
    """Two of them, one of which can be warmed."""
    speech, settings = (Cache[str, bytes](100, lambda: 0.0, len) for _ in range(2))
    return Caches(
        {CacheName.SPEECH: managed(speech, warmable=True), CacheName.SETTINGS: managed(settings, warmable=False)}
    )


async def test_filled_and_cleared_by_name(caches: Caches) -> None:
    assert caches.warmable == {CacheName.SPEECH}
    assert await caches.warm("speech") == 1
    assert {name: held.entries for name, held in caches.statistics().items()} == {"speech": 1, "settings": 0}
    assert (await caches.clear("speech")).size_bytes == 5
    assert caches.statistics()[CacheName.SPEECH].entries == 0


async def test_all_cleared(caches: Caches) -> None:
    await caches.warm("speech")
    assert {name: held.entries for name, held in (await caches.clear_all()).items()} == {"speech": 1, "settings": 0}


async def test_what_cannot_be_done_is_told(caches: Caches) -> None:
    with pytest.raises(CacheNotFound, match="'coffee'; there are speech, settings"):
        await caches.clear("coffee")
    with pytest.raises(CacheNotWarmable, match="settings"):
        await caches.warm("settings")

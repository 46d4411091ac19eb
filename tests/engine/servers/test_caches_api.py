"""The caches over HTTP."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest

from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import Served, serving
from voice_engine.core.cache import Cache, CacheStatistics
from voice_engine.core.errors import BackendUnavailable
from voice_engine.voice.caches import CacheName, ManagedCache

EVERYTHING = [
    ("GET", "/api/caches"),
    ("POST", "/api/caches/clear"),
    ("POST", "/api/caches/speech/clear"),
    ("POST", "/api/caches/speech/warm"),
    ("GET", "/api/config/cache/stats"),
    ("POST", "/api/config/cache/clear"),
]


class Managed:
    """Two caches: speech, which can be warmed, and settings, which here cannot."""

    def __init__(self, served: Served) -> None:
        self.speech, self.settings = (Cache[str, bytes](1000, time.time, len) for _ in range(2))
        self.problem: BackendUnavailable | None = None
        self.speech.put("hello", b"12345")
        self.speech.get("hello")
        served.caches.add(
            CacheName.SPEECH, ManagedCache(lambda: self.speech.statistics, self._clear_speech, self._warm)
        )
        served.caches.add(CacheName.SETTINGS, ManagedCache(lambda: self.settings.statistics, self._clear_settings))

    async def _clear_speech(self) -> CacheStatistics:
        return self.speech.clear()

    async def _clear_settings(self) -> CacheStatistics:
        return self.settings.clear()

    async def _warm(self) -> int:
        if self.problem:
            raise self.problem
        self.speech.put("goodbye", b"1")
        return self.speech.statistics.entries


async def answer(served: Served, method: str, path: str, status: int, schema: str) -> Any:
    """What a request is answered with, where it is as the contract has it."""
    response = await served.client.request(method, path)
    assert response.status == status, await response.text()
    body = await response.json()
    assert_conforms(body, schema)
    return body


async def test_listed_with_their_figures() -> None:
    async with serving() as served:
        assert await answer(served, "GET", "/api/caches", 200, "CacheList") == {"caches": []}
        Managed(served)
        speech, settings = (await answer(served, "GET", "/api/caches", 200, "CacheList"))["caches"]
    assert (speech["name"], speech["entries"], speech["size_bytes"], speech["hit_rate"]) == ("speech", 1, 5, 1.0)
    assert (settings["name"], settings["hit_rate"], settings["cleared_at"]) == ("settings", None, None)
    assert (speech["warmable"], settings["warmable"]) == (True, False)


async def test_cleared_it_tells_what_it_held() -> None:
    async with serving() as served:
        managed = Managed(served)
        freed = await answer(served, "POST", "/api/caches/speech/clear", 200, "Freed")
        assert freed == {"name": "speech", "entries": 1, "size_bytes": 5}
        assert managed.speech.statistics.entries == 0
        listed = (await answer(served, "GET", "/api/caches", 200, "CacheList"))["caches"]
    assert listed[0]["cleared_at"] is not None


async def test_all_cleared() -> None:
    async with serving() as served:
        managed = Managed(served)
        freed = (await answer(served, "POST", "/api/caches/clear", 200, "FreedList"))["freed"]
        assert {each["name"]: each["entries"] for each in freed} == {"speech": 1, "settings": 0}
        assert managed.speech.statistics.entries == 0


async def test_warmed_where_that_makes_sense_and_can_be_done() -> None:
    async with serving() as served:
        managed = Managed(served)
        warmed = await answer(served, "POST", "/api/caches/speech/warm", 200, "Warmed")
        assert warmed == {"name": "speech", "entries": 2}
        refused = await answer(served, "POST", "/api/caches/settings/warm", 409, "Error")
        assert refused["code"] == "cache_not_warmable"
        managed.problem = BackendUnavailable("espeak-ng is not installed")
        failed = await answer(served, "POST", "/api/caches/speech/warm", 503, "Error")
    assert failed == {"code": "backend_unavailable", "message": "Espeak-ng is not installed."}


@pytest.mark.parametrize("act", ["clear", "warm"])
async def test_a_cache_that_is_not_there_is_said_so(act: str) -> None:
    async with serving() as served:
        Managed(served)
        body = await answer(served, "POST", f"/api/caches/words/{act}", 404, "Error")
    assert body["code"] == "cache_not_found"
    assert "speech, settings" in body["message"]


async def test_the_settings_own_cache() -> None:
    async with serving() as served:
        assert (await answer(served, "GET", "/api/config/cache/stats", 404, "Error"))["code"] == "cache_not_found"
        managed = Managed(served)
        managed.settings.put("file", b"1")
        assert (await answer(served, "GET", "/api/config/cache/stats", 200, "Cache"))["entries"] == 1
        assert (await answer(served, "POST", "/api/config/cache/clear", 200, "Freed"))["entries"] == 1
        assert (await answer(served, "GET", "/api/config/cache/stats", 200, "Cache"))["entries"] == 0


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_nobody_looks_or_clears_without_the_token(method: str, path: str) -> None:
    async with serving() as served, aiohttp.ClientSession(served.url) as stranger:
        managed = Managed(served)
        assert (await stranger.request(method, path)).status == 401
        assert managed.speech.statistics.entries == 1

"""The engine's caches over HTTP: how well they do, cleared and filled ahead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from voice_engine.core.cache import CacheStatistics
from voice_engine.core.errors import CacheNotFound
from voice_engine.servers.requests import answering
from voice_engine.voice.caches import CacheName, Caches


class CacheRequests:
    """Serves the paths below ``/api/caches``, and those of the settings' own cache."""

    def __init__(self, caches: Caches) -> None:
        self._caches = caches

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.get("/api/caches", self._list, allow_head=False),
            web.post("/api/caches/clear", answering(self._clear_all)),
            web.post("/api/caches/{name}/clear", answering(self._clear)),
            web.post("/api/caches/{name}/warm", answering(self._warm)),
            web.get("/api/config/cache/stats", answering(self._settings_statistics), allow_head=False),
            web.post("/api/config/cache/clear", answering(self._clear_settings)),
        ]

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response(report(self._caches))

    async def _clear_all(self, _: web.Request) -> web.Response:
        freed = await self._caches.clear_all()
        return web.json_response({"freed": [_freed(name, held) for name, held in freed.items()]})

    async def _clear(self, request: web.Request) -> web.Response:
        return await self._cleared(request.match_info["name"])

    async def _clear_settings(self, _: web.Request) -> web.Response:
        return await self._cleared(CacheName.SETTINGS)

    async def _cleared(self, name: str) -> web.Response:
        return web.json_response(_freed(name, await self._caches.clear(name)))

    async def _warm(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.json_response({"name": name, "entries": await self._caches.warm(name)})

    async def _settings_statistics(self, _: web.Request) -> web.Response:
        for told in report(self._caches)["caches"]:
            if told["name"] == CacheName.SETTINGS:
                return web.json_response(told)
        raise CacheNotFound("the settings are not remembered by this engine")


def report(caches: Caches) -> dict[str, Any]:
    """The ``CacheList`` schema of the contract."""
    warmable = caches.warmable
    return {"caches": [to_wire(name, held, warmable=name in warmable) for name, held in caches.statistics().items()]}


def to_wire(name: CacheName, held: CacheStatistics, *, warmable: bool) -> dict[str, Any]:
    """The ``Cache`` schema of the contract; the cache's clock must be that of the day."""
    cleared_at = None if held.cleared_at is None else datetime.fromtimestamp(held.cleared_at, UTC)
    return {
        "name": name,
        "entries": held.entries,
        "size_bytes": held.size_bytes,
        "max_bytes": held.max_bytes,
        "hits": held.hits,
        "misses": held.misses,
        "evictions": held.evictions,
        "hit_rate": held.hit_rate,
        "recent_hit_rate": held.recent_hit_rate,
        "cleared_at": cleared_at.isoformat(timespec="seconds") if cleared_at else None,
        "warmable": warmable,
    }


def _freed(name: str, held: CacheStatistics) -> dict[str, Any]:
    return {"name": name, "entries": held.entries, "size_bytes": held.size_bytes}

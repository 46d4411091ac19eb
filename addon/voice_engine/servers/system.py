"""What the engine runs on, over HTTP."""

from __future__ import annotations

import asyncio

from aiohttp import web

from voice_engine.core.system_info import SystemInfo


class SystemRequests:
    """Serves what does not change, and since when the engine runs."""

    def __init__(self, info: SystemInfo) -> None:
        self._info = info
        self._started_at = asyncio.get_running_loop().time()

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [web.get("/api/system/info", self._get, allow_head=False)]

    async def _get(self, _: web.Request) -> web.Response:
        return web.json_response(self._info.to_wire(asyncio.get_running_loop().time() - self._started_at))

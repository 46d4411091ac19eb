"""The folder of recordings over HTTP: how it stands, and what became of the latest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from voice_engine.core.inbox import InboxStatus, RecordingResult


class InboxRequests:
    """Serves ``/api/inbox``."""

    def __init__(
        self, status: Callable[[], InboxStatus], results: Callable[[], Sequence[RecordingResult]] = tuple
    ) -> None:
        """``results`` are those that may be told, newest first."""
        self._status = status
        self._results = results

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [web.get("/api/inbox", self._get, allow_head=False)]

    async def _get(self, _: web.Request) -> web.Response:
        results = [result.to_wire() for result in self._results()]
        return web.json_response({**self._status().to_wire(), "results": results})

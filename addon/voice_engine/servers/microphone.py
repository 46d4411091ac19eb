"""The microphone over HTTP: how it is doing, and its switch."""

from __future__ import annotations

from aiohttp import web

from voice_engine.scribe.microphone import Microphone
from voice_engine.servers.requests import WrongRequest, answering, read_json


class MicrophoneRequests:
    """Serves the microphone's state; what is said in the room is told on the WebSocket alone."""

    def __init__(self, microphone: Microphone) -> None:
        self._microphone = microphone

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.get("/api/microphone", self._get, allow_head=False),
            web.post("/api/microphone", answering(self._switch)),
        ]

    async def _get(self, _: web.Request) -> web.Response:
        return web.json_response(self._microphone.status.to_wire())

    async def _switch(self, request: web.Request) -> web.Response:
        enabled = (await read_json(request)).get("enabled")
        if not isinstance(enabled, bool):
            raise WrongRequest("enabled must be true or false.")
        await self._microphone.switch(enabled)
        return web.json_response(self._microphone.status.to_wire())

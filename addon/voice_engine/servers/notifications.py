"""What Home Assistant sets off without a visitor: a home is called with a message, a doorbell rings as a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from voice_engine.core.notification import Message
from voice_engine.door.notifier import Notifier
from voice_engine.servers.awaited import by_client_of, while_awaited
from voice_engine.servers.calls import LONGEST_TEXT
from voice_engine.servers.requests import WrongRequest, answering, raw_text_of, read_json, read_storable_json, text_of
from voice_engine.servers.state import EngineState

_LONGEST_UNIT = 20
"""Characters, as in the settings."""
_LONGEST_DOOR = 100


class NotificationRequests:
    """Serves ``/api/notifications`` and ``/api/test/ring``."""

    def __init__(self, notifier: Notifier, state: EngineState) -> None:
        self._notifier = notifier
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.post("/api/notifications", answering(self._notify)),
            web.post("/api/test/ring", answering(self._test_ring)),
        ]

    async def _notify(self, request: web.Request) -> web.Response:
        body = await read_storable_json(request)
        unit = raw_text_of(body, "unit", _LONGEST_UNIT)
        message = Message(text_of(body, "message", LONGEST_TEXT), _flag(body, "question"))
        async with while_awaited(by_client_of(request)):
            result = await self._notifier.notify(unit, message)
        return web.json_response({"outcome": result.outcome, "answer": result.reply})

    async def _test_ring(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        door = raw_text_of(body, "door", _LONGEST_DOOR) if body.get("door") is not None else None
        call = self._state.test_ring(door)
        return web.json_response({"call_id": call.call_id, "door": call.door})


def _flag(body: Mapping[str, Any], key: str) -> bool:
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise WrongRequest(f"{key} must be true or false.")
    return value

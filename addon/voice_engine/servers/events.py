"""The WebSocket: hello, one snapshot, then everything that happens, in order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from aiohttp import WSCloseCode, hdrs, web

from voice_engine.core.events import API_VERSION, MIN_API_VERSION
from voice_engine.servers.answers import error
from voice_engine.servers.state import EngineState, Told

SUBPROTOCOL = "voice-processor"
"""What a browser offers beside its token; see the contract."""

_HEARTBEAT_SECONDS = 30.0
"""A client that vanished without a word is noticed within three quarters of a minute."""
_CLOSE_SECONDS = 2.0
"""How long a client may take to answer a close: a round trip or two. It bounds how long stopping takes."""
_LONGEST_MESSAGE_BYTES = 1024
"""Clients send nothing; what they send all the same may not fill the memory."""
_MOST_WAITING_EVENTS = 256
"""How far a client may lag: some ten events a call, for more calls than a door has at once."""


class EventStream:
    """Serves ``/api/events`` to any number of clients."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._clients: set[_Client] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Carry one client from its handshake to its end."""
        if not _may_be_logged(request):
            return error(HTTPStatus.BAD_REQUEST, "bad_request", f"Offer the subprotocol {SUBPROTOCOL} too.")
        client = _Client()
        try:
            await client.socket.prepare(request)
        except web.HTTPBadRequest:
            message = "This path is a WebSocket; connect with an Upgrade header."
            return error(HTTPStatus.BAD_REQUEST, "bad_request", message)
        self._clients.add(client)
        try:
            await client.run(self._state)
        finally:
            self._clients.discard(client)
            if client.socket.close_code == WSCloseCode.ABNORMAL_CLOSURE and request.transport:
                request.transport.abort()  # closing would wait for a client that reads no more
        return client.socket

    async def close(self) -> None:
        """Tell every client that the engine stops."""
        async with asyncio.TaskGroup() as tasks:
            for client in self._clients:
                tasks.create_task(client.close(WSCloseCode.GOING_AWAY, "the engine stops"))


class _Client:
    """One client's connection."""

    def __init__(self) -> None:
        self.socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_SECONDS,
            timeout=_CLOSE_SECONDS,
            max_msg_size=_LONGEST_MESSAGE_BYTES,
            protocols=(SUBPROTOCOL,),
            compress=False,  # few and small messages
        )
        self._waiting: asyncio.Queue[Told] = asyncio.Queue(_MOST_WAITING_EVENTS)

    async def run(self, state: EngineState) -> None:
        """Send until the client leaves or lags too far."""
        hello = {
            "type": "hello",
            "api_version": API_VERSION,
            "min_api_version": MIN_API_VERSION,
            "engine_version": state.facts.version,
            "instance_id": state.facts.instance_id,
        }
        with state.subscribed(self._put) as snapshot:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send(hello, {"type": "snapshot", "status": snapshot}))
                reading = tasks.create_task(self._read())
                sending.add_done_callback(lambda _: reading.cancel())
                reading.add_done_callback(lambda _: sending.cancel())

    async def close(self, code: WSCloseCode, reason: str) -> None:
        """Close with a reason; a client that does not take it is cut off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.socket.close(code=code, message=reason.encode())

    def _put(self, event: Told) -> None:
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            self._waiting.shutdown(immediate=True)
        except asyncio.QueueShutDown:
            pass  # the client is being closed; its next connection starts from a fresh snapshot

    async def _send(self, *first: dict[str, Any]) -> None:
        try:
            for message in first:
                await self.socket.send_json(message)
            while True:
                await self.socket.send_json((await self._waiting.get()).to_wire())
        except asyncio.QueueShutDown:
            await self.close(WSCloseCode.TRY_AGAIN_LATER, "too slow; connect again for a fresh snapshot")
        except ConnectionError:
            return  # the client left

    async def _read(self) -> None:
        async for _ in self.socket:
            pass  # clients have nothing to say; reading notices that they left


def _may_be_logged(request: web.Request) -> bool:
    """Whether aiohttp finds a subprotocol to agree upon; else it logs all that were offered, a token among them."""
    offered = [name.strip() for name in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(",")]
    return SUBPROTOCOL in offered or offered == [""]

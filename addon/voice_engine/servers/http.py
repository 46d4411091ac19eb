"""The HTTP server: the paths of ``openapi.yaml`` and the ingress page."""

from __future__ import annotations

import asyncio
import errno
import hmac
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from http import HTTPStatus
from importlib.resources import files
from types import TracebackType
from typing import Protocol, Self, cast

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import HttpSettings
from voice_engine.door.desk import Desk
from voice_engine.servers.answers import add_headers, error, standard_error
from voice_engine.servers.archive import ArchiveRequests
from voice_engine.servers.caches import CacheRequests
from voice_engine.servers.calls import CallRequests
from voice_engine.servers.configuration import LONGEST_SETTINGS_BYTES
from voice_engine.servers.events import EventStream
from voice_engine.servers.state import EngineState
from voice_engine.servers.uploads import LONGEST_UPLOAD_BYTES
from voice_engine.voice.caches import Caches
from voice_engine.voice.ports import CallArchive

_LOGGER = logging.getLogger(__name__)

SUPERVISOR_ADDRESS = "172.30.32.2"
"""Where ingress requests come from, inside Home Assistant's container network; the Supervisor has let the user in."""

PAGE_FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    **{
        f"/{name}.js": (f"{name}.js", "text/javascript")
        for name in ("page", "engine", "make", "calls", "machine", "words")
    },
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/icon-dark.svg": ("icon-dark.svg", "image/svg+xml"),
}
"""The ingress page: nothing in it is secret, all it shows comes over the API."""
_EVENTS_PATH = "/api/events"
_OPEN_PATHS = {"/api/health", *PAGE_FILES}
_LONGEST_BODY_BYTES = 64 * 1024
"""Far more than any path takes but these."""
_LONGER_BODIES = {
    "/api/transcribe": LONGEST_UPLOAD_BYTES,
    "/api/test/live": LONGEST_UPLOAD_BYTES,
    "/api/config": LONGEST_SETTINGS_BYTES,
    "/api/directory": LONGEST_SETTINGS_BYTES,
}
_KEEP_ALIVE_SECONDS = 60.0
_LINGERING_SECONDS = 1.0
"""How long a body nobody asked for is read, so that its sender sees the refusal and not a broken connection."""
_SHUTDOWN_SECONDS = 2.0
"""What requests under way are given to finish: those that wait for people were told of the end before."""


class Part(Protocol):
    """Some of the paths."""

    def routes(self) -> list[web.RouteDef]:
        """All that it serves."""
        ...


class HttpServer:
    """An async context manager that serves while it is open. Used once.

    ``ingress_peer`` is the one address whose requests need no token when they carry ``X-Ingress-Path``: the
    Supervisor's where there is one, else None.
    """

    def __init__(
        self,
        settings: HttpSettings,
        token: str,
        state: EngineState,
        *,
        desk: Desk,
        archive: CallArchive,
        parts: Sequence[Part] = (),
        caches: Caches,
        ingress_peer: str | None = None,
    ) -> None:
        if not token:
            raise ValueError("without a token everyone would be served")
        self._settings = settings
        self._token = token.encode()
        self._state = state
        self._ingress_peer = ingress_peer
        self._events = EventStream(state)
        self._archive = ArchiveRequests(archive)
        self._calls = CallRequests(desk)
        self.parts = tuple(parts)
        self._caches = CacheRequests(caches)
        package = files("voice_engine.servers")
        self._contract = package.joinpath("openapi.yaml").read_bytes()
        self._page = {path: package.joinpath("page", name).read_bytes() for path, (name, _) in PAGE_FILES.items()}

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._listener.sockets[0].getsockname()[1])

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.get("/api/health", self._get_health, allow_head=False),
            web.get("/api/status", self._get_status, allow_head=False),
            *self._archive.routes(),
            web.get(_EVENTS_PATH, self._events.serve, allow_head=False),
            *self._calls.routes(),
            *(route for part in self.parts for route in part.routes()),
            *self._caches.routes(),
            web.get("/api/openapi.yaml", self._get_contract, allow_head=False),
            *(web.get(path, self._get_page, allow_head=False) for path in PAGE_FILES),
        ]

    async def __aenter__(self) -> Self:
        """Start listening. Raises: SettingsError when the address cannot be listened on."""
        app = web.Application(middlewares=[self._guard], client_max_size=LONGEST_SETTINGS_BYTES)
        app.add_routes(self.routes())
        app.on_response_prepare.append(_prepare)
        self._runner = web.AppRunner(app, shutdown_timeout=_SHUTDOWN_SECONDS)
        async with AsyncExitStack() as stack:
            await self._runner.setup()
            stack.push_async_callback(self._runner.cleanup)
            await self._listen(stack)
            stack.pop_all()
        _LOGGER.info("HTTP is served on %s:%s", self._settings.host, self.port)
        return self

    async def _listen(self, stack: AsyncExitStack) -> None:
        host, port = self._settings.host, self._settings.port
        try:
            # Served once it is held: a start that is broken off could not close it else.
            self._listener = await asyncio.get_running_loop().create_server(
                self._connect, host, port, start_serving=False
            )
            stack.callback(self._listener.close)
            await self._listener.start_serving()
        except OSError as cause:
            key = "http.port" if cause.errno in (errno.EADDRINUSE, errno.EACCES) else "http.host"
            raise SettingsError(key, f"cannot listen on {host}:{port}: {cause.strerror}") from cause

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop: take no more connections, say goodbye to WebSockets, let requests under way finish."""
        self._listener.close()
        await self._events.close()
        await self._runner.cleanup()

    def _connect(self) -> _Connection:
        return _Connection(
            cast("web.Server", self._runner.server),  # there is one once the runner is set up
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to turn it off
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            lingering_time=_LINGERING_SECONDS,
        )

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _OPEN_PATHS and not self._is_authorized(request):
            message = "The bearer token is missing or wrong; the app's log names where to find it."
            return error(HTTPStatus.UNAUTHORIZED, "unauthorized", message)
        if (request.content_length or 0) > _LONGER_BODIES.get(request.path, _LONGEST_BODY_BYTES):
            return standard_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return await handler(request)

    def _is_authorized(self, request: web.Request) -> bool:
        is_from_supervisor = self._ingress_peer is not None and request.remote == self._ingress_peer
        if is_from_supervisor and "X-Ingress-Path" in request.headers:
            return True
        return hmac.compare_digest(_token_of(request).encode(errors="surrogateescape"), self._token)

    async def _get_health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "version": self._state.facts.version})

    async def _get_status(self, _: web.Request) -> web.Response:
        return web.json_response(self._state.snapshot())

    async def _get_contract(self, _: web.Request) -> web.Response:
        return web.Response(body=self._contract, content_type="application/yaml", charset="utf-8")

    async def _get_page(self, request: web.Request) -> web.Response:
        _, content_type = PAGE_FILES[request.path]
        return web.Response(body=self._page[request.path], content_type=content_type, charset="utf-8")


class _Connection(web.RequestHandler):
    """aiohttp's protocol, but every error is one of the contract."""

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Put the contract's error in the place of aiohttp's (no such path, no such method)."""
        if isinstance(resp, web.HTTPException):
            resp, exception = standard_error(resp.status), resp
            if hdrs.ALLOW in exception.headers:
                resp.headers[hdrs.ALLOW] = exception.headers[hdrs.ALLOW]
        return await super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature
    ) -> web.StreamResponse:
        """Answer what could not be parsed, and log what a handler did not expect; close the connection."""
        if status != HTTPStatus.BAD_REQUEST:
            _LOGGER.error("%s %s failed", request.method, request.path, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("part of another answer was sent already")
        response = standard_error(status)
        response.force_close()
        return response


async def _prepare(_: web.Request, response: web.StreamResponse) -> None:
    add_headers(response)


def _token_of(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if request.path == _EVENTS_PATH:
        # Browsers cannot put a header on a WebSocket, but they can offer a subprotocol.
        for offered in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(","):
            if offered.strip().startswith("bearer."):
                return offered.strip().removeprefix("bearer.")
    return ""

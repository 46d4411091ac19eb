"""A service on the network, played by a real server: it writes down what it is asked and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from voice_engine.backends.web import Endpoint
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendRateLimited,
    BackendRefused,
    BackendTimeout,
)

KEY = "sk-secret-0123456789"
NAME = "the-service"

type Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: CIMultiDict[str]
    query: dict[str, str]
    body: bytes
    fields: dict[str, str] = field(default_factory=dict)
    """Of a form; the file's bytes are ``body`` then."""
    file: tuple[str, str] = ("", "")
    """Its name and content type."""

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass(slots=True)
class Cloud:
    """Answers with the replies in turn, the last again and again."""

    replies: list[Reply]
    asked: list[Asked] = field(default_factory=list)
    base_url: str = ""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a client left before it was answered."""
    session: aiohttp.ClientSession = field(init=False)

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        return Endpoint(NAME, self.base_url, KEY)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take a request."""
        self.asked.append(await _asked(request))
        try:
            return await (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])(request)
        except asyncio.CancelledError:
            self.hung_up.set()
            raise


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[Cloud]:
    """Listen, with a session to reach it by."""
    cloud = Cloud(list(replies))
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{path:.*}", cloud.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cloud.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        async with aiohttp.ClientSession() as session:
            cloud.session = session
            yield cloud
    finally:
        await runner.cleanup()


async def _asked(request: web.Request) -> Asked:
    fields, file, body = {}, ("", ""), b""
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                file, body = (value.filename, value.content_type), value.file.read()
                value.file.close()
            else:
                fields[name] = str(value)
    else:
        body = await request.read()
    headers = CIMultiDict(request.headers)
    return Asked(request.method, request.path, headers, dict(request.query), body, fields, file)


# --- replies ----------------------------------------------------------------------------------------------------------


def says(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """JSON."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.json_response(content, status=status, headers=headers)

    return reply


def sends(body: bytes, content_type: str = "application/octet-stream", status: int = 200) -> Reply:
    """Bytes."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type, status=status)

    return reply


def streams(*pieces: bytes, content_type: str = "audio/pcm") -> Reply:
    """Bytes, piece by piece."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        return response

    return reply


def breaks_off(body: bytes, content_type: str = "application/json") -> Reply:
    """The beginning of an answer, and then the connection is gone."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type, "Content-Length": str(len(body) + 1000)})
        await response.prepare(request)
        await response.write(body)
        assert request.transport is not None
        request.transport.close()
        return response

    return reply


async def never(_: web.Request) -> web.StreamResponse:
    """No answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def closes(request: web.Request) -> web.StreamResponse:
    """The connection is closed instead of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def redirects(_: web.Request) -> web.StreamResponse:
    """To another host, which must not see the key."""
    raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/")


# --- failures, as documented ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """How a service fails, and what that is to us."""

    name: str
    reply: Reply
    kind: type[BackendError]
    retry_after_seconds: float | None = None


def openai_error(message: str, kind: str = "invalid_request_error", param: str | None = None) -> dict[str, Any]:
    """As OpenAI, Groq and their kind answer."""
    return {"error": {"message": message, "type": kind, "param": param, "code": None}}


def anthropic_error(kind: str, message: str) -> dict[str, Any]:
    """As Anthropic answers."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"}


HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"

COMMON_FAILURES = (
    Failure("forbidden", says({"error": {"message": "Country not supported"}}, 403), BackendRefused),
    Failure("wrong path", sends(b"404 page not found", "text/plain", 404), BackendMisused),
    Failure("too large", sends(b"", "text/plain", 413), BackendMisused),
    Failure("page of a gateway", sends(HTML, "text/html", 502), BackendOverloaded),
    Failure("gateway waits in vain", sends(b"", "text/plain", 504), BackendOverloaded),
    Failure("moved", redirects, BackendMisused),
    Failure("closes", closes, BackendError),
    Failure("never answers", never, BackendTimeout),
)
"""Whatever the service."""
OPENAI_FAILURES = (
    Failure("wrong key", says(openai_error(f"Incorrect API key provided: {KEY}."), 401), BackendRefused),
    Failure(
        "too often",
        says(openai_error("Rate limit reached for model.", "tokens"), 429, {"Retry-After": "7"}),
        BackendRateLimited,
        7.0,
    ),
    Failure("no credit", says(openai_error("You exceeded your current quota."), 429), BackendRateLimited),
    Failure("fails", says(openai_error("The server had an error.", "server_error"), 500), BackendOverloaded),
    Failure("overloaded", says(openai_error("The engine is overloaded."), 503), BackendOverloaded),
    Failure("unknown model", says(openai_error("The model `x` does not exist."), 404), BackendMisused),
    Failure("wrong parameter", says(openai_error("Something is wrong."), 400), BackendMisused),
    Failure("wrong field", says({"detail": [{"loc": ["body"], "msg": "field required"}]}, 422), BackendMisused),
    *COMMON_FAILURES,
)
ANTHROPIC_FAILURES = (
    Failure("wrong key", says(anthropic_error("authentication_error", "invalid x-api-key"), 401), BackendRefused),
    Failure(
        "too often",
        says(anthropic_error("rate_limit_error", "too many"), 429, {"Retry-After": "12"}),
        BackendRateLimited,
        12.0,
    ),
    Failure("fails", says(anthropic_error("api_error", "Internal server error"), 500), BackendOverloaded),
    Failure("overloaded", says(anthropic_error("overloaded_error", "Overloaded"), 529), BackendOverloaded),
    Failure("unknown model", says(anthropic_error("not_found_error", "model: x"), 404), BackendMisused),
    *COMMON_FAILURES,
)
AZURE_FAILURES = (
    Failure(
        "wrong key",
        says({"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}, 401),
        BackendRefused,
    ),
    Failure("bad request", sends(b"Required parameter is missing", "text/plain", 400), BackendMisused),
    Failure("unsupported media", sends(b"", "text/plain", 415), BackendMisused),
    Failure("too often", sends(b"", "text/plain", 429), BackendRateLimited),
    Failure("fails", sends(b"", "text/plain", 500), BackendOverloaded),
    *COMMON_FAILURES,
)
JSON_FAILURES = (
    Failure("no JSON", sends(b"all is well", "application/json"), BackendGarbled),
    Failure("half of the JSON", sends(b'{"text": "y', "application/json"), BackendGarbled),
    Failure("page of a hotel", sends(HTML, "text/html"), BackendGarbled),
    Failure("a list", says([]), BackendGarbled),
    Failure("cut in the middle", breaks_off(b'{"text": "yes'), BackendGarbled),
    Failure("too long", sends(b" " * 1_100_000, "application/json"), BackendGarbled),
)
"""Of answers that should be a JSON object."""
SOUND_FAILURES = (
    Failure("words for sound", says({"error": "no"}), BackendGarbled),
    Failure("page of a hotel", sends(HTML, "text/html"), BackendGarbled),
    Failure("nothing", sends(b"", "audio/pcm"), BackendGarbled),
    Failure("cut in the middle", breaks_off(bytes(4000), "audio/pcm"), BackendGarbled),
    Failure("without end", sends(bytes(16_100_000), "audio/pcm"), BackendGarbled),
)
"""Of answers that should be sound."""


def named(failure: Failure) -> str:
    """For the test's name."""
    return failure.name


async def check_failure(failure: Failure, ask: Callable[[Cloud], Awaitable[object]]) -> None:
    """Whoever ``ask``s a service that fails like this gets the right error, and the key is told to nobody."""
    async with serving(failure.reply) as cloud:
        error: BackendError | None = None
        try:
            await ask(cloud)
        except BackendError as raised:
            error = raised
        assert isinstance(error, failure.kind), error
        assert getattr(error, "retry_after_seconds", None) == failure.retry_after_seconds
        assert NAME in str(error)
        assert KEY not in str(error) + repr(error) + repr(error.__cause__)
        assert "<" not in str(error)


async def check_cancelling(ask: Callable[[Cloud], Awaitable[object]]) -> None:
    """Whoever leaves closes the connection, so that the service stops working for nobody."""
    async with serving(never) as cloud:
        asking = asyncio.ensure_future(ask(cloud))
        async with asyncio.timeout(60):
            while not cloud.asked:  # noqa: ASYNC110 - the request is all that tells
                await asyncio.sleep(0.001)
            asking.cancel()
            await cloud.hung_up.wait()
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.cancelled()

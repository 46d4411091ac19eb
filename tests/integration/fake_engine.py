"""An engine over real HTTP that says what it is told to say: at first, the contract's own examples."""

import asyncio
from copy import deepcopy
import json
from pathlib import Path
import re
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestServer
import yaml

CONTRACT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "addon/voice_engine/servers/openapi.yaml").read_text(encoding="utf-8")
)
INSTANCE_ID = "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041"
TOKEN = "a-token-for-tests"


def status_example(name: str) -> dict[str, Any]:
    """One of the states that the contract shows: idle or busy."""
    answer = CONTRACT["paths"]["/api/status"]["get"]["responses"]["200"]["content"]["application/json"]
    return deepcopy(answer["examples"][name]["value"])


def calls_example(name: str) -> dict[str, Any]:
    """One of the pages of calls that the contract shows: last or more."""
    answer = CONTRACT["paths"]["/api/calls"]["get"]["responses"]["200"]["content"]["application/json"]
    return deepcopy(answer["examples"][name]["value"])


def work_example(method: str, path: str) -> Any:
    """The first answer that the contract shows to what is asked at a path beside the calls; None: there is none."""
    for template, operations in CONTRACT["paths"].items():
        if method in operations and re.fullmatch(re.sub(r"{\w+}", r"[^/]+", template), path):
            answer = operations[method]["responses"]["200"]
            if "$ref" in answer:
                answer = CONTRACT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            return deepcopy(next(iter(answer["content"]["application/json"]["examples"].values()))["value"])
    return None


def message_examples() -> list[dict[str, Any]]:
    """Every WebSocket message that the contract shows."""
    schemas = CONTRACT["components"]["schemas"]
    return [deepcopy(example) for name in schemas if name.endswith("Message") for example in schemas[name]["examples"]]


def message_example(kind: str) -> dict[str, Any]:
    """The first example of a message type."""
    return next(message for message in message_examples() if message["type"] == kind)


def call_message(event: str, **call: Any) -> dict[str, Any]:
    """A call event; ``call`` overrides fields of the contract's ringing call."""
    message = message_example("call")
    message["event"] = event
    message["call"] |= call
    return message


class FakeEngine:
    """Serves the WebSocket; ``opening`` is what each connection is told first."""

    def __init__(self) -> None:
        """Start from the contract's examples."""
        self.token = TOKEN
        self.opening: list[Any] = [message_example("hello"), message_example("snapshot")]
        self.refusal: int | None = None
        """HTTP status to answer with instead of a WebSocket."""
        self.deaf = False
        """Whether it neither reads nor answers once it has sent the opening."""
        self.refused_tokens = 0
        """How many connections came with a wrong token."""
        self.asked: list[tuple[str, Any]] = []
        """What was asked: the path below ``/api/calls/``, or ``config`` or ``do_not_disturb``, and the body."""
        self.switched: list[Any] = []
        """What the microphone's switch was asked for."""
        self.queries: list[dict[str, str]] = []
        """With which parameters the calls that are over were asked for."""
        self.worked: list[tuple[str, Any]] = []
        """What was asked beside the calls: the path below ``/api/`` with its query, and the body."""
        self.work_answer: web.Response | None = None
        """To what is asked beside the calls; the contract's first example where nothing is set."""
        self.warming: asyncio.Event | None = None
        """Until when caches are being filled; no time where nothing is set."""
        self.caches: web.Response | None = None
        """To whoever asks which caches there are; all of the contract's where nothing is set."""
        self.content_type = ""
        """What the sound was said to be that was sent last."""
        self.answer: web.Response | None = None
        """To what is asked next; it is done where nothing is set."""
        self._server: TestServer | None = None
        self._port = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._changed = asyncio.Event()
        self._pong = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def host(self) -> str:
        """Where it listens."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Where it listens; kept over a restart."""
        return self._port

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/api/events", self._serve)
        app.router.add_get("/api/health", self._tell_health)
        app.router.add_get("/api/calls", self._tell_calls)
        app.router.add_post("/api/calls/{asked:.+}", self._take)
        app.router.add_post("/api/{asked:config|do_not_disturb}", self._change)
        app.router.add_post("/api/microphone", self._switch)
        app.router.add_get("/api/caches", self._work)
        app.router.add_post("/api/{asked:.+}", self._work)
        app.on_shutdown.append(self._shut_down)
        self._stopping.clear()
        self._server = TestServer(app, host=self.host, port=self._port)
        await self._server.start_server()
        assert self._server.port is not None
        self._port = self._server.port

    async def stop(self) -> None:
        """Stop listening and close the connections."""
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def drop(self) -> None:
        """Close the connections, but go on listening."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def listened(self) -> None:
        """Wait until somebody listens and has taken the snapshot in."""
        await self._until(listened=True)
        await self.send()

    async def ping(self) -> None:
        """Ping whoever listens, or will in a moment."""
        await self._until(listened=True)
        for socket in self._open_sockets:
            await socket.ping()

    async def abandoned(self) -> None:
        """Wait until nobody listens."""
        await self._until(listened=False)

    async def was_asked(self) -> tuple[str, Any]:
        """Wait until something was asked of a call; the only thing that was."""
        async with asyncio.timeout(60):
            while not self.asked:
                self._changed.clear()
                await self._changed.wait()
        (asked,) = self.asked
        return asked

    async def works(self) -> None:
        """Wait until something was asked beside the calls."""
        async with asyncio.timeout(60):
            while not self.worked:
                self._changed.clear()
                await self._changed.wait()

    async def send(self, *messages: Any) -> None:
        """Send messages to the listener and return when they were handled: it answers a ping only after them."""
        (socket,) = self._open_sockets
        for message in messages:
            await socket.send_json(message)
        self._pong.clear()
        await self.ping()
        async with asyncio.timeout(60):
            await self._pong.wait()

    async def _shut_down(self, _: web.Application) -> None:
        self._stopping.set()
        await self.drop()

    @property
    def _open_sockets(self) -> list[web.WebSocketResponse]:
        return [socket for socket in self._sockets if not socket.closed]

    async def _until(self, *, listened: bool) -> None:
        async with asyncio.timeout(60):
            while bool(self._open_sockets) is not listened:
                self._changed.clear()
                await self._changed.wait()

    async def _tell_health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "version": "0.1.0"})

    async def _tell_calls(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": "unauthorized", "message": "The token is wrong."}, status=401)
        self.queries.append(dict(request.query))
        return self.answer or web.json_response(calls_example("more"))

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": "unauthorized", "message": "The token is wrong."}, status=401)
        self.asked.append((request.match_info["asked"], await request.json()))
        self._changed.set()
        return self.answer or web.Response(status=204)

    async def _work(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": "unauthorized", "message": "The token is wrong."}, status=401)
        if request.method == "POST":
            self.content_type = request.content_type
            body = await request.read()
            is_json = request.content_type == "application/json"
            self.worked.append((request.path_qs.removeprefix("/api/"), json.loads(body) if is_json else body))
            self._changed.set()
            if self.warming is not None and request.path.endswith("/warm"):
                await self.warming.wait()
            if self.work_answer is not None:
                return self.work_answer
        elif self.caches is not None:
            return self.caches
        return web.json_response(work_example(request.method.lower(), request.path))

    async def _change(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": "unauthorized", "message": "The token is wrong."}, status=401)
        self.asked.append((request.match_info["asked"], await request.json()))
        self._changed.set()
        return self.answer or web.json_response({})

    async def _switch(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": "unauthorized", "message": "The token is wrong."}, status=401)
        self.switched.append(await request.json())
        return self.answer or web.json_response(message_example("microphone")["microphone"])

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.refusal is not None:
            return web.Response(status=self.refusal)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self.refused_tokens += 1
            error = {"code": "unauthorized", "message": "The bearer token is missing or wrong."}
            return web.json_response(error, status=401)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        for message in self.opening:
            await (socket.send_str(message) if isinstance(message, str) else socket.send_json(message))
        self._sockets.add(socket)
        self._changed.set()
        try:
            if self.deaf:
                await self._stopping.wait()
            if self._stopping.is_set():
                await socket.close(code=WSCloseCode.GOING_AWAY)
            async for frame in socket:
                if frame.type is WSMsgType.PONG:
                    self._pong.set()
        finally:
            self._sockets.discard(socket)
            self._changed.set()
        return socket

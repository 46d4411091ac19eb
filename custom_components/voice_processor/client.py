"""The engine over HTTP and its WebSocket; knows aiohttp and the contract, nothing of Home Assistant.

EngineError
├── EngineUnreachable    nobody answers there, or the connection broke
├── EngineAuthError      the token is not the engine's
├── EngineProtocolError  what answers does not keep the contract
├── EngineRefusal        the engine does not do what was asked, and says why
└── EngineVersionError   the engine and this client share no version of the contract
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)
from yarl import URL

from .messages import Hello, Message, Snapshot, parse_message
from .models import CallPage, Decision, Party, Refusal, Status

API_VERSION = 1
"""Newest version of the contract this client reads."""
MIN_API_VERSION = 1
"""Oldest version of the contract this client still reads."""

OPEN_SECONDS = 10
"""To connect and to be told the state: a Raspberry Pi under load needs a few seconds, a form should not hang longer."""
HEARTBEAT_SECONDS = 30
"""Between pings: a connection that died unnoticed is known after one and a half times this."""
CLOSE_SECONDS = 2
"""To say goodbye: an engine that went away must not hold up an unload."""
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}
_REFUSALS_OF_WORK = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.SERVICE_UNAVAILABLE}
"""What cannot be worked on, or not now, and the call log that cannot be read."""
_ENDED = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}


class EngineError(Exception):
    """Whatever keeps the engine from being used."""


class EngineUnreachable(EngineError):
    """Nobody answers there, or the connection broke."""


class EngineAuthError(EngineError):
    """The token is not the engine's."""


class EngineProtocolError(EngineError):
    """What answers does not keep the contract."""


class EngineRefusal(EngineError):
    """The engine does not do what was asked, and says why."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the machine-readable name of the reason."""
        self.code = refusal.code
        super().__init__(refusal.message)


class EngineVersionError(EngineError):
    """The engine and this client share no version of the contract."""

    def __init__(self, hello: Hello) -> None:
        """Tell from ``hello`` which side has to be updated."""
        self.engine_version = hello.engine_version
        self.engine_too_old = hello.api_version < MIN_API_VERSION
        super().__init__(
            f"engine {hello.engine_version} serves versions {hello.min_api_version} to {hello.api_version} "
            f"of the contract, this client reads {MIN_API_VERSION} to {API_VERSION}"
        )


class EngineClient:
    """One engine at one address; each method opens a connection of its own."""

    def __init__(self, session: ClientSession, host: str, port: int, token: str) -> None:
        """Keep where the engine is; nothing is sent yet."""
        self._session = session
        self._host = host
        self._port = port
        self._token = token
        self.api_version: int | None = None
        """Newest version of the contract that the engine serves; None until it told."""

    async def fetch_status(self) -> Status:
        """Return the whole state. Raises EngineError.

        It is read off the WebSocket and not off /api/status: that proves the way on which the events will come.
        """
        async with self._opened() as (_, snapshot):
            return snapshot.status

    async def listen(self, on_message: Callable[[Message], None]) -> None:
        """Hand over the snapshot and then each message, until the connection ends. Raises EngineError, always."""
        async with self._opened() as (websocket, snapshot):
            on_message(snapshot)
            while True:
                on_message(await _receive(websocket))

    async def decide(self, call_id: str, decision: Decision, message: str | None) -> None:
        """Answer the visitor of a call, who hears the message too. Raises EngineError."""
        await self._act(call_id, "decision", {"decision": decision, "message": message})

    async def say(self, call_id: str, party: Party, text: str) -> None:
        """Have something said to a party of a call. Raises EngineError."""
        await self._act(call_id, "say", {"party": party, "text": text})

    async def hang_up(self, call_id: str) -> None:
        """End a call. Raises EngineError."""
        await self._act(call_id, "hang_up", {})

    async def fetch_calls(self, limit: int, before: int | None) -> CallPage:
        """Return at most ``limit`` calls that are over, newest first, of those ``before``. Raises EngineError."""
        query = {"limit": limit} if before is None else {"limit": limit, "before": before}
        return await self.ask(CallPage.from_wire, "GET", "calls", params=query)

    async def ask[Answer](
        self, read: Callable[[object], Answer], method: str, *path: str, seconds: float = OPEN_SECONDS, **content: Any
    ) -> Answer:
        """Return what is answered below /api within ``seconds``, as ``read`` makes it of JSON. Raises EngineError."""
        async with self._requested(method, *path, seconds=seconds, **content) as response:
            if response.status in _REFUSALS_OF_WORK:
                raise EngineRefusal(await _refusal(response))
            if response.status != HTTPStatus.OK:
                raise _status_error(response.status)
            try:
                return read(await response.json(content_type=None))
            except ValueError as err:  # no JSON, or a WireError
                raise EngineProtocolError(f"the answer does not keep the contract: {err}") from err

    async def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Have the engine's settings changed in part. Raises EngineError."""
        await self._change("config", changes)

    async def set_do_not_disturb(self, house: bool | None = None, units: Mapping[str, bool] | None = None) -> None:
        """Switch do not disturb, for the house or for some units; None: as it is. Raises EngineError."""
        await self._change("do_not_disturb", {"house": house, "units": dict(units or {})})

    async def switch_microphone(self, enabled: bool) -> None:
        """Have the room listened to, or not. Raises EngineError."""
        await self._change("microphone", {"enabled": enabled})

    async def _change(self, path: str, changes: Mapping[str, Any]) -> None:
        async with self._requested("POST", path, json=dict(changes)) as response:
            if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise EngineRefusal(await _refusal(response))  # it cannot be kept
            if response.status != HTTPStatus.OK:
                raise _status_error(response.status)

    async def _act(self, call_id: str, action: str, body: dict[str, str | None]) -> None:
        async with self._requested("POST", "calls", call_id, action, json=body) as response:
            if response.status != HTTPStatus.NO_CONTENT:
                raise _status_error(response.status)

    @asynccontextmanager
    async def _requested(
        self, method: str, *path: str, seconds: float = OPEN_SECONDS, **content: Any
    ) -> AsyncGenerator[ClientResponse]:
        """Ask the engine for what is at a path, and give its answer, unless that is a refusal."""
        headers = {**content.pop("headers", {}), "Authorization": f"Bearer {self._token}"}
        with _foreign_errors(seconds):
            url = URL.build(scheme="http", host=self._host, port=self._port).joinpath("api", *path)
            async with (
                asyncio.timeout(seconds),
                self._session.request(method, url, headers=headers, allow_redirects=False, **content) as response,
            ):
                if response.status in _REFUSALS:
                    raise EngineRefusal(await _refusal(response))
                yield response

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[tuple[ClientWebSocketResponse, Snapshot]]:
        """Connect, check the version, and give the connection with its snapshot."""
        with _foreign_errors():
            async with asyncio.timeout(OPEN_SECONDS):
                websocket = await self._session.ws_connect(
                    URL.build(scheme="http", host=self._host, port=self._port, path="/api/events"),
                    headers={"Authorization": f"Bearer {self._token}"},
                    heartbeat=HEARTBEAT_SECONDS,
                    timeout=ClientWSTimeout(ws_close=CLOSE_SECONDS),
                )
        async with websocket:
            with _foreign_errors():  # the time-out
                async with asyncio.timeout(OPEN_SECONDS):
                    self.api_version = _checked_version(await _receive(websocket))
                    snapshot = await _receive(websocket)
            if not isinstance(snapshot, Snapshot):
                raise EngineProtocolError("the second message is not the snapshot")
            yield websocket, snapshot


def _checked_version(hello: Message) -> int:
    if not isinstance(hello, Hello):
        raise EngineProtocolError("the first message is not the hello")
    if hello.api_version < MIN_API_VERSION or hello.min_api_version > API_VERSION:
        raise EngineVersionError(hello)
    return hello.api_version


async def _receive(websocket: ClientWebSocketResponse) -> Message:
    """Return the next message of a type this client knows."""
    while True:
        with _foreign_errors():  # the answer to a ping is sent in here, too
            frame = await websocket.receive()
        if frame.type in _ENDED:
            raise EngineUnreachable(f"the connection ended with {websocket.close_code}")
        try:
            message = parse_message(frame.json())
        except (TypeError, ValueError) as err:  # no JSON, or a WireError
            raise EngineProtocolError(str(err)) from err
        if message is not None:
            return message


async def _refusal(response: ClientResponse) -> Refusal:
    """Read why the engine did not do what was asked."""
    try:
        return Refusal.from_wire(await response.json(content_type=None))
    except ValueError as err:  # no JSON, or a WireError
        raise EngineProtocolError(f"status {response.status} without an error of the contract") from err


def _status_error(status: int) -> EngineError:
    """Tell what a status means that does not belong to the contract's good ways."""
    if status == HTTPStatus.UNAUTHORIZED:
        return EngineAuthError("the token was refused")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return EngineUnreachable(f"the server answered {status}")
    return EngineProtocolError(f"what answers is no engine: status {status}")


@contextmanager
def _foreign_errors(seconds: float = OPEN_SECONDS) -> Generator[None]:
    """Translate what aiohttp and yarl raise, once."""
    try:
        yield
    except WSServerHandshakeError as err:
        raise _status_error(err.status) from err
    except TimeoutError as err:
        raise EngineUnreachable(f"no answer within {seconds} s") from err
    except (ClientError, OSError, ValueError) as err:
        # A ValueError is a host or a token that cannot stand in a request.
        raise EngineUnreachable(str(err)) from err

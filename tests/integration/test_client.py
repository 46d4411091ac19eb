"""The client against a real server that does what a server may do."""

import asyncio
from collections.abc import AsyncGenerator
import socket
from unittest.mock import AsyncMock

from aiohttp import ClientConnectionResetError, ClientSession, ClientWebSocketResponse
import pytest

from custom_components.voice_processor import client as client_module
from custom_components.voice_processor.client import (
    EngineAuthError,
    EngineClient,
    EngineError,
    EngineProtocolError,
    EngineUnreachable,
    EngineVersionError,
)
from custom_components.voice_processor.messages import CallEvent, Message, Snapshot, SystemEvent
from custom_components.voice_processor.models import Status

from .fake_engine import TOKEN, FakeEngine, message_example, status_example


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def client(session: ClientSession, engine: FakeEngine) -> EngineClient:
    return EngineClient(session, engine.host, engine.port, TOKEN)


async def test_status(client: EngineClient, engine: FakeEngine) -> None:
    """The state is told, and the connection is not kept."""
    assert await client.fetch_status() == Status.from_wire(status_example("idle"))
    await engine.abandoned()


async def test_listening(client: EngineClient, engine: FakeEngine) -> None:
    """The snapshot comes first, then each message in order, until the connection ends."""
    heard: list[Message] = []
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(until_refused(client, heard))
        await engine.listened()
        await engine.send(message_example("call"), {"type": "weather"}, message_example("system"))
        await engine.drop()
    assert [type(message) for message in heard] == [Snapshot, CallEvent, SystemEvent]
    assert isinstance(listening.result(), EngineUnreachable)


async def until_refused(client: EngineClient, heard: list[Message]) -> EngineError:
    """Listen until it fails."""
    with pytest.raises(EngineError) as raised:
        await client.listen(heard.append)
    return raised.value


async def test_cancelling_closes_the_connection(client: EngineClient, engine: FakeEngine) -> None:
    listening = asyncio.create_task(client.listen(lambda _: None))
    await engine.listened()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await engine.abandoned()


async def test_nobody_there(session: ClientSession, engine: FakeEngine) -> None:
    await engine.stop()
    with pytest.raises(EngineUnreachable):
        await EngineClient(session, engine.host, engine.port, TOKEN).fetch_status()


@pytest.mark.parametrize("host", ["", "http://127.0.0.1", "127.0.0.1/engine", "a b", "[::1", "999.1.1.1:80"])
async def test_impossible_hosts(session: ClientSession, engine: FakeEngine, host: str) -> None:
    with pytest.raises(EngineUnreachable):
        await EngineClient(session, host, engine.port, TOKEN).fetch_status()


async def test_impossible_token(session: ClientSession, engine: FakeEngine) -> None:
    with pytest.raises(EngineUnreachable):
        await EngineClient(session, engine.host, engine.port, "a\r\nb").fetch_status()


async def test_wrong_token(session: ClientSession, engine: FakeEngine) -> None:
    with pytest.raises(EngineAuthError):
        await EngineClient(session, engine.host, engine.port, "wrong").fetch_status()


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, EngineProtocolError), (404, EngineProtocolError), (426, EngineProtocolError), (503, EngineUnreachable)],
)
async def test_no_websocket_there(
    client: EngineClient, engine: FakeEngine, status: int, error: type[EngineError]
) -> None:
    engine.refusal = status
    with pytest.raises(error):
        await client.fetch_status()


@pytest.mark.parametrize(
    "opening",
    [
        ["not JSON"],
        ["[]"],
        [message_example("snapshot")],
        [message_example("hello"), message_example("system")],
        [message_example("hello"), {"type": "snapshot"}],
    ],
)
async def test_broken_openings(client: EngineClient, engine: FakeEngine, opening: list[object]) -> None:
    engine.opening = opening
    with pytest.raises(EngineProtocolError):
        await client.fetch_status()


async def test_a_broken_message_ends_the_connection(client: EngineClient, engine: FakeEngine) -> None:
    """The next one begins with the whole state, so nothing is missed that the message may have told."""
    engine.opening.append(message_example("call") | {"call": {"door": "Front door"}})
    heard: list[Message] = []
    assert isinstance(await until_refused(client, heard), EngineProtocolError)
    assert [type(message) for message in heard] == [Snapshot]


async def test_unknown_messages_may_come_first(client: EngineClient, engine: FakeEngine) -> None:
    engine.opening = [{"type": "banner"}, engine.opening[0], {"type": "weather"}, engine.opening[1]]
    await client.fetch_status()


@pytest.mark.parametrize(
    ("oldest", "newest", "engine_too_old"),
    [(0, 0, True), (2, 3, False)],
)
async def test_versions_out_of_range(
    client: EngineClient, engine: FakeEngine, oldest: int, newest: int, engine_too_old: bool
) -> None:
    engine.opening[0] |= {"min_api_version": oldest, "api_version": newest, "engine_version": "7.8.9"}
    with pytest.raises(EngineVersionError) as raised:
        await client.fetch_status()
    assert raised.value.engine_too_old is engine_too_old
    assert raised.value.engine_version == "7.8.9"


@pytest.mark.parametrize(("oldest", "newest"), [(1, 1), (1, 9), (0, 1)])
async def test_versions_in_range(client: EngineClient, engine: FakeEngine, oldest: int, newest: int) -> None:
    engine.opening[0] |= {"min_api_version": oldest, "api_version": newest}
    await client.fetch_status()


async def test_a_server_that_says_nothing(
    client: EngineClient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "OPEN_SECONDS", 0.05)
    engine.opening = []
    with pytest.raises(EngineUnreachable):
        await client.fetch_status()


async def test_a_server_that_does_not_even_answer(
    session: ClientSession, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "OPEN_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(EngineUnreachable):
        await EngineClient(session, "127.0.0.1", server.getsockname()[1], TOKEN).fetch_status()


async def test_a_ping_that_cannot_be_answered(
    client: EngineClient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks while the client answers a ping ends like any other."""
    monkeypatch.setattr(ClientWebSocketResponse, "pong", AsyncMock(side_effect=ClientConnectionResetError))
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(until_refused(client, []))
        await engine.ping()
        await engine.abandoned()
    assert isinstance(listening.result(), EngineUnreachable)


async def test_an_engine_that_vanished_is_noticed(
    client: EngineClient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word and without a reset, only the heartbeat can tell."""
    monkeypatch.setattr(client_module, "HEARTBEAT_SECONDS", 0.5)
    engine.deaf = True
    heard: list[Message] = []
    assert isinstance(await until_refused(client, heard), EngineUnreachable)
    assert [type(message) for message in heard] == [Snapshot]

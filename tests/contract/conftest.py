"""Fixtures of the contract's tests."""

from collections.abc import AsyncGenerator

from aiohttp import ClientSession
import pytest

from custom_components.voice_processor.client import EngineClient

from .engine import Engine


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """Timers may outlive a test: aiohttp arms a WebSocket's heartbeat once more when it reads the answer to a close."""
    return True


@pytest.fixture
async def engine(socket_enabled: None) -> AsyncGenerator[Engine]:
    """An engine that runs; the test kit lets sockets reach 127.0.0.1 only."""
    engine = Engine()
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    """An HTTP session."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
def client(session: ClientSession, engine: Engine) -> EngineClient:
    """The integration's client, with the right token."""
    return EngineClient(session, engine.host, engine.port, engine.token)

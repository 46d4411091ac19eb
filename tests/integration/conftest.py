"""Fixtures of the integration's tests."""

from collections.abc import AsyncGenerator, Generator
from unittest.mock import patch

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.voice_processor import backoff
from custom_components.voice_processor.const import DEFAULT_TITLE, DOMAIN

from .fake_engine import INSTANCE_ID, TOKEN, FakeEngine


@pytest.fixture(autouse=True)
def enable_integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration."""


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """Timers may outlive a test: aiohttp arms a WebSocket's heartbeat once more when it reads the answer to a close."""
    return True


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect without a noticeable wait."""
    monkeypatch.setattr(backoff, "FIRST_WAIT_SECONDS", 0.01)


@pytest.fixture
def all_entities_enabled() -> Generator[None]:
    """Register the entities that are disabled by default as if they were not."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", True):
        yield


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Snapshots as Home Assistant writes them."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def engine(socket_enabled: None) -> AsyncGenerator[FakeEngine]:
    """An engine that runs; the test kit lets sockets reach 127.0.0.1 only."""
    engine = FakeEngine()
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
def config_entry(engine: FakeEngine) -> MockConfigEntry:
    """The engine's config entry, not yet added; its id is fixed for the snapshots."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=DEFAULT_TITLE,
        entry_id="01JVOICE000000000000000000",
        unique_id=INSTANCE_ID,
        data={CONF_HOST: engine.host, CONF_PORT: engine.port, CONF_TOKEN: TOKEN},
    )


@pytest.fixture
async def loaded_entry(hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry) -> MockConfigEntry:
    """The config entry, loaded and listening."""
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    return config_entry

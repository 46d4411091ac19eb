"""What the page of system health tells."""

from collections.abc import Coroutine
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.voice_processor import system_health
from custom_components.voice_processor.const import DOMAIN

from .fake_engine import TOKEN, FakeEngine, status_example
from .test_metadata import ENGLISH


async def health(hass: HomeAssistant) -> dict[str, Any]:
    """All that is told, waited for."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    return {key: await value if isinstance(value, Coroutine) else value for key, value in info.items()}


@pytest.mark.usefixtures("loaded_entry")
async def test_an_engine_that_is_well(hass: HomeAssistant) -> None:
    told = await health(hass)
    assert told == {
        "engine_version": "0.1.0",
        "api_version": "1",
        "engine_reachable": "ok",
        "telephone_system_connected": True,
    }
    assert set(told) == set(ENGLISH["system_health"]["info"])


async def test_an_engine_that_is_away(hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """The entry waits for it, and is told nevertheless."""
    await engine.stop()
    config_entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(config_entry.entry_id)
    assert await health(hass) == {
        "engine_version": "",
        "api_version": "",
        "engine_reachable": {"type": "failed", "error": "unreachable"},
        "telephone_system_connected": False,
    }


@pytest.mark.usefixtures("loaded_entry")
async def test_two_engines(hass: HomeAssistant, engine: FakeEngine, socket_enabled: None) -> None:
    """What one of them lacks is seen."""
    second = FakeEngine()
    second.opening[1] = {"type": "snapshot", "status": status_example("busy")}
    second.opening[1]["status"]["engine"]["version"] = "0.2.0"
    await second.start()
    entry = MockConfigEntry(
        domain=DOMAIN, unique_id="second", data={CONF_HOST: second.host, CONF_PORT: second.port, CONF_TOKEN: TOKEN}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    told = await health(hass)
    await second.stop()
    assert told == {
        "engine_version": "0.1.0, 0.2.0",
        "api_version": "1",
        "engine_reachable": "ok",
        "telephone_system_connected": False,
    }


async def test_without_an_engine(hass: HomeAssistant) -> None:
    assert await system_health.system_health_info(hass) == {}

"""A Home Assistant that has the integration of an engine."""

import asyncio

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.const import DEFAULT_TITLE, DOMAIN

from .engine import Engine


async def add_integration(hass: HomeAssistant, engine: Engine) -> None:
    """Add the engine, and wait until it is set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=DEFAULT_TITLE,
        unique_id=engine.instance_id,
        data={CONF_HOST: engine.host, CONF_PORT: engine.port, CONF_TOKEN: engine.token},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)


async def becomes(hass: HomeAssistant, entity_id: str, expected: str) -> None:
    """Wait until an entity has a state."""
    changed = asyncio.Event()

    @callback
    def tell(_: Event[EventStateChangedData]) -> None:
        changed.set()

    stop = async_track_state_change_event(hass, entity_id, tell)
    try:
        async with asyncio.timeout(60):
            while (state := hass.states.get(entity_id)) is None or state.state != expected:
                changed.clear()
                await changed.wait()
    finally:
        stop()

"""The integration, in Home Assistant's test kit, against an engine that answers with the contract's examples."""

import asyncio

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """The state of an entity that exists."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def becomes(hass: HomeAssistant, entity_id: str, expected: str) -> None:
    """Wait until an entity has a state."""
    changed = asyncio.Event()

    @callback
    def tell(_: Event[EventStateChangedData]) -> None:
        changed.set()

    stop = async_track_state_change_event(hass, entity_id, tell)
    try:
        async with asyncio.timeout(60):
            while state_of(hass, entity_id) != expected:
                changed.clear()
                await changed.wait()
    finally:
        stop()

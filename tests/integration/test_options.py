"""The options of Home Assistant's side: each does what it says, at once."""

from aiohttp import web
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.const import CONF_PRIVATE, CONF_UNIT_SWITCHES, DOMAIN

from .fake_engine import FakeEngine, call_message, calls_example, message_example, status_example

CALL = f"{EVENT_DOMAIN}.voice_processor_call"
MUTE = "switch.voice_processor_mute_unit_501"
DEFAULTS = {CONF_UNIT_SWITCHES: True, CONF_PRIVATE: False}


async def configure(hass: HomeAssistant, entry: MockConfigEntry, engine: FakeEngine, options: dict[str, bool]) -> None:
    """Fill the form in, and wait until the entry listens again."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "init"
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], options)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await engine.listened()


async def test_what_was_chosen_is_shown_again(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    chosen = {CONF_UNIT_SWITCHES: False, CONF_PRIVATE: True}
    for before, after in (({}, chosen), (chosen, DEFAULTS)):
        flow = await hass.config_entries.options.async_init(loaded_entry.entry_id)
        schema = flow["data_schema"]
        assert schema is not None
        suggested = {str(key): (key.description or {}).get("suggested_value", key.default()) for key in schema.schema}
        assert suggested == DEFAULTS | before
        await configure(hass, loaded_entry, engine, after)
        assert loaded_entry.options == after


async def test_units_have_switches_or_not(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, entity_registry: er.EntityRegistry
) -> None:
    """None is left behind in the registry, and the house's switch stays."""
    assert entity_registry.async_get(MUTE)
    await configure(hass, loaded_entry, engine, DEFAULTS | {CONF_UNIT_SWITCHES: False})
    assert not entity_registry.async_get(MUTE)
    assert hass.states.get("switch.voice_processor_do_not_disturb")
    await configure(hass, loaded_entry, engine, DEFAULTS)
    assert hass.states.get(MUTE)


async def test_who_was_named_before_is_nameless_too(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """Home Assistant keeps the last event over restarts."""
    await engine.send(call_message("granted", visitor="Rui", company="iFood", unit="501"))
    for options, names in ((DEFAULTS | {CONF_PRIVATE: True}, (None, None)), (DEFAULTS, (None, None))):
        await configure(hass, loaded_entry, engine, options)
        event = hass.states.get(CALL)
        assert event is not None
        told = event.attributes
        assert (told["event_type"], told["unit"], told["visitor"], told["company"]) == ("granted", "501", *names)


@pytest.mark.parametrize("private", [True, False])
async def test_visitors_stay_nameless_where_that_is_wanted(
    hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine, private: bool
) -> None:
    """In events, in the state that entities and diagnostics are made of, from the first snapshot on."""
    busy = status_example("busy")
    busy["last_call"] |= {"visitor": "Rui", "company": "iFood"}
    engine.opening[1] = {"type": "snapshot", "status": busy}
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, options=DEFAULTS | {CONF_PRIVATE: private})
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    first = repr(config_entry.runtime_data.data)
    await engine.listened()
    await engine.send(call_message("granted", visitor="Rui", company="iFood", unit="501"))
    event = hass.states.get(CALL)
    assert event is not None
    names = (None, None) if private else ("Rui", "iFood")
    assert (event.attributes["visitor"], event.attributes["company"], event.attributes["unit"]) == (*names, "501")
    words = message_example("visits")
    assert words["visits"]["last_words"]["text"]
    await engine.send(words)
    told = first + repr(config_entry.runtime_data.data)
    for secret in ("Rui", "iFood", words["visits"]["last_words"]["text"], busy["visits"]["last_words"]["text"]):
        assert (secret in told) is not private


@pytest.mark.parametrize("private", [True, False])
async def test_calls_that_are_over_name_nobody_either(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, private: bool
) -> None:
    """An automation that asks for them would know what no event has told it."""
    await configure(hass, loaded_entry, engine, DEFAULTS | {CONF_PRIVATE: private})
    page = calls_example("more")
    page["calls"][0] |= {"visitor": "Rui", "company": "iFood"}
    engine.answer = web.json_response(page)
    told = await hass.services.async_call(DOMAIN, "get_calls", {}, blocking=True, return_response=True)
    names = {"visitor": None, "company": None} if private else {}
    assert told == page | {"calls": [call | names for call in page["calls"]]}

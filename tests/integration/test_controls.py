"""What can be turned: it is as the engine tells it, and what is turned is asked of the engine."""

from collections.abc import AsyncGenerator
from typing import Any

from aiohttp import ClientSession, web
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.number import SERVICE_SET_VALUE
from homeassistant.components.select import DOMAIN as SELECT_DOMAIN
from homeassistant.components.select import SERVICE_SELECT_OPTION
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.client import EngineAuthError, EngineClient, EngineUnreachable
from custom_components.voice_processor.controls import Controls
from custom_components.voice_processor.wire import WireError

from . import becomes, state_of
from .fake_engine import TOKEN, FakeEngine, message_example, message_examples, status_example

DO_NOT_DISTURB = "switch.voice_processor_do_not_disturb"
MUTE = "switch.voice_processor_mute_unit_501"
MUTE_OTHER = "switch.voice_processor_mute_unit_502"
LANGUAGE = "select.voice_processor_language"
VOICE = "select.voice_processor_voice"
SILENCE = "number.voice_processor_silence_that_ends_a_sentence"
BARGE_IN = "number.voice_processor_interruption_after"
ALL = (DO_NOT_DISTURB, MUTE, MUTE_OTHER, LANGUAGE, VOICE, SILENCE, BARGE_IN)
type Turn = tuple[str, str, str, dict[str, Any]]
"""The entity, its platform, the action and its data."""
type Asked = tuple[str, Any]
"""The path and the body."""
TURNS: list[tuple[Turn, Asked]] = [
    ((DO_NOT_DISTURB, SWITCH_DOMAIN, SERVICE_TURN_ON, {}), ("do_not_disturb", {"house": True, "units": {}})),
    ((DO_NOT_DISTURB, SWITCH_DOMAIN, SERVICE_TURN_OFF, {}), ("do_not_disturb", {"house": False, "units": {}})),
    ((MUTE, SWITCH_DOMAIN, SERVICE_TURN_ON, {}), ("do_not_disturb", {"house": None, "units": {"501": True}})),
    ((MUTE_OTHER, SWITCH_DOMAIN, SERVICE_TURN_OFF, {}), ("do_not_disturb", {"house": None, "units": {"502": False}})),
    ((LANGUAGE, SELECT_DOMAIN, SERVICE_SELECT_OPTION, {"option": "en"}), ("config", {"language": "en"})),
    ((LANGUAGE, SELECT_DOMAIN, SERVICE_SELECT_OPTION, {"option": "pt-br"}), ("config", {"language": "pt-BR"})),
    ((VOICE, SELECT_DOMAIN, SERVICE_SELECT_OPTION, {"option": "azure"}), ("config", {"engines": {"voice": "azure"}})),
    (
        (SILENCE, NUMBER_DOMAIN, SERVICE_SET_VALUE, {"value": 0.8}),
        ("config", {"door": {"silence_threshold_seconds": 0.8}}),
    ),
    ((BARGE_IN, NUMBER_DOMAIN, SERVICE_SET_VALUE, {"value": 0}), ("config", {"door": {"barge_in_seconds": 0.0}})),
]


async def turn(hass: HomeAssistant, wanted: Turn) -> None:
    """Turn something and wait."""
    entity_id, domain, service, data = wanted
    await hass.services.async_call(domain, service, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True)


def told(**controls: Any) -> dict[str, Any]:
    """A message in which some of the contract's controls are others."""
    message = message_example("controls")
    message["controls"] |= controls
    return message


@pytest.mark.usefixtures("loaded_entry")
async def test_they_stand_as_the_engine_tells(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Whoever has turned them; and never before the engine has said so."""
    assert [state_of(hass, entity) for entity in ALL] == [
        STATE_OFF,
        STATE_OFF,
        STATE_ON,
        "pt-br",
        "espeak",
        "1.5",
        "0.5",
    ]
    await turn(hass, (DO_NOT_DISTURB, SWITCH_DOMAIN, SERVICE_TURN_ON, {}))
    assert state_of(hass, DO_NOT_DISTURB) == STATE_OFF

    message = told(do_not_disturb=True, units=[{"unit": "501", "muted": True}, {"unit": "502", "muted": False}])
    message["controls"]["language"]["value"] = "en"
    message["controls"]["voice"] = {"value": "espeak/female", "options": ["espeak", "espeak/female"]}
    message["controls"]["silence_threshold_seconds"]["value"] = 0.75
    message["controls"]["barge_in_seconds"]["value"] = 0
    await engine.send(message)
    assert [state_of(hass, entity) for entity in ALL] == [
        STATE_ON,
        STATE_ON,
        STATE_OFF,
        "en",
        "espeak/female",
        "0.75",
        "0.0",
    ]
    voice = hass.states.get(VOICE)
    assert voice is not None
    assert voice.attributes["options"] == ["espeak", "espeak/female"]


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(("wanted", "asked"), TURNS)
async def test_what_is_turned_is_asked_of_the_engine(
    hass: HomeAssistant, engine: FakeEngine, wanted: Turn, asked: Asked
) -> None:
    await turn(hass, wanted)
    assert await engine.was_asked() == asked


@pytest.mark.usefixtures("loaded_entry")
async def test_a_number_is_kept_in_the_range_of_the_engine(hass: HomeAssistant, engine: FakeEngine) -> None:
    silence = hass.states.get(SILENCE)
    assert silence is not None
    assert [silence.attributes[bound] for bound in ("min", "max", "step")] == [0.2, 3, 0.1]
    with pytest.raises(ServiceValidationError):
        await turn(hass, (SILENCE, NUMBER_DOMAIN, SERVICE_SET_VALUE, {"value": 3.1}))
    assert engine.asked == []

    message = told(silence_threshold_seconds={"value": 3.1, "min": 0.1, "max": 5, "step": 0.5})
    await engine.send(message)
    silence = hass.states.get(SILENCE)
    assert silence is not None
    assert (silence.state, silence.attributes["min"], silence.attributes["max"]) == ("3.1", 0.1, 5)


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize("wanted", [wanted for wanted, _ in TURNS[::3]])
@pytest.mark.parametrize(("status", "code"), [(400, "invalid_settings"), (503, "backend_unavailable")])
async def test_what_the_engine_refuses_is_said(
    hass: HomeAssistant, engine: FakeEngine, wanted: Turn, status: int, code: str
) -> None:
    before = state_of(hass, wanted[0])
    engine.answer = web.json_response({"code": code, "message": "The disk is full."}, status=status)
    with pytest.raises(HomeAssistantError) as raised:
        await turn(hass, wanted)
    assert raised.value.translation_key == "refused"
    assert raised.value.translation_placeholders == {"error": "The disk is full."}
    assert state_of(hass, wanted[0]) == before


@pytest.mark.usefixtures("loaded_entry")
async def test_they_go_with_the_engine_and_come_back(hass: HomeAssistant, engine: FakeEngine) -> None:
    await engine.stop()
    await becomes(hass, DO_NOT_DISTURB, STATE_UNAVAILABLE)
    assert {state_of(hass, entity) for entity in ALL} == {STATE_UNAVAILABLE}
    await engine.start()
    await becomes(hass, DO_NOT_DISTURB, STATE_OFF)
    assert STATE_UNAVAILABLE not in {state_of(hass, entity) for entity in ALL}


@pytest.mark.usefixtures("loaded_entry")
async def test_what_the_engine_has_no_more_is_unavailable(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Too many units for a switch each, and nobody to speak the language."""
    few = next(message for message in message_examples() if message.get("controls", {}).get("units", 0) is None)
    await engine.send(few)
    assert (state_of(hass, MUTE), state_of(hass, DO_NOT_DISTURB), state_of(hass, VOICE)) == (
        STATE_UNAVAILABLE,
        STATE_ON,
        STATE_UNKNOWN,
    )


async def comes_back(hass: HomeAssistant, engine: FakeEngine, status: dict[str, Any]) -> None:
    """Have the engine tell another state with its next connection, and wait until all that follows was done."""
    engine.opening[1] = {"type": "snapshot", "status": status}
    await engine.drop()
    await engine.listened()
    await hass.async_block_till_done()
    await engine.listened()


async def test_an_engine_that_tells_no_controls_has_none_until_it_is_updated(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    old = status_example("idle")
    del old["controls"]
    engine.opening[1] = {"type": "snapshot", "status": old}
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert [entity for entity in ALL if hass.states.get(entity)] == []

    await comes_back(hass, engine, status_example("idle"))
    assert [entity for entity in ALL if not hass.states.get(entity)] == []

    await comes_back(hass, engine, old)
    assert {state_of(hass, entity) for entity in (DO_NOT_DISTURB, LANGUAGE, SILENCE)} == {STATE_UNAVAILABLE}


async def test_a_unit_that_is_gone_takes_its_switch_along(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    other = status_example("idle")
    other["controls"]["units"] = [{"unit": "502", "muted": False}, {"unit": "503", "muted": False}]
    await comes_back(hass, engine, other)
    switches = {
        entry.entity_id
        for entry in er.async_entries_for_config_entry(entity_registry, loaded_entry.entry_id)
        if entry.domain == SWITCH_DOMAIN and "unit" in entry.entity_id
    }
    assert switches == {MUTE_OTHER, "switch.voice_processor_mute_unit_503"}


@pytest.fixture
async def client(engine: FakeEngine) -> AsyncGenerator[EngineClient]:
    async with ClientSession() as session:
        yield EngineClient(session, engine.host, engine.port, TOKEN)


async def test_what_is_no_refusal_is_told_for_what_it_is(client: EngineClient, engine: FakeEngine) -> None:
    engine.answer = web.Response(status=502)
    with pytest.raises(EngineUnreachable):
        await client.change_settings({})
    engine.token = "another"
    with pytest.raises(EngineAuthError):
        await client.set_do_not_disturb(house=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"silence_threshold_seconds": {"value": True, "min": 0, "max": 1, "step": 1}},
        {"barge_in_seconds": {"value": 1}},
        {"do_not_disturb": None},
        {"units": [{"unit": "501"}]},
        {"language": None},
    ],
)
def test_what_does_not_keep_the_contract_is_an_error(wrong: dict[str, Any]) -> None:
    wire = status_example("idle")["controls"]
    assert Controls.from_wire(wire).unit_names == ("501", "502")
    with pytest.raises(WireError):
        Controls.from_wire(wire | wrong)

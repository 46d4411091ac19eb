"""The microphone's switch, its signal, and what is said into it."""

import asyncio
from typing import Any

from aiohttp import web
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.microphone import Microphone, MicrophoneState, Utterance
from custom_components.voice_processor.wire import WireError

from . import becomes, state_of
from .fake_engine import FakeEngine, message_example

SWITCH = "switch.voice_processor_microphone"
SIGNAL = "binary_sensor.voice_processor_microphone_signal"
HEARD = "event.voice_processor_utterance_heard"


def microphone_message(**microphone: Any) -> dict[str, Any]:
    """The contract's message with some fields of its own."""
    message = message_example("microphone")
    message["microphone"] |= {"problem": None, "problem_code": None} | microphone
    return message


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("state", "switched", "signal"),
    [
        ("off", STATE_OFF, STATE_UNKNOWN),
        ("starting", STATE_ON, STATE_UNKNOWN),
        ("listening", STATE_ON, STATE_ON),
        ("no_signal", STATE_ON, STATE_OFF),
        ("unavailable", STATE_ON, STATE_OFF),
        ("from a newer engine", STATE_ON, STATE_UNKNOWN),
    ],
)
async def test_switch_and_signal_follow_the_engine(
    hass: HomeAssistant, engine: FakeEngine, state: str, switched: str, signal: str
) -> None:
    await engine.send(microphone_message(enabled=state != "off", state=state))
    assert (state_of(hass, SWITCH), state_of(hass, SIGNAL)) == (switched, signal)


@pytest.mark.usefixtures("loaded_entry")
async def test_the_signal_says_why_there_is_none(hass: HomeAssistant, engine: FakeEngine) -> None:
    await engine.send(message_example("microphone"))
    state = hass.states.get(SIGNAL)
    assert state is not None
    assert state.attributes["problem_code"] == "microphone_unavailable"
    assert state.attributes["problem"].startswith("The microphone gives no sound")


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(("action", "enabled"), [("turn_on", True), ("turn_off", False)])
async def test_it_is_switched(hass: HomeAssistant, engine: FakeEngine, action: str, enabled: bool) -> None:
    await hass.services.async_call("switch", action, {ATTR_ENTITY_ID: SWITCH}, blocking=True)
    assert engine.switched == [{"enabled": enabled}]


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("status", "body", "key"),
    [
        (503, {"code": "backend_unavailable", "message": "It is switched, but the disk is full."}, "refused"),
        (500, {"code": "internal_error", "message": "The engine failed."}, "cannot_connect"),
        (302, {}, "not_an_engine"),
    ],
)
async def test_a_switch_that_fails_says_why(
    hass: HomeAssistant, engine: FakeEngine, status: int, body: dict[str, str], key: str
) -> None:
    engine.answer = web.json_response(body, status=status)
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("switch", "turn_on", {ATTR_ENTITY_ID: SWITCH}, blocking=True)
    assert raised.value.translation_key == key


@pytest.mark.usefixtures("loaded_entry")
async def test_what_is_said_is_an_event(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Each time, also when the same is said again; the recorder keeps no text."""
    assert state_of(hass, HEARD) == STATE_UNKNOWN
    await engine.send(message_example("utterance"))
    state = hass.states.get(HEARD)
    assert state is not None
    assert state.attributes["event_type"] == "heard"
    assert state.attributes["text"] == "turn on the kitchen light"
    assert (state.attributes["language"], state.attributes["confidence"]) == ("en", 0.87)
    assert state.state_info is not None
    assert "text" in state.state_info["unrecorded_attributes"]
    while dt_util.utcnow().isoformat(timespec="milliseconds") <= state.state:  # noqa: ASYNC110 - an event's time
        await asyncio.sleep(0)
    await engine.send(message_example("utterance"))
    again = hass.states.get(HEARD)
    assert again is not None
    assert again.state > state.state


async def test_an_engine_without_a_microphone_gets_its_entities_when_it_is_updated(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    of_new = engine.opening[1]
    of_old = {**of_new, "status": {key: value for key, value in of_new["status"].items() if key != "microphone"}}
    engine.opening[1] = of_old
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert [hass.states.get(entity) for entity in (SWITCH, SIGNAL, HEARD)] == [None] * 3

    engine.opening[1] = of_new
    await engine.drop()
    await engine.listened()
    await hass.async_block_till_done()
    await engine.listened()
    await becomes(hass, SWITCH, STATE_ON)


def test_what_a_newer_engine_adds_is_no_error() -> None:
    microphone = Microphone.from_wire({"enabled": True, "state": "asleep", "problem_code": "bored", "mood": 1})
    assert (microphone.state, microphone.microphone_problem_code, microphone.has_signal) == (None, None, None)
    assert Utterance.from_wire({"text": "hello", "confidence": "high"}) == Utterance("hello", None, None)
    assert Microphone.from_wire({"enabled": False, "state": "off"}).state is MicrophoneState.OFF
    with pytest.raises(WireError):
        Microphone.from_wire({"state": "off"})
    with pytest.raises(WireError):
        Utterance.from_wire({"text": None})

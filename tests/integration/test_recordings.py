"""The engine's watched folder in Home Assistant."""

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.messages import parse_message
from custom_components.voice_processor.wire import WireError

from . import state_of
from .fake_engine import FakeEngine, message_example, message_examples, status_example

WAITING = "sensor.voice_processor_recordings_waiting"
RECORDING = "event.voice_processor_recording_transcribed"


@pytest.fixture
def opening(engine: FakeEngine) -> None:
    """The engine watches a folder."""
    engine.opening[1] = {"type": "snapshot", "status": status_example("busy")}


@pytest.mark.usefixtures("opening")
async def test_recordings_that_wait_are_counted(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry
) -> None:
    """While nobody looks at the folder, nobody knows."""
    assert state_of(hass, WAITING) == "2"
    message = message_example("inbox")
    message["inbox"] |= {"waiting": 0}
    await engine.send(message)
    assert state_of(hass, WAITING) == "0"
    message["inbox"] |= {"watching": False}
    await engine.send(message)
    assert state_of(hass, WAITING) == STATE_UNKNOWN


@pytest.mark.usefixtures("opening")
async def test_what_became_of_a_recording_is_told(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry
) -> None:
    assert state_of(hass, RECORDING) == STATE_UNKNOWN
    written, unwritten = [message for message in message_examples() if message["type"] == "transcribed"]
    await engine.send(written)
    state = hass.states.get(RECORDING)
    assert state is not None
    assert {name: state.attributes[name] for name in ("event_type", "file", "language", "text")} == {
        "event_type": "transcribed",
        "file": "2026-11-20 visitor.wav",
        "language": "en",
        "text": "delivery for apartment five oh one",
    }
    assert state.state_info is not None
    assert "text" in state.state_info["unrecorded_attributes"]
    await engine.send(unwritten)
    state = hass.states.get(RECORDING)
    assert state is not None
    assert (state.attributes["event_type"], state.attributes["file"]) == ("failed", "minutes.docx")
    assert "are read" in state.attributes["problem"]
    assert "text" not in state.attributes


async def test_its_entities_come_and_go_with_the_folder(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    """Which is chosen in the engine's settings, so the engine was started again between."""
    inbox = engine.opening[1]["status"]["inbox"]
    inbox["enabled"] = False
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert hass.states.get(WAITING) is None
    await engine.send(message_example("transcribed"))
    for enabled in (True, False):
        inbox["enabled"] = enabled
        await engine.drop()
        await engine.listened()
        await hass.async_block_till_done()
        await engine.listened()
        for entity_id in (WAITING, RECORDING):
            state = hass.states.get(entity_id)
            assert (state is not None and state.state != STATE_UNAVAILABLE) is enabled


async def test_an_engine_too_old_to_tell_of_recordings(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    del engine.opening[1]["status"]["inbox"]
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert hass.states.get(WAITING) is None


@pytest.mark.parametrize("kind", ["inbox", "transcribed"])
def test_what_breaks_the_contract_is_an_error(kind: str) -> None:
    with pytest.raises(WireError):
        parse_message({"type": kind})

"""All entities as they are registered and as they follow the engine."""

from unittest.mock import patch

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.voice_processor import PLATFORMS
from custom_components.voice_processor.models import Disposition

from . import state_of
from .fake_engine import FakeEngine, call_message, message_example, status_example

ACTIVE_CALLS = "sensor.voice_processor_active_calls"
LAST_CALL = "sensor.voice_processor_last_call_outcome"
STAGE = "sensor.voice_processor_call_stage"
LAST_CALL_DURATION = "sensor.voice_processor_last_call_duration"
STARTED = "sensor.voice_processor_engine_started"
IN_PROGRESS = "binary_sensor.voice_processor_call_in_progress"
TELEPHONE_SYSTEM = "binary_sensor.voice_processor_telephone_system"


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_entities(
    hass: HomeAssistant,
    engine: FakeEngine,
    config_entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
    platform: Platform,
) -> None:
    """What is registered and shown while the engine is busy."""
    engine.opening[1] = {"type": "snapshot", "status": status_example("busy")}
    config_entry.add_to_hass(hass)
    with patch("custom_components.voice_processor.PLATFORMS", [platform]):
        assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()

    await snapshot_platform(hass, er.async_get(hass), snapshot, config_entry.entry_id)


async def test_what_few_need_is_disabled_at_first(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """Of figures those that change all the time, and those that tell little by themselves."""
    entries = entity_registry.entities.values()
    disabled = {entry.entity_id.partition("voice_processor_")[2] for entry in entries if entry.disabled}
    enabled = {entry.entity_id.partition("voice_processor_")[2] for entry in entries if not entry.disabled}
    assert {"call_stage", "engine_started", "last_visitor_said"} <= disabled
    assert {name for name in disabled if name.endswith("_hit_rate")} == set()
    assert {name for name in enabled if name.endswith("_last_hour")} == set()
    assert {
        name for name in enabled if name.endswith(("_entries", "_size", "_slots", "_memory", "_temperature"))
    } == set()
    assert {name for name in enabled if "_time_" in name} == {
        "response_time_95th_percentile",
        "response_time_median",
    }


@pytest.mark.usefixtures("all_entities_enabled")
async def test_two_calls(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """Counted together; the stage is the newer one's."""
    assert [state_of(hass, name) for name in (ACTIVE_CALLS, IN_PROGRESS, STAGE)] == ["0", STATE_OFF, "idle"]

    await engine.send(call_message("stage", stage="asking"), call_message("rang", stage="greeting", call_id="other"))
    assert [state_of(hass, name) for name in (ACTIVE_CALLS, IN_PROGRESS, STAGE)] == ["2", STATE_ON, "greeting"]

    await engine.send(call_message("ended", stage="ended", disposition="denied"))
    assert [state_of(hass, name) for name in (ACTIVE_CALLS, IN_PROGRESS, STAGE)] == ["1", STATE_ON, "greeting"]
    assert state_of(hass, LAST_CALL) == "denied"

    await engine.send(call_message("ended", stage="ended", disposition="missed", call_id="other"))
    assert [state_of(hass, name) for name in (ACTIVE_CALLS, IN_PROGRESS, STAGE)] == ["0", STATE_OFF, "idle"]
    assert state_of(hass, LAST_CALL) == "missed"


async def test_who_serves(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """Each port's backend that is asked first; unknown only where the engine does not tell."""
    served_by = [
        f"sensor.voice_processor_{port}_served_by" for port in ("speech_recognition", "voice", "language_model")
    ]
    assert [state_of(hass, name) for name in served_by] == ["pocketsphinx", "espeak", "none"]

    message = message_example("engines")
    await engine.send(message)
    assert [state_of(hass, name) for name in served_by] == ["whisper_cpp", "espeak", "ollama"]

    message["engines"] = {port: {"serving": None, "backends": []} for port in ("stt", "tts", "llm")}
    await engine.send(message)
    assert [state_of(hass, name) for name in served_by] == [STATE_UNKNOWN] * 3


@pytest.mark.parametrize("disposition", [*Disposition, None])
async def test_last_call(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, disposition: str | None
) -> None:
    await engine.send(call_message("ended", stage="ended", disposition=disposition))
    assert state_of(hass, LAST_CALL) == (disposition or STATE_UNKNOWN)


@pytest.mark.parametrize(("ended_at", "seconds"), [("2026-11-20T09:00:41+00:00", "41.0"), (None, STATE_UNKNOWN)])
async def test_how_long_the_last_call_took(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, ended_at: str | None, seconds: str
) -> None:
    assert state_of(hass, LAST_CALL_DURATION) == STATE_UNKNOWN
    await engine.send(call_message("ended", stage="ended", ended_at=ended_at))
    assert state_of(hass, LAST_CALL_DURATION) == seconds


async def test_telephone_system(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """The state says whether, the attribute why not."""
    assert state_of(hass, TELEPHONE_SYSTEM) == STATE_ON

    message = message_example("system")
    message["system"]["asterisk"] |= {
        "connected": False,
        "problem": "Asterisk refused the login.",
        "problem_code": "login_refused",
        "problem_parameters": {"detail": "Authentication failed"},
    }
    await engine.send(message)
    state = hass.states.get(TELEPHONE_SYSTEM)
    assert state is not None
    assert (state.state, state.attributes["problem"]) == (STATE_OFF, "Asterisk refused the login.")
    assert state.attributes["problem_code"] == "login_refused"

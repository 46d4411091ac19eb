"""Loading, unloading, losing the engine and finding it again."""

import asyncio

from aiohttp import web
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.voice_processor.const import CONF_SLUG, DOMAIN
from custom_components.voice_processor.messages import CallEvent

from . import becomes, state_of
from .fake_engine import FakeEngine, call_message, message_example, status_example

CALL_IN_PROGRESS = "binary_sensor.voice_processor_call_in_progress"
HELLO = message_example("hello")
TOO_NEW = HELLO | {"api_version": 9, "min_api_version": 9, "engine_version": "9.0.0"}
TOO_OLD = HELLO | {"api_version": 0, "min_api_version": 0, "engine_version": "0.0.1"}


async def test_load_and_unload(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """Unloading ends the connection."""
    assert state_of(hass, CALL_IN_PROGRESS) == STATE_OFF

    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    await engine.abandoned()

    assert loaded_entry.state is ConfigEntryState.NOT_LOADED
    assert state_of(hass, CALL_IN_PROGRESS) == STATE_UNAVAILABLE


async def test_device(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """An entry is one service; its page is the engine's own."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), loaded_entry.entry_id)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.identifiers == {(DOMAIN, loaded_entry.entry_id)}
    assert device.configuration_url == f"http://{engine.host}:{engine.port}"
    assert device.sw_version == "0.1.0"


async def test_device_of_an_app(hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """The page of an app is shown inside Home Assistant."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, data={**config_entry.data, CONF_SLUG: "a0b1_voice"})
    assert await hass.config_entries.async_setup(config_entry.entry_id)

    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), config_entry.entry_id)
    assert device.configuration_url == "homeassistant://app/a0b1_voice"


async def test_setup_is_tried_again(hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """An engine that is not up yet is waited for."""
    await engine.stop()
    config_entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(config_entry.entry_id)
    assert config_entry.state is ConfigEntryState.SETUP_RETRY
    assert config_entry.error_reason_translation_key == "cannot_connect"


@pytest.mark.parametrize("opening", [["nonsense"], [{"type": "snapshot", "status": {}}]])
async def test_setup_against_something_else(
    hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine, opening: list[object]
) -> None:
    """What does not keep the contract is no engine."""
    engine.opening = opening
    config_entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(config_entry.entry_id)
    assert config_entry.state is ConfigEntryState.SETUP_RETRY
    assert config_entry.error_reason_translation_key == "not_an_engine"


async def test_setup_with_a_refused_token(
    hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """A refused token is asked for."""
    engine.token = "another"
    config_entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(config_entry.entry_id)
    assert config_entry.state is ConfigEntryState.SETUP_ERROR
    assert config_entry.error_reason_translation_key == "invalid_auth"
    await hass.async_block_till_done()
    assert any(config_entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


@pytest.mark.parametrize(("hello", "key"), [(TOO_NEW, "engine_too_new"), (TOO_OLD, "engine_too_old")])
async def test_setup_with_another_version(
    hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine, hello: dict[str, object], key: str
) -> None:
    """An engine of another age raises a repair issue, which goes when the engine is right."""
    issues = ir.async_get(hass)
    engine.opening[0] = hello
    config_entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(config_entry.entry_id)

    assert config_entry.state is ConfigEntryState.SETUP_RETRY
    assert config_entry.error_reason_translation_key == key
    ((_, issue),) = issues.issues.items()
    assert issue.translation_key == key
    assert issue.translation_placeholders == {"engine_version": hello["engine_version"]}

    engine.opening[0] = HELLO
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    assert not issues.issues


async def test_removal_takes_the_issue_along(
    hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """An entry that is removed leaves no repair issue."""
    engine.opening[0] = TOO_NEW
    config_entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(config_entry.entry_id)
    assert ir.async_get(hass).issues

    await hass.config_entries.async_remove(config_entry.entry_id)
    assert not ir.async_get(hass).issues


async def test_engine_restarts(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """Entities go once, come back by themselves with the new state, and the log tells each once."""
    changes = async_capture_events(hass, "state_changed")
    await engine.stop()
    await becomes(hass, CALL_IN_PROGRESS, STATE_UNAVAILABLE)

    engine.opening[1] = {"type": "snapshot", "status": status_example("busy")}
    await engine.start()
    await becomes(hass, CALL_IN_PROGRESS, "on")

    told = [event.data["new_state"].state for event in changes if event.data["entity_id"] == CALL_IN_PROGRESS]
    assert told == [STATE_UNAVAILABLE, "on"]
    assert caplog.text.count("Error requesting voice_processor data") == 1
    assert caplog.text.count("Connected to the engine again") == 1

    await engine.send(call_message("ended", stage="ended"))
    assert state_of(hass, CALL_IN_PROGRESS) == STATE_OFF


async def test_a_message_that_nobody_expected_is_not_the_end(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it does to its reader is logged, and the engine is followed again."""
    failed = asyncio.Event()

    @callback
    def fail(_: CallEvent) -> None:
        failed.set()
        raise RuntimeError("of an entity")

    unsubscribe = loaded_entry.runtime_data.async_subscribe_call_events(fail)
    engine.opening.append(call_message("denied", stage="informing"))
    await engine.drop()
    async with asyncio.timeout(60):
        await failed.wait()
    engine.opening.pop()
    unsubscribe()
    await becomes(hass, CALL_IN_PROGRESS, STATE_OFF)
    assert "Unexpected error while following the engine" in caplog.text
    await engine.send(call_message("rang", stage="greeting"))
    assert state_of(hass, CALL_IN_PROGRESS) == STATE_ON


async def test_updated_engine(hass: HomeAssistant, config_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """The device shows the version of an engine that came back updated, and what that has more than the old one."""
    engine.caches = web.json_response({"caches": []})
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert hass.states.get("button.voice_processor_clear_speech_cache") is None

    engine.caches = None
    engine.opening[1]["status"]["engine"]["version"] = "0.2.0"
    await engine.drop()
    await engine.listened()
    await hass.async_block_till_done()
    await engine.listened()

    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), config_entry.entry_id)
    assert device.sw_version == "0.2.0"
    assert state_of(hass, "button.voice_processor_clear_speech_cache") == STATE_UNKNOWN


async def test_token_refused_later(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """A token that is refused after a reconnection is asked for, and the old one is not tried again."""
    engine.token = "another"
    await engine.drop()
    await becomes(hass, CALL_IN_PROGRESS, STATE_UNAVAILABLE)
    await hass.async_block_till_done(wait_background_tasks=True)  # the listener has ended
    assert any(loaded_entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    assert engine.refused_tokens == 1


async def test_version_changed_later(hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """An engine that comes back too new raises the issue; an updated one takes it away without a reload."""
    issues = ir.async_get(hass)
    raised = asyncio.Event()
    hass.bus.async_listen_once(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, callback(lambda _: raised.set()))
    engine.opening[0] = TOO_NEW
    await engine.drop()
    async with asyncio.timeout(60):
        await raised.wait()
    assert [issue.translation_key for issue in issues.issues.values()] == ["engine_too_new"]
    assert state_of(hass, CALL_IN_PROGRESS) == STATE_UNAVAILABLE

    engine.opening[0] = HELLO
    await becomes(hass, CALL_IN_PROGRESS, STATE_OFF)
    assert not issues.issues


async def test_an_entry_that_is_disabled_leaves_no_issue(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    issues = ir.async_get(hass)
    raised = asyncio.Event()
    hass.bus.async_listen_once(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, callback(lambda _: raised.set()))
    engine.opening[0] = TOO_NEW
    await engine.drop()
    async with asyncio.timeout(60):
        await raised.wait()
    assert issues.issues
    await hass.config_entries.async_set_disabled_by(loaded_entry.entry_id, ConfigEntryDisabler.USER)
    assert not issues.issues

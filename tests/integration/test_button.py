"""The button that lets the visitor in: when it is there, whom it means, and what is said when it comes too late.

And those that have the engine do something beside the calls.
"""

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN
from homeassistant.components.button import SERVICE_PRESS, ButtonEntity
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from . import becomes, state_of
from .fake_engine import FakeEngine, call_message

BUTTON = "button.voice_processor_open_the_door"
FIRST = "1c7c2f70-6d0c-4e0a-8f0e-0a4b8d2f3c11"
SECOND = "9a5b6d0e-2f64-4b57-9d0c-6c8d1b1f7a22"


async def press(hass: HomeAssistant) -> None:
    """Press the button and wait."""
    await hass.services.async_call(BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: BUTTON}, blocking=True)


@pytest.mark.usefixtures("loaded_entry")
async def test_it_is_there_while_somebody_waits(hass: HomeAssistant, engine: FakeEngine) -> None:
    assert state_of(hass, BUTTON) == STATE_UNAVAILABLE
    for stage in ("greeting", "ringing", "asking", "talking"):
        await engine.send(call_message("stage", stage=stage))
        assert state_of(hass, BUTTON) == STATE_UNKNOWN, stage
    await engine.send(call_message("stage", stage="talking", disposition="denied"))
    assert state_of(hass, BUTTON) == STATE_UNAVAILABLE
    await engine.send(call_message("denied", stage="informing", disposition="denied"))
    assert state_of(hass, BUTTON) == STATE_UNAVAILABLE
    await press(hass)
    assert engine.asked == []


@pytest.mark.usefixtures("loaded_entry")
async def test_it_goes_with_the_engine(hass: HomeAssistant, engine: FakeEngine) -> None:
    await engine.send(call_message("rang", stage="greeting"))
    await engine.stop()
    await becomes(hass, BUTTON, STATE_UNAVAILABLE)


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("first", "second", "meant"),
    [
        ("greeting", "greeting", FIRST),
        ("ringing", "asking", FIRST),
        ("asking", "ringing", FIRST),
        ("greeting", "ringing", SECOND),
        ("informing", "greeting", SECOND),
    ],
)
async def test_of_two_visitors_the_one_who_waits_longer_for_a_resident_is_meant(
    hass: HomeAssistant, engine: FakeEngine, first: str, second: str, meant: str
) -> None:
    await engine.send(
        call_message("stage", stage=first, call_id=FIRST), call_message("stage", stage=second, call_id=SECOND)
    )
    await press(hass)
    assert engine.asked == [(f"{meant}/decision", {"decision": "grant", "message": None})]


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(409, "already_decided", ServiceValidationError), (404, "call_not_found", ServiceValidationError)],
)
async def test_somebody_was_faster(
    hass: HomeAssistant, engine: FakeEngine, status: int, code: str, kind: type[HomeAssistantError]
) -> None:
    await engine.send(call_message("stage", stage="asking"))
    engine.answer = web.json_response({"code": code, "message": "Because."}, status=status)
    with pytest.raises(kind) as raised:
        await press(hass)
    assert raised.value.translation_key == code


@pytest.mark.usefixtures("loaded_entry")
async def test_the_call_ended_while_another_press_was_under_way(hass: HomeAssistant, engine: FakeEngine) -> None:
    button = hass.data[DATA_INSTANCES][BUTTON_DOMAIN].get_entity(BUTTON)
    assert isinstance(button, ButtonEntity)
    with pytest.raises(ServiceValidationError) as raised:
        await button.async_press()
    assert raised.value.translation_key == "no_call"
    assert engine.asked == []


# --- buttons for what the engine does beside the calls


async def press_button(hass: HomeAssistant, name: str) -> None:
    """Press one and wait."""
    entity_id = f"button.voice_processor_{name}"
    await hass.services.async_call(BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: entity_id}, blocking=True)


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("clear_speech_cache", [("caches/speech/clear", b"")]),
        ("clear_speech_cache_on_disk", [("caches/speech_disk/clear", b"")]),
        ("clear_transcript_cache", [("caches/transcripts/clear", b"")]),
        ("clear_voice_activity_cache", [("caches/voice_activity/clear", b"")]),
        ("clear_settings_cache", [("caches/settings/clear", b"")]),
        ("clear_all_caches", [("caches/clear", b"")]),
        ("warm_caches", [("caches/speech/warm", b""), ("caches/settings/warm", b"")]),
        ("test_ring", [("test/ring", {"door": None})]),
    ],
)
async def test_a_button_has_the_engine_do_something(
    hass: HomeAssistant, engine: FakeEngine, name: str, asked: list[tuple[str, Any]]
) -> None:
    await press_button(hass, name)
    assert engine.worked == asked


@pytest.mark.usefixtures("loaded_entry")
async def test_the_door_opens_while_caches_are_warmed(hass: HomeAssistant, engine: FakeEngine) -> None:
    """That takes minutes, in which a visitor may come."""
    await engine.send(call_message("stage", stage="asking"))
    engine.warming = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(press_button(hass, "warm_caches"))
        await engine.works()
        async with asyncio.timeout(60):
            await press(hass)
        assert [path for path, _ in engine.asked] == [f"{FIRST}/decision"]
        engine.warming.set()


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize("name", ["clear_speech_cache", "test_ring"])
async def test_what_was_not_done_is_told(hass: HomeAssistant, engine: FakeEngine, name: str) -> None:
    engine.work_answer = web.json_response({"code": "cache_not_found", "message": "Because."}, status=404)
    with pytest.raises(ServiceValidationError) as raised:
        await press_button(hass, name)
    assert raised.value.translation_key == "cache_not_found"


BUTTONS = {"open_door", "test_ring"}


def keys(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """The keys of the buttons that are registered."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    ids = (entity.unique_id for entity in entities if entity.domain == BUTTON_DOMAIN)
    return {unique_id.removeprefix(f"{entry.entry_id}_") for unique_id in ids}


@pytest.mark.parametrize(
    ("caches", "more"),
    [
        (web.json_response({"code": "not_found", "message": "There is no such path."}, status=404), set[str]()),
        (web.json_response({"caches": []}), set[str]()),
        (
            web.json_response({"caches": [{"name": "transcripts"}, {"name": "dreams", "warmable": False}]}),
            {"clear_cache_transcripts", "clear_all_caches"},
        ),
        (
            web.json_response({"caches": [{"name": "speech", "warmable": True}]}),
            {"clear_cache_speech", "clear_all_caches", "warm_caches"},
        ),
    ],
    ids=["too old", "none", "one and one unknown", "one to warm"],
)
async def test_there_are_buttons_for_what_the_engine_has(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, caches: web.Response, more: set[str]
) -> None:
    engine.caches = caches
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    assert keys(hass, config_entry) == BUTTONS | more


async def test_a_button_goes_with_its_cache(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry
) -> None:
    assert "clear_cache_transcripts" in keys(hass, loaded_entry)
    engine.caches = web.json_response({"caches": [{"name": "speech", "warmable": True}]})
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    left = {key for key in keys(hass, loaded_entry) if key.startswith("clear_cache_")}
    assert left == {"clear_cache_speech"}


async def test_buttons_come_once_the_engine_tells_its_caches(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    engine.caches = web.Response(status=500)
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    assert keys(hass, config_entry) == set()
    engine.caches = None
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    async with asyncio.timeout(60):
        while not keys(hass, config_entry):
            await hass.async_block_till_done()
            await asyncio.sleep(0.01)


async def test_each_door_has_a_test_ring(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    """The first keeps the entity that a single door has."""
    doors = [{"name": "Front door", "language": "en"}, {"name": "Garage", "language": "en"}]
    engine.opening[1]["status"]["doors"] = doors
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await press_button(hass, "test_ring_front_door")
    await press_button(hass, "test_ring_garage")
    assert engine.worked == [("test/ring", {"door": "Front door"}), ("test/ring", {"door": "Garage"})]
    assert {"test_ring", "test_ring_garage"} < keys(hass, config_entry)

    engine.opening[1]["status"]["doors"] = doors[:1]
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    assert {key for key in keys(hass, config_entry) if "ring" in key} == {"test_ring"}


@pytest.mark.usefixtures("loaded_entry")
async def test_a_test_rings_the_doorbell_and_nothing_else(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Told as any ring, but marked; no call begins or ends."""
    before = {state.entity_id: state for state in hass.states.async_all()}
    await engine.send(
        call_message("rang", stage="greeting", test=True, call_id=SECOND),
        call_message("ended", stage="ended", test=True, call_id=SECOND),
    )
    changed = {state.entity_id: state for state in hass.states.async_all() if state != before[state.entity_id]}
    assert list(changed) == ["event.voice_processor_doorbell"]
    attributes = changed["event.voice_processor_doorbell"].attributes
    assert (attributes["event_type"], attributes["test"]) == ("ring", True)
    await engine.send(call_message("rang", stage="greeting"))
    state = hass.states.get("event.voice_processor_doorbell")
    assert state is not None
    assert state.attributes["test"] is False

"""Figures of the machine, caches and visits: read tolerantly, shown where the engine tells of them."""

from dataclasses import asdict
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.figures import Figures, FiguresEvent
from custom_components.voice_processor.machine import MemoryAlert, Reason
from custom_components.voice_processor.messages import parse_message
from custom_components.voice_processor.models import Status
from custom_components.voice_processor.wire import WireError

from . import becomes, state_of
from .fake_engine import CONTRACT, FakeEngine, message_example, message_examples, status_example

FIGURES = ("load", "throttling", "latencies", "capacity", "caches", "visits", "settings")
CALLS_TODAY = "sensor.voice_processor_calls_today"
HIT_RATE = "sensor.voice_processor_speech_cache_hit_rate"
LAST_WORDS = "sensor.voice_processor_last_visitor_said"
TEMPERATURE = "sensor.voice_processor_temperature"
RESPONSE = "sensor.voice_processor_response_time_median"
RECENT_HIT_RATE = "sensor.voice_processor_speech_cache_hit_rate_in_the_last_hour"
REFUSED = "sensor.voice_processor_refused_requests"
THROTTLING = "binary_sensor.voice_processor_throttling"
UNDER_VOLTAGE = "binary_sensor.voice_processor_under_voltage"
UPDATE_PENDING = "binary_sensor.voice_processor_settings_update_pending"
LANGUAGE_SERVER = "binary_sensor.voice_processor_language_server"
TRANSCRIPTION_SERVER = "binary_sensor.voice_processor_transcription_server"


@pytest.mark.parametrize("name", ["idle", "busy"])
def test_figures_arrive_with_their_values(name: str) -> None:
    wire = status_example(name)
    figures = Status.from_wire(wire).figures
    for read, sent in (
        (figures.load, wire["load"]),
        *((figures.latencies[stage], wire["latencies"][stage]) for stage in figures.latencies or ()),
        *((figures.capacity[work], wire["capacity"][work]) for work in figures.capacity or ()),
        *((figures.caches[cache["name"]], cache) for cache in wire["caches"]),
    ):
        assert read is not None
        assert {key: sent[key] for key in asdict(read)} == asdict(read)
    assert set(figures.latencies or ()) == set(wire["latencies"])
    assert set(figures.capacity or ()) == set(wire["capacity"])
    assert len(figures.caches) == len(wire["caches"])
    assert figures.throttling is not None
    assert figures.visits is not None
    assert figures.settings is not None
    assert list(figures.throttling.reliefs) == wire["throttling"]["reliefs"]
    assert figures.throttling.memory_alert == wire["throttling"]["memory_alert"]
    assert figures.visits.calls == wire["visits"]["calls"]
    words = figures.visits.last_words
    assert (words.text if words else None) == (wire["visits"]["last_words"] or {}).get("text")
    assert figures.settings.settings_problem == (wire["settings"]["problem"] or {}).get("message")


@pytest.mark.parametrize("message", message_examples(), ids=lambda message: message["type"])
def test_a_message_changes_only_what_it_holds(message: dict[str, Any]) -> None:
    event = parse_message(message)
    if not isinstance(event, FiguresEvent):
        return
    before, after = Status.from_wire(status_example("busy")).figures, Status.from_wire(message_status(message)).figures
    assert event.applied_to(before) == after


def message_status(message: dict[str, Any]) -> dict[str, Any]:
    """The state once a message of figures has come."""
    return status_example("busy") | {key: message[key] for key in FIGURES if key in message}


def test_an_older_engine_tells_none_of_it() -> None:
    wire = {key: value for key, value in status_example("busy").items() if key not in FIGURES}
    assert Status.from_wire(wire).figures == Figures()


def test_single_figures_may_be_missing_or_of_another_kind() -> None:
    wire = {"load": {"cpu": True, "own_memory_bytes": 1.5, "under_voltage": 1}, "throttling": {"active": False}}
    figures = Figures.from_wire(wire)
    assert figures.load is not None
    assert set(asdict(figures.load).values()) == {None}
    assert figures.throttling is not None
    assert (figures.throttling.reasons, figures.throttling.memory_alert) == ((), None)


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "machine"},
        {"type": "caches", "caches": [{"entries": 3}]},
        {"type": "visits", "visits": {"calls": "three"}},
        {"type": "settings", "settings": {"changed": True, "problem": {}}},
    ],
)
def test_what_breaks_the_contract_is_refused(wire: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        parse_message(wire)


def test_codes_are_the_contracts() -> None:
    properties = CONTRACT["components"]["schemas"]["Throttling"]["properties"]
    assert list(Reason) == properties["reasons"]["items"]["enum"]
    assert list(MemoryAlert) == properties["memory_alert"]["enum"]


@pytest.mark.usefixtures("all_entities_enabled")
async def test_figures_follow_the_engine(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry
) -> None:
    """Each message moves its own entities."""
    shown = (CALLS_TODAY, LAST_WORDS, HIT_RATE, RESPONSE, REFUSED, TEMPERATURE, THROTTLING, UPDATE_PENDING)
    assert [state_of(hass, entity_id) for entity_id in shown] == [
        *("0", STATE_UNKNOWN, "88.7", "1.1", "0", "51.5"),
        *(STATE_OFF, STATE_OFF),
    ]
    await engine.send(*(message_example(kind) for kind in ("machine", "caches", "visits", "settings")))
    assert [state_of(hass, entity_id) for entity_id in shown] == [
        *("2", "a delivery for apartment five oh one", "88.5", "1.1", "5", STATE_UNAVAILABLE),
        *(STATE_ON, STATE_ON),
    ]
    state = hass.states.get(THROTTLING)
    assert state is not None
    assert (state.attributes["reasons"], state.attributes["reliefs"]) == (["busy"], ["slower_lead", "no_speculation"])
    assert state.state_info is not None
    assert "reliefs" in state.state_info["unrecorded_attributes"]
    assert "reasons" not in state.state_info["unrecorded_attributes"]


@pytest.mark.usefixtures("all_entities_enabled")
async def test_the_last_hour_of_a_cache(hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry) -> None:
    """Told beside the rate since the start, which hardly moves any more; unknown where nobody asked."""
    assert state_of(hass, RECENT_HIT_RATE) == "100.0"
    message = message_example("caches")
    await engine.send(message)
    assert (state_of(hass, HIT_RATE), state_of(hass, RECENT_HIT_RATE)) == ("88.5", "91.0")
    message["caches"][0]["recent_hit_rate"] = None
    await engine.send(message)
    assert (state_of(hass, HIT_RATE), state_of(hass, RECENT_HIT_RATE)) == ("88.5", STATE_UNKNOWN)


@pytest.mark.usefixtures("all_entities_enabled")
async def test_words_of_any_length_fit(hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry) -> None:
    message = message_example("visits")
    message["visits"]["last_words"]["text"] = "word " * 100
    await engine.send(message)
    assert len(state_of(hass, LAST_WORDS)) == 255


@pytest.mark.usefixtures("all_entities_enabled")
async def test_what_comes_later_is_added_and_what_goes_is_unavailable(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """An engine that was updated needs no reload; nor does a cache, or a language model, of which nobody knew."""
    old = {key: value for key, value in status_example("idle").items() if key not in FIGURES}
    engine.opening[1] = {"type": "snapshot", "status": old}
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    for entity_id in (CALLS_TODAY, HIT_RATE, RESPONSE, TEMPERATURE, THROTTLING, UNDER_VOLTAGE, LANGUAGE_SERVER):
        assert entity_registry.async_get(entity_id) is None

    caches = message_example("caches")
    caches["caches"].append(caches["caches"][0] | {"name": "door_pictures", "hit_rate": None})
    await engine.send(caches, message_example("engines"))
    await hass.async_block_till_done()
    assert state_of(hass, HIT_RATE) == "88.5"
    pictures = hass.states.get("sensor.voice_processor_cache_door_pictures_hit_rate")
    assert pictures is not None
    assert (pictures.state, pictures.name) == (STATE_UNKNOWN, "Voice Processor Cache door_pictures hit rate")
    assert state_of(hass, LANGUAGE_SERVER) == STATE_ON
    assert entity_registry.async_get(CALLS_TODAY) is None

    caches["caches"] = []
    await engine.send(caches)
    assert state_of(hass, HIT_RATE) == STATE_UNAVAILABLE


async def test_servers(hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry) -> None:
    """Connected while something serves; none of a language model where none is set up."""
    assert state_of(hass, TRANSCRIPTION_SERVER) == STATE_ON
    assert hass.states.get(LANGUAGE_SERVER) is None
    message = message_example("engines")
    for port in ("stt", "llm"):
        message["engines"][port]["serving"] = None
    await engine.send(message)
    await hass.async_block_till_done()
    assert [state_of(hass, server) for server in (TRANSCRIPTION_SERVER, LANGUAGE_SERVER)] == [STATE_OFF, STATE_OFF]


async def test_figures_are_unavailable_without_the_engine(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry
) -> None:
    await engine.stop()
    await becomes(hass, CALLS_TODAY, STATE_UNAVAILABLE)
    await engine.start()
    await becomes(hass, CALLS_TODAY, "0")
    assert state_of(hass, THROTTLING) == STATE_OFF

"""What automations are told of a call."""

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from . import state_of
from .fake_engine import FakeEngine, call_message, message_example

DOORBELL = "event.voice_processor_doorbell"
CALL = "event.voice_processor_call"


class Told:
    """Reads the events that event entities tell off the state machine."""

    def __init__(self, changes: list[Event[EventStateChangedData]]) -> None:
        self._changes = changes

    @property
    def types(self) -> list[tuple[str, str]]:
        """Entity and event type of each, in order; an entity that was unavailable shows its last event again.

        An event's time has milliseconds, of which a quick machine puts two events into one.
        """
        states = [change.data["new_state"] for change in self._changes]
        told = {
            (state.entity_id, state.state, state.attributes[ATTR_EVENT_TYPE]): (
                state.entity_id,
                state.attributes[ATTR_EVENT_TYPE],
            )
            for state in states
            if state is not None and state.attributes.get(ATTR_EVENT_TYPE)
        }
        return list(told.values())


@pytest.fixture
def told(hass: HomeAssistant) -> Told:
    return Told(async_capture_events(hass, EVENT_STATE_CHANGED))


async def test_a_granted_visit(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told
) -> None:
    """The doorbell rings once; the call tells the rest, in order."""
    outcome = {"disposition": "granted", "decided_by": "voice"}
    facts = {"intent": "delivery", "visitor": "Carlos", "company": "iFood"}
    await engine.send(
        call_message("rang", stage="greeting", unit=None),
        call_message("stage", stage="ringing"),
        call_message("answered", stage="asking"),
        call_message("granted", stage="informing", **outcome),
        call_message("ended", stage="ended", **outcome),
    )
    assert told.types == [
        (DOORBELL, "ring"),
        (CALL, "ringing"),
        (CALL, "answered"),
        (CALL, "granted"),
        (CALL, "ended"),
    ]

    call_id = message_example("call")["call"]["call_id"]
    doorbell, call = hass.states.get(DOORBELL), hass.states.get(CALL)
    assert doorbell is not None
    assert call is not None
    assert {name: doorbell.attributes[name] for name in ("call_id", "door", "caller")} == {
        "call_id": call_id,
        "door": "Front door",
        "caller": "1000",
    }
    assert {name: call.attributes[name] for name in ("call_id", "door", "caller", "unit", *facts, *outcome)} == {
        "call_id": call_id,
        "door": "Front door",
        "caller": "1000",
        "unit": "501",
        **facts,
        **outcome,
    }


@pytest.mark.parametrize("event", ["answered", "granted", "denied", "no_answer", "missed", "ended"])
async def test_each_event(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told, event: str
) -> None:
    await engine.send(call_message(event))
    assert told.types == [(CALL, event)]


@pytest.mark.parametrize(
    ("event", "stage"),
    [("stage", "greeting"), ("stage", "talking"), ("stage", "pondering"), ("hesitated", "ringing")],
)
async def test_what_is_no_event_here(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told, *, event: str, stage: str
) -> None:
    """Other stages, and what later contracts add, move the state but are not told as events."""
    await engine.send(call_message(event, stage=stage))
    assert told.types == []
    assert state_of(hass, DOORBELL) == STATE_UNKNOWN
    assert state_of(hass, "sensor.voice_processor_active_calls") == "1"


async def test_the_state_is_there_when_the_event_comes(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """An automation that the doorbell triggers sees the call."""
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await engine.send(call_message("rang", stage="greeting"))
    order = [change.data["entity_id"] for change in changes]
    assert order.index("binary_sensor.voice_processor_call_in_progress") < order.index(DOORBELL)


async def test_nothing_is_told_after_unloading(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told
) -> None:
    """Loading again does not double the events."""
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await engine.listened()
    await engine.send(call_message("rang", stage="greeting"))
    assert told.types.count((DOORBELL, "ring")) == 1


@pytest.mark.parametrize(("stage", "rings"), [("greeting", [(DOORBELL, "ring")]), ("asking", [])])
async def test_somebody_rang_while_the_engine_was_away(
    loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told, stage: str, rings: list[tuple[str, str]]
) -> None:
    """Whoever is still being greeted is told of, once; who is further was at the door too long ago."""
    engine.opening[1]["status"]["calls"] = [call_message("stage", stage=stage)["call"]]
    for _ in range(2):
        await engine.drop()
        await engine.listened()
    assert told.types == rings


@pytest.mark.parametrize("before", ["greeting", None])
async def test_a_resident_is_rung_since_the_engine_was_away(
    loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told, before: str | None
) -> None:
    """Their telephone still asks them, once: whoever waits is there now."""
    if before is not None:
        await engine.send(call_message("rang", stage=before))
    engine.opening[1]["status"]["calls"] = [call_message("stage", stage="ringing")["call"]]
    for _ in range(2):
        await engine.drop()
        await engine.listened()
    assert told.types == [*([(DOORBELL, "ring")] if before else []), (CALL, "ringing")]


GATE, GARAGE, YARD = ({"name": name, "language": "pt-BR"} for name in ("Front door", "Garage", "Pátio 2"))
DOORBELL_GATE, DOORBELL_GARAGE = "event.voice_processor_doorbell_front_door", "event.voice_processor_doorbell_garage"


def doorbells(hass: HomeAssistant) -> dict[str, str]:
    """Entity id of each doorbell that there is, by what its unique id adds to the entry's."""
    return {
        entry.unique_id.partition("_")[2]: entry.entity_id
        for entry in er.async_get(hass).entities.values()
        if "doorbell" in entry.unique_id and hass.states.get(entry.entity_id) is not None
    }


async def test_each_door_has_a_doorbell(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, told: Told
) -> None:
    """Which rings for no other, and bears the door's name."""
    engine.opening[1]["status"]["doors"] = [GATE, GARAGE]
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert doorbells(hass) == {"doorbell": DOORBELL_GATE, "doorbell_garage": DOORBELL_GARAGE}
    await engine.send(call_message("rang", stage="greeting", door="Garage"))
    assert told.types == [(DOORBELL_GARAGE, "ring")]
    await engine.send(call_message("rang", stage="greeting", call_id="other"))
    assert told.types == [(DOORBELL_GARAGE, "ring"), (DOORBELL_GATE, "ring")]
    garage = hass.states.get(DOORBELL_GARAGE)
    assert garage is not None
    assert garage.name == "Voice Processor Doorbell Garage"


async def test_doors_come_and_go_while_the_engine_restarts(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, told: Told
) -> None:
    """The doorbell of the only door stays, whatever comes beside it; who rang meanwhile is told of."""
    for doors, expected in (
        ([GATE, GARAGE, YARD], {"doorbell", "doorbell_garage", "doorbell_pátio 2"}),
        ([GATE, YARD], {"doorbell", "doorbell_pátio 2"}),
        ([GATE], {"doorbell"}),
    ):
        engine.opening[1]["status"]["doors"] = doors
        await engine.drop()
        await engine.listened()
        await hass.async_block_till_done()
        await engine.listened()
        assert set(doorbells(hass)) == expected
        assert doorbells(hass)["doorbell"] == DOORBELL
    await engine.send(call_message("rang", stage="greeting", door="Anywhere"))
    assert told.types == [(DOORBELL, "ring")]

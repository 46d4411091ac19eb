"""The blueprints, each in a Home Assistant that follows an engine: what they do when something happens at the door."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from . import becomes
from .fake_engine import FakeEngine, call_message, message_example

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "blueprints" / "automation" / "voice_processor"
BLUEPRINTS = sorted(FOLDER.glob("*.yaml"))
CALL_ID = message_example("call")["call"]["call_id"]
OTHER = "9a5b6d0e-2f64-4b57-9d0c-6c8d1b1f7a22"
TAG = f"voice_processor_{CALL_ID}"
CURRENT_KEYS = ("blueprint", "mode", "max", "variables", "triggers", "conditions", "actions")
TELEPHONE_SYSTEM = "binary_sensor.voice_processor_telephone_system"
THROTTLING = "binary_sensor.voice_processor_throttling"
MEMORY_ALERT = "sensor.voice_processor_memory_alert"
RING = call_message("rang", stage="greeting", unit=None)
RINGING = call_message("stage", visitor="Carlos", company="iFood", intent="delivery")

type Automate = Callable[..., Awaitable[None]]


def inputs(blueprint: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a blueprint, out of their sections."""
    found = {}
    for key, value in blueprint["blueprint"]["input"].items():
        found |= value.get("input", {key: value})
    return found


def source_of(path: Path) -> str:
    """A blueprint's address."""
    home = json.loads((REPOSITORY / "custom_components/voice_processor/manifest.json").read_text("utf-8"))
    return f"{home['documentation']}/blob/main/{path.relative_to(REPOSITORY)}"


@pytest.fixture
async def automate(hass: HomeAssistant, loaded_entry: MockConfigEntry, tmp_path: Path) -> Automate:
    """Makes automations of a blueprint, one for each set of inputs: automation.first, automation.second."""
    (tmp_path / "blueprints").symlink_to(REPOSITORY / "blueprints")
    hass.config.config_dir = str(tmp_path)

    async def automate(name: str, *given: dict[str, Any]) -> None:
        automations = [
            {"alias": alias, "use_blueprint": {"path": f"voice_processor/{name}.yaml", "input": values}}
            for alias, values in zip(("first", "second"), given, strict=False)
        ]
        assert await async_setup_component(hass, "automation", {"automation": automations})
        await hass.async_block_till_done()
        for automation in automations:
            state = hass.states.get(f"automation.{automation['alias']}")
            assert state is not None
            assert state.state == "on"

    return automate


@pytest.fixture
def telephone(hass: HomeAssistant) -> str:
    """The device of a resident's telephone, which was renamed since."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    registry = dr.async_get(hass)
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("mobile_app", "telephone")}, name="Ana's telephone"
    )
    registry.async_update_device(device.id, name_by_user="Kitchen")
    return device.id


@pytest.fixture
def notified(hass: HomeAssistant) -> list[ServiceCall]:
    """What the telephone was sent."""
    return async_mock_service(hass, "notify", "mobile_app_ana_s_telephone")


async def happens(hass: HomeAssistant, engine: FakeEngine, *messages: Any) -> None:
    """Let the engine tell something, and the automations act on it."""
    for message in messages:
        await engine.send(message)
        await settled()


async def settled() -> None:
    """Let automations do what they can do without time passing: a run that waits is no task that ends."""
    for _ in range(200):  # turns of the event loop; the longest run takes about 30
        await asyncio.sleep(0)


async def passes(hass: HomeAssistant, **time: float) -> None:
    """Let time pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**time))
    await settled()


def shown(notified: list[ServiceCall]) -> list[str]:
    """The texts that came, in order."""
    return [call.data["message"] for call in notified]


def button(notified: list[ServiceCall], title: str) -> str:
    """What the telephone sends back for a button of the last question."""
    (question,) = [call for call in notified if "actions" in call.data["data"]][-1:]
    return next(action["action"] for action in question.data["data"]["actions"] if action["title"] == title)


async def press(hass: HomeAssistant, action: str | None) -> None:
    """Press a button of a notification."""
    hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    await settled()


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_blueprint_is_complete(path: Path) -> None:
    """Importable from where it lies, with every input named, shown by a selector, and used."""
    source = path.read_text(encoding="utf-8")
    blueprint = BLUEPRINT_SCHEMA(load_yaml_dict(path))
    head = blueprint["blueprint"]
    assert head["source_url"] == source_of(path)
    hacs = json.loads((REPOSITORY / "hacs.json").read_text(encoding="utf-8"))
    assert head["homeassistant"]["min_version"] == hacs["homeassistant"]
    known = inputs(blueprint)
    assert set(re.findall(r"!input (\w+)", source)) == set(known)
    for name, described in known.items():
        assert described["name"], name
        assert described["selector"], name
    # What Home Assistant still reads, but no longer writes.
    assert {"triggers", "actions"} <= set(blueprint) <= {*CURRENT_KEYS}
    assert not re.search(r"^\s*(- )?(service|platform|data_template):", source, re.MULTILINE)


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
async def test_defaults_are_entities_that_exist(hass: HomeAssistant, loaded_entry: MockConfigEntry, path: Path) -> None:
    blueprint = load_yaml_dict(path)
    named = {
        described["default"]
        for described in inputs(blueprint).values()
        if "entity" in described["selector"] and described.get("default")
    }
    assert named <= {state.entity_id for state in hass.states.async_all()}


def test_every_blueprint_can_be_imported_from_the_readme() -> None:
    """And only those."""
    text = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"blueprint_import/\?blueprint_url=([^)\s]+)", text)
    assert links == [quote(source_of(path), safe="") for path in BLUEPRINTS]


async def test_a_resident_is_asked(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    """Once it is known whom the visitor wants, in words, with both buttons; the grant asks for the telephone's lock."""
    await automate("notify_resident", {"telephones": [telephone]})
    await happens(hass, engine, RING)
    assert notified == []
    await happens(hass, engine, RINGING)
    (question,) = notified
    assert question.data["title"] == "Front door"
    assert question.data["message"] == "Carlos from iFood for 501. May they come in?"
    assert question.data["data"]["tag"] == TAG
    assert question.data["data"]["timeout"] == 60
    assert question.data["data"]["push"] == {"interruption-level": "time-sensitive"}
    grant, deny = question.data["data"]["actions"]
    assert (grant["title"], grant["authenticationRequired"]) == ("Let in", True)
    assert (deny["title"], deny["destructive"]) == ("Turn away", True)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "A visitor for 501. May they come in?"),
        ({"intent": "delivery"}, "A delivery for 501. May they come in?"),
        ({"intent": "service", "company": "Enel"}, "Somebody for work from Enel for 501. May they come in?"),
        ({"visitor": "{{ 1 + 1 }}"}, "{{ 1 + 1 }} for 501. May they come in?"),
    ],
)
async def test_what_the_resident_reads(
    hass: HomeAssistant,
    engine: FakeEngine,
    automate: Automate,
    telephone: str,
    notified: list[ServiceCall],
    *,
    facts: dict[str, str],
    text: str,
) -> None:
    """A visitor's words are shown and never run."""
    await automate("notify_resident", {"telephones": [telephone]})
    unknown = {"intent": None, "visitor": None, "company": None}
    await happens(hass, engine, call_message("stage", **unknown | facts))
    assert shown(notified) == [text]


@pytest.mark.parametrize(("title", "decision"), [("Let in", "grant"), ("Turn away", "deny")])
async def test_a_button_answers_the_visitor(
    hass: HomeAssistant,
    engine: FakeEngine,
    automate: Automate,
    telephone: str,
    notified: list[ServiceCall],
    *,
    title: str,
    decision: str,
) -> None:
    """The engine is asked once, for this call; its event then takes the question away."""
    await automate("notify_resident", {"telephones": [telephone]})
    await happens(hass, engine, RING, RINGING)
    await press(hass, button(notified, title))
    assert await engine.was_asked() == (f"{CALL_ID}/decision", {"decision": decision, "message": None})
    assert len(notified) == 1
    await happens(hass, engine, call_message("granted", stage="informing", decided_by="home_assistant"))
    assert shown(notified)[1:] == ["clear_notification"]
    assert notified[1].data["data"] == {"tag": TAG}


@pytest.mark.parametrize("event", ["granted", "denied", "no_answer", "missed", "ended"])
async def test_the_question_goes_when_it_is_decided_elsewhere(
    hass: HomeAssistant,
    engine: FakeEngine,
    automate: Automate,
    telephone: str,
    notified: list[ServiceCall],
    *,
    event: str,
) -> None:
    """By keypad, by voice, or because the visitor went; nothing is asked of the engine."""
    await automate("notify_resident", {"telephones": [telephone]})
    await happens(hass, engine, RING, RINGING, call_message("answered", stage="asking"))
    assert "clear_notification" not in shown(notified)
    await happens(hass, engine, call_message(event, stage="ended" if event == "ended" else "informing"))
    assert shown(notified)[1:] == ["clear_notification"]
    assert notified[-1].data["data"] == {"tag": TAG}
    assert engine.asked == []


async def test_the_question_goes_after_a_while(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    await automate("notify_resident", {"telephones": [telephone], "time_out": 30})
    await happens(hass, engine, RING, RINGING)
    await passes(hass, seconds=25)
    assert len(notified) == 1
    await passes(hass, seconds=31)
    assert shown(notified)[1:] == ["clear_notification"]
    assert notified[1].data["data"] == {"tag": TAG}
    assert engine.asked == []


async def test_each_call_has_its_own_question(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    """Two visitors at once: a button and an outcome are about one of them."""
    await automate("notify_resident", {"telephones": [telephone]})
    await happens(hass, engine, RINGING, call_message("stage", call_id=OTHER))
    await press(hass, button(notified[:1], "Turn away"))
    assert await engine.was_asked() == (f"{CALL_ID}/decision", {"decision": "deny", "message": None})
    await happens(hass, engine, call_message("missed", call_id=OTHER))
    assert [call.data["data"]["tag"] for call in notified[2:]] == [f"voice_processor_{OTHER}"]


async def test_only_the_units_residents_are_asked(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    """And the button of one automation is not the other's."""
    await automate(
        "notify_resident",
        {"telephones": [telephone], "units": ["302"]},
        {"telephones": [telephone], "units": ["501", "502"]},
    )
    await happens(hass, engine, RING, RINGING)
    assert len(notified) == 1
    await press(hass, button(notified, "Let in"))
    await engine.was_asked()
    await happens(hass, engine, call_message("granted", stage="informing"))
    assert len(notified) == 2


@pytest.mark.parametrize(
    "action",
    [None, "", "OPEN", f"voice_processor open {CALL_ID} automation.first", f"voice_processor grant {CALL_ID}"],
)
async def test_other_buttons_answer_nobody(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, action: str | None
) -> None:
    await automate("notify_resident", {"telephones": [telephone]})
    await happens(hass, engine, RING, RINGING)
    await press(hass, action)
    assert engine.asked == []


async def test_an_urgent_question_sounds_in_silence(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    await automate("notify_resident", {"telephones": [telephone], "urgent": True})
    await happens(hass, engine, RINGING)
    data = notified[0].data["data"]
    assert data["channel"] == "alarm_stream"
    assert data["push"]["interruption-level"] == "critical"


GRANTED = call_message("granted", stage="informing", disposition="granted", decided_by="voice")


@pytest.mark.parametrize(
    ("gate", "features", "action"),
    [
        ("button.gate", 0, "button.press"),
        ("input_button.gate", 0, "input_button.press"),
        ("lock.gate", 1, "lock.open"),
        ("lock.gate", 0, "lock.unlock"),
        ("cover.gate", 3, "cover.open_cover"),
        ("script.gate", 0, "script.turn_on"),
    ],
)
async def test_a_grant_opens_the_gate(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, *, gate: str, features: int, action: str
) -> None:
    """Once, and nothing else does."""
    hass.states.async_set(gate, "unknown", {"supported_features": features})
    opened = async_mock_service(hass, *action.split("."))
    await automate("open_gate", {"gate": gate})
    for event in ("rang", "stage", "answered", "denied", "no_answer", "missed"):
        await happens(hass, engine, call_message(event))
    assert opened == []
    await happens(hass, engine, GRANTED, call_message("ended", stage="ended", disposition="granted"))
    assert [call.data["entity_id"] for call in opened] == [[gate]]


async def test_a_switch_is_turned_off_again(hass: HomeAssistant, engine: FakeEngine, automate: Automate) -> None:
    on, off = async_mock_service(hass, "switch", "turn_on"), async_mock_service(hass, "switch", "turn_off")
    await automate("open_gate", {"gate": "switch.gate", "pulse": 2})
    await happens(hass, engine, GRANTED)
    assert (len(on), len(off)) == (1, 0)
    await passes(hass, seconds=2.1)
    assert (len(on), len(off)) == (1, 1)


async def test_a_connection_that_comes_back_opens_nothing(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate
) -> None:
    """The last event is shown again then; it is not a new one."""
    opened = async_mock_service(hass, "button", "press")
    await automate("open_gate", {"gate": "button.gate"})
    await happens(hass, engine, GRANTED)
    assert len(opened) == 1
    await engine.stop()
    await becomes(hass, "event.voice_processor_call", "unavailable")
    await engine.start()
    await engine.listened()
    await settled()
    assert len(opened) == 1


async def test_a_gate_belongs_to_its_doors(hass: HomeAssistant, engine: FakeEngine, automate: Automate) -> None:
    opened = async_mock_service(hass, "button", "press")
    afterwards = async_mock_service(hass, "light", "turn_on")
    light = {"action": "light.turn_on", "data": {"entity_id": "light.way", "effect": "{{ door }} {{ unit }}"}}
    await automate("open_gate", {"gate": "button.gate", "doors": ["Garage"], "afterwards": [light]})
    await happens(hass, engine, GRANTED)
    assert opened == []
    await happens(hass, engine, call_message("granted", call_id=OTHER, door="Garage"))
    assert len(opened) == 1
    assert [call.data["effect"] for call in afterwards] == ["Garage 501"]


@pytest.mark.parametrize(
    ("moment", "texts"),
    [("rang", ["A visitor is at the door: Front door."]), ("told", ["Carlos from iFood is at the door: Front door."])],
)
async def test_visitors_are_announced(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, moment: str, texts: list[str]
) -> None:
    """On satellites and speakers, at the moment that was chosen."""
    satellites = async_mock_service(hass, "assist_satellite", "announce")
    speakers = async_mock_service(hass, "tts", "speak")
    await automate(
        "announce_visitor",
        {
            "moment": moment,
            "satellites": ["assist_satellite.hall"],
            "speakers": ["media_player.kitchen", "media_player.garden"],
            "voice": "tts.piper",
        },
    )
    await happens(hass, engine, RING, RINGING, call_message("answered", stage="asking"))
    assert shown(satellites) == shown(speakers) == texts
    assert satellites[0].data["entity_id"] == ["assist_satellite.hall"]
    assert speakers[0].data["entity_id"] == ["tts.piper"]
    assert speakers[0].data["media_player_entity_id"] == ["media_player.kitchen", "media_player.garden"]


@pytest.mark.parametrize(("awake", "unit", "announced"), [("on", "501", 1), ("off", "501", 0), ("on", "302", 0)])
async def test_visitors_are_announced_only_to_whom_it_concerns(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, *, awake: str, unit: str, announced: int
) -> None:
    satellites = async_mock_service(hass, "assist_satellite", "announce")
    hass.states.async_set("input_boolean.awake", awake)
    only_if = {"condition": "state", "entity_id": "input_boolean.awake", "state": "on"}
    await automate(
        "announce_visitor", {"satellites": ["assist_satellite.hall"], "units": ["501"], "only_if": [only_if]}
    )
    await happens(hass, engine, RING, call_message("stage", unit=unit))
    assert len(satellites) == announced


async def test_a_visitor_is_announced_once_to_a_unit(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate
) -> None:
    """Though its next phone is rung after an answering machine; another visitor, or another unit, is told of."""
    satellites = async_mock_service(hass, "assist_satellite", "announce")
    await automate("announce_visitor", {"satellites": ["assist_satellite.hall"]})
    await happens(hass, engine, RING, RINGING, call_message("answered", stage="asking"), RINGING)
    assert len(satellites) == 1
    await happens(hass, engine, call_message("stage", unit="302"), call_message("stage", call_id=OTHER))
    assert len(satellites) == 3


def system_message(*, connected: bool, problem: str | None = None) -> dict[str, Any]:
    """The telephone system comes or goes."""
    message = message_example("system")
    message["system"]["asterisk"] |= {"configured": True, "connected": connected, "problem": problem}
    return message


async def test_a_telephone_system_that_is_away_is_told(
    hass: HomeAssistant, engine: FakeEngine, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    """Not at once, with the reason, and no longer than it lasts."""
    created = async_mock_service(hass, "persistent_notification", "create")
    dismissed = async_mock_service(hass, "persistent_notification", "dismiss")
    await automate("telephone_system_away", {"telephones": [telephone]})
    await happens(
        hass, engine, system_message(connected=True), system_message(connected=False, problem="Wrong secret.")
    )
    await passes(hass, minutes=2)
    assert (created, notified) == ([], [])
    await passes(hass, minutes=3, seconds=1)
    text = "The voice engine does not reach the telephone system. Wrong secret."
    assert shown(created) == shown(notified) == [text]
    await happens(hass, engine, system_message(connected=True))
    assert dismissed[-1].data["notification_id"] == created[0].data["notification_id"]
    assert shown(notified)[-1] == "clear_notification"
    assert notified[-1].data["data"]["tag"] == notified[0].data["data"]["tag"]


async def test_an_engine_that_is_away_is_told(hass: HomeAssistant, engine: FakeEngine, automate: Automate) -> None:
    created = async_mock_service(hass, "persistent_notification", "create")
    await automate("telephone_system_away", {})
    await engine.stop()
    await becomes(hass, TELEPHONE_SYSTEM, "unavailable")
    await passes(hass, minutes=3, seconds=1)
    assert shown(created) == ["The voice engine has not been reached for a while."]


async def overloaded(hass: HomeAssistant, automate: Automate, telephone: str) -> None:
    """An automation about a machine that is well so far."""
    hass.states.async_set(THROTTLING, "off", {"reasons": []})
    hass.states.async_set(MEMORY_ALERT, "none")
    await automate(
        "machine_overloaded", {"throttling": [THROTTLING], "memory": [MEMORY_ALERT], "telephones": [telephone]}
    )


async def test_a_machine_that_is_held_back_is_told(
    hass: HomeAssistant, automate: Automate, telephone: str, notified: list[ServiceCall]
) -> None:
    """Not at once, with the reasons, and no longer than it lasts."""
    created = async_mock_service(hass, "persistent_notification", "create")
    dismissed = async_mock_service(hass, "persistent_notification", "dismiss")
    await overloaded(hass, automate, telephone)
    hass.states.async_set(THROTTLING, "on", {"reasons": ["temperature", "under_voltage"]})
    await passes(hass, minutes=4)
    assert (created, notified) == ([], [])
    await passes(hass, minutes=5, seconds=1)
    text = "Its machine is held back, so answers at the door take longer: temperature, under voltage"
    assert shown(created) == shown(notified) == [text]
    hass.states.async_set(THROTTLING, "off", {"reasons": []})
    await settled()
    assert dismissed[-1].data["notification_id"] == created[0].data["notification_id"]
    assert shown(notified)[-1] == "clear_notification"
    assert notified[-1].data["data"]["tag"] == notified[0].data["data"]["tag"]


@pytest.mark.parametrize(
    ("alert", "at_once", "later"),
    [
        ("warning", [], ["Little memory is left on its machine."]),
        ("critical", ["Hardly any memory is left on its machine. Calls may fail."], []),
    ],
)
async def test_memory_that_runs_out_is_told(
    hass: HomeAssistant,
    automate: Automate,
    telephone: str,
    notified: list[ServiceCall],
    *,
    alert: str,
    at_once: list[str],
    later: list[str],
) -> None:
    """At once where it is nearly gone, and until there is enough again."""
    created = async_mock_service(hass, "persistent_notification", "create")
    dismissed = async_mock_service(hass, "persistent_notification", "dismiss")
    await overloaded(hass, automate, telephone)
    hass.states.async_set(MEMORY_ALERT, alert)
    await settled()
    assert shown(created) == shown(notified) == at_once
    await passes(hass, minutes=5, seconds=1)
    assert shown(created) == shown(notified) == at_once + later
    hass.states.async_set(MEMORY_ALERT, "none")
    await settled()
    assert dismissed[-1].data["notification_id"] == created[0].data["notification_id"]


async def test_throttling_alone_can_be_watched(hass: HomeAssistant, automate: Automate) -> None:
    """Neither a memory alert nor a telephone is needed."""
    created = async_mock_service(hass, "persistent_notification", "create")
    hass.states.async_set(THROTTLING, "off")
    await automate("machine_overloaded", {"throttling": [THROTTLING], "patience": {"seconds": 10}})
    hass.states.async_set(THROTTLING, "on")
    await passes(hass, seconds=11)
    assert shown(created) == ["Its machine is held back, so answers at the door take longer:"]

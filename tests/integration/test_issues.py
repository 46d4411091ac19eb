"""Repair issues: when a trouble is told, with what words, and that it goes by itself."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.voice_processor.const import DOMAIN
from custom_components.voice_processor.issues import RESTART_SECONDS, STUMBLE_SECONDS

from . import becomes
from .fake_engine import FakeEngine, message_example

SECOND = 1
IN_PROGRESS = "binary_sensor.voice_processor_call_in_progress"


def told(hass: HomeAssistant) -> dict[str, dict[str, str] | None]:
    """The issues there are, with what is put into their texts."""
    return {
        str(issue.translation_key): issue.translation_placeholders
        for issue in ir.async_get(hass).issues.values()
        if issue.active
    }


async def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def system(**changes: Any) -> dict[str, Any]:
    """The engine's surroundings, with fields of Asterisk changed."""
    message = message_example("system")
    message["system"]["asterisk"] |= changes
    return message


def engines(port: str, *states: str) -> dict[str, Any]:
    """Engines of which one port has backends in these states."""
    message = message_example("engines")
    (backend, *_) = message["engines"][port]["backends"]
    message["engines"][port]["backends"] = [
        deepcopy(backend)
        | {
            "name": f"backend {number}",
            "state": state,
            "problem": {"code": "backend_refused", "message": f"Reason {number}."} if state == "failed" else None,
        }
        for number, state in enumerate(states)
    ]
    return message


@pytest.mark.usefixtures("loaded_entry")
async def test_the_telephone_system_stays_away(
    hass: HomeAssistant, engine: FakeEngine, freezer: FrozenDateTimeFactory
) -> None:
    """Not told at once; told with the latest reason, kept up to date, and gone with the connection."""
    await engine.send(system(connected=False, problem="Reason 1."))
    await passes(hass, freezer, RESTART_SECONDS - SECOND)
    await engine.send(system(connected=False, problem="Reason 2."))
    assert told(hass) == {}
    await passes(hass, freezer, 2 * SECOND)
    assert told(hass) == {"telephone_system_away": {"problem": "Reason 2."}}

    await engine.send(system(connected=False, problem=None))
    assert told(hass) == {"telephone_system_away": {"problem": "—"}}
    (issue,) = ir.async_get(hass).issues.values()
    assert str(issue.learn_more_url).endswith("/docs/asterisk.md")

    await engine.send(system())
    assert told(hass) == {}


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize("cure", [{"connected": True}, {"connected": False, "configured": False}])
async def test_a_telephone_system_that_restarts_is_not_told(
    hass: HomeAssistant, engine: FakeEngine, freezer: FrozenDateTimeFactory, cure: dict[str, bool]
) -> None:
    """Its time starts anew, too; one that nobody set up is missed by nobody."""
    await engine.send(system(connected=False))
    await passes(hass, freezer, RESTART_SECONDS - SECOND)
    await engine.send(system(**cure))
    await passes(hass, freezer, 2 * SECOND)
    assert told(hass) == {}
    await engine.send(system(connected=False))
    await passes(hass, freezer, RESTART_SECONDS - SECOND)
    assert told(hass) == {}


@pytest.mark.usefixtures("loaded_entry")
async def test_speech_that_is_not_understood(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Told at once, for time does not cure it; not while the engine does not know."""
    message = message_example("system")
    for languages, expected in (
        (["en"], {"speech_not_understood": {"doors": "Front door"}}),
        (None, {}),
        ([], {"speech_not_understood": {"doors": "Front door"}}),
        (["pt-BR"], {}),
    ):
        message["system"]["speech_languages"] = languages
        await engine.send(message)
        assert told(hass) == expected


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize("port", ["stt", "tts", "llm"])
async def test_every_backend_of_a_port_failed(
    hass: HomeAssistant, engine: FakeEngine, freezer: FrozenDateTimeFactory, port: str
) -> None:
    """One that works, or is being made ready, is enough."""
    for states in (("failed", "ready"), ("warming", "failed"), ("idle",), ()):
        await engine.send(engines(port, *states))
        await passes(hass, freezer, STUMBLE_SECONDS + SECOND)
        assert told(hass) == {}

    await engine.send(engines(port, "failed", "failed"))
    assert told(hass) == {}
    await passes(hass, freezer, STUMBLE_SECONDS + SECOND)
    assert told(hass) == {f"{port}_failed": {"problems": "- backend 0: Reason 0.\n- backend 1: Reason 1."}}

    await engine.send(engines(port, "failed", "ready"))
    assert told(hass) == {}


@pytest.mark.usefixtures("loaded_entry")
async def test_a_model_that_is_missing(hass: HomeAssistant, engine: FakeEngine, freezer: FrozenDateTimeFactory) -> None:
    """Told where others do its work too, and told only once where it was the only one."""
    problem = {"code": "backend_without_model", "message": "The model is not there."}
    for others in (("ready",), ()):
        message = engines("stt", "failed", *others)
        message["engines"]["stt"]["backends"][0]["problem"] = problem
        await engine.send(message)
        assert told(hass) == {}
        await passes(hass, freezer, STUMBLE_SECONDS + SECOND)
        assert told(hass) == {"model_missing": {"problems": "- backend 0: The model is not there."}}
        await engine.send(engines("stt", "ready"))
        assert told(hass) == {}


@pytest.mark.usefixtures("loaded_entry")
async def test_settings_that_the_engine_would_not_start_with(
    hass: HomeAssistant, engine: FakeEngine, freezer: FrozenDateTimeFactory
) -> None:
    message = message_example("settings")
    await engine.send(message)
    await passes(hass, freezer, STUMBLE_SECONDS + SECOND)
    assert told(hass) == {"settings_unusable": {"problem": message["settings"]["problem"]["message"]}}
    message["settings"]["problem"] = None
    await engine.send(message)
    assert told(hass) == {}


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (({"under_voltage": True}, {"under_voltage": False}), {"under_voltage": {}}),
        (({"under_voltage": True}, {"under_voltage": None}), {"under_voltage": {}}),
        (({"disk_free_bytes": 12_345_678}, {"disk_free_bytes": 10**9}), {"disk_nearly_full": {"free": "12"}}),
        (({"disk_free_bytes": 0}, {"disk_free_bytes": None}), {"disk_nearly_full": {"free": "0"}}),
    ],
)
async def test_a_machine_in_trouble(
    hass: HomeAssistant,
    engine: FakeEngine,
    freezer: FrozenDateTimeFactory,
    looks: tuple[dict[str, Any], dict[str, Any]],
    expected: dict[str, Any],
) -> None:
    """Told when it lasts, and gone with it."""
    trouble, calm = looks
    message = message_example("machine")
    for load in (trouble, calm, trouble):
        message["load"] |= load
        await engine.send(message)
        assert told(hass) == {}
    await passes(hass, freezer, STUMBLE_SECONDS + SECOND)
    assert told(hass) == expected
    message["load"] |= calm
    await engine.send(message)
    assert told(hass) == {}


@pytest.mark.usefixtures("loaded_entry")
async def test_an_engine_that_is_away_tells_nothing_new(hass: HomeAssistant, engine: FakeEngine) -> None:
    """What was told stays; what was about to be told is not. The clock runs on, for the connection needs it."""
    message = system(connected=False)
    message["system"]["speech_languages"] = ["en"]
    await engine.send(message)
    await engine.stop()
    await becomes(hass, IN_PROGRESS, STATE_UNAVAILABLE)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=RESTART_SECONDS + SECOND))
    await hass.async_block_till_done()
    assert list(told(hass)) == ["speech_not_understood"]

    await engine.start()
    await becomes(hass, IN_PROGRESS, "off")
    assert told(hass) == {}


async def test_unloading_takes_the_issues_along(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, freezer: FrozenDateTimeFactory
) -> None:
    """Also those that were about to be told."""
    message = system(connected=False)
    message["system"]["speech_languages"] = ["en"]
    await engine.send(message)
    assert told(hass)
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    await passes(hass, freezer, RESTART_SECONDS + SECOND)
    assert told(hass) == {}


async def test_what_is_ignored_stays_so_until_it_is_over(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    """Neither an engine that starts again, and does not know yet, nor a reload brings it back; a new trouble does."""
    issues = ir.async_get(hass)

    def ignored() -> list[bool]:
        return [issue.dismissed_version is not None for issue in issues.issues.values()]

    message = message_example("system")
    message["system"]["speech_languages"] = ["en"]
    engine.opening[1]["status"]["system"] = message["system"]
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    issue_id = f"speech_not_understood_{config_entry.entry_id}"
    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)

    for languages in (None, ["en"]):
        message["system"]["speech_languages"] = languages
        await engine.send(message)
        assert ignored() == [True]
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await engine.listened()
    assert ignored() == [True]

    for languages, expected in ((["pt-BR"], []), (["en"], [False])):
        message["system"]["speech_languages"] = languages
        await engine.send(message)
        assert ignored() == expected

    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)
    await hass.config_entries.async_remove(config_entry.entry_id)
    assert ignored() == []


async def test_what_was_told_before_a_restart_is_given_its_time_again(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Where Home Assistant and the telephone system start together, the latter may take longer."""
    issues = ir.async_get(hass)
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"telephone_system_away_{config_entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="telephone_system_away",
    )
    # Which is how Home Assistant remembers it.
    ((key, issue),) = issues.issues.items()
    issues.issues[key] = replace(issue, active=False)

    engine.opening[1]["status"]["system"] = system(connected=False, problem="Reason 1.")["system"]
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await engine.listened()
    assert told(hass) == {}
    await passes(hass, freezer, RESTART_SECONDS + SECOND)
    assert told(hass) == {"telephone_system_away": {"problem": "Reason 1."}}

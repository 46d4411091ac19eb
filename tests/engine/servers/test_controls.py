"""What can be turned while the engine runs, as it is told and over HTTP."""

from __future__ import annotations

import pytest

from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import AT, DOORS, Behind, FakeQuiet, FakeStore, serving
from tests.engine.servers.test_api import ask, refused
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import Settings, UnitSettings, parse_settings
from voice_engine.core.transcript import Language
from voice_engine.servers.controls import MOST_UNITS, Controls
from voice_engine.servers.state import DoorFacts, EngineFacts, EngineState, Told

PATH = "/api/do_not_disturb"
HOUSE = {"units": [{"unit": unit, "phones": ["PJSIP/1"]} for unit in ("501", "502")]}
VOICES = ("espeak", "espeak/female")


def test_controls_are_told_when_they_change_with_the_doors_whose_language_they_are() -> None:
    state = EngineState(EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT), DOORS)
    settings = parse_settings({**HOUSE, "language": "en", "engines": {"voice": "espeak/female"}}).settings
    controls = Controls(settings, VOICES, Quiet(units=frozenset({"502"})))
    told: list[Told] = []
    with state.subscribed(told.append) as before:
        for _ in range(2):
            state.set_controls(controls, (DoorFacts("Front door", Language.ENGLISH),))
    (event,) = told
    assert_conforms(before, "Status")
    assert_conforms(event.to_wire(), "ControlsMessage")
    assert_conforms(state.snapshot(), "Status")
    assert (
        event.to_wire()["controls"]
        == state.snapshot()["controls"]
        == {
            "language": {"value": "en", "options": ["en", "pt-BR"]},
            "voice": {"value": "espeak/female", "options": list(VOICES)},
            "silence_threshold_seconds": {"value": 1.5, "min": 0.2, "max": 3, "step": 0.1},
            "barge_in_seconds": {"value": 0.5, "min": 0, "max": 3, "step": 0.1},
            "do_not_disturb": False,
            "units": [{"unit": "501", "muted": False}, {"unit": "502", "muted": True}],
        }
    )
    assert event.to_wire()["doors"] == state.snapshot()["doors"] == [{"name": "Front door", "language": "en"}]


@pytest.mark.parametrize(("voices", "voice"), [(("azure", "espeak"), "azure"), ((), None)])
def test_a_voice_that_does_not_speak_the_language_gives_way(voices: tuple[str, ...], voice: str | None) -> None:
    settings = parse_settings({"engines": {"voice": "piper"}}).settings
    told = Controls.now(settings, lambda _: voices, Quiet()).to_wire()
    assert told["voice"] == {"value": voice, "options": list(voices)}
    assert_conforms(told, "Controls")


@pytest.mark.parametrize("more", [0, 1])
def test_units_have_a_switch_each_where_they_are_few(more: int) -> None:
    units = tuple(UnitSettings(str(number)) for number in range(MOST_UNITS + more))
    told = Controls(Settings(units=units), VOICES, Quiet()).to_wire()
    assert (told["units"] is None) is bool(more)
    assert_conforms(told, "Controls")


async def test_do_not_disturb_is_switched_for_the_house_and_for_units() -> None:
    async with serving(Behind(store=FakeStore(HOUSE))) as served:
        nobody = await ask(served, "GET", PATH, 200, "DoNotDisturb")
        changes = ({"units": {"502": True}}, {"house": True}, {"house": None, "units": {"502": False, "501": True}})
        answers = [await ask(served, "POST", PATH, 200, "DoNotDisturb", json=change) for change in changes]
    assert [nobody, *answers] == [
        {"house": False, "muted_units": []},
        {"house": False, "muted_units": ["502"]},
        {"house": True, "muted_units": ["502"]},
        {"house": True, "muted_units": ["501"]},
    ]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"house": "on"}, "house"),
        ({"units": ["501"]}, "units"),
        ({"units": {"501": 1}}, "units"),
        ({"units": {"501": True, "601": True}}, "'601'"),
        ({}, "house, or units"),
        ([], "object"),
    ],
)
async def test_what_is_wrong_is_named_and_switches_nothing(wrong: object, named: str) -> None:
    async with serving(Behind(store=FakeStore(HOUSE))) as served:
        code, message = await refused(served, "POST", PATH, 400, json=wrong)
        assert served.behind.quiet.current == Quiet()
    assert (code, named in message) == ("bad_request", True)


async def test_what_would_not_outlast_a_restart_is_refused() -> None:
    quiet = FakeQuiet(problem=BackendUnavailable("the disk is full"))
    async with serving(Behind(store=FakeStore(HOUSE), quiet=quiet)) as served:
        assert await refused(served, "POST", PATH, 503, json={"house": True}) == (
            "backend_unavailable",
            "The disk is full.",
        )
        await ask(served, "POST", PATH, 200, "DoNotDisturb", json={"house": False})  # as it is: nothing to write


async def test_settings_that_count_at_once_need_no_restart() -> None:
    """Others do, and that is told at once, not only when the file is looked at."""
    store = FakeStore({"language": "en"})
    async with serving(Behind(store=store)) as served:
        change = {"language": "pt-BR", "door": {"barge_in_seconds": 0}, "engines": {"voice": "espeak/female"}}
        at_once = await ask(served, "POST", "/api/config", 200, "Configuration", json=change)
        assert not served.state.snapshot()["settings"]["changed"]
        later = await ask(served, "POST", "/api/config", 200, "Configuration", json={"door": {"name": "Yard"}})
        assert served.state.snapshot()["settings"]["changed"]
    assert [at_once["restart_needed"], later["restart_needed"]] == [False, True]
    assert store.settings == {**change, "door": {"barge_in_seconds": 0, "name": "Yard"}}

"""The settings the engine works by while others are stored."""

from __future__ import annotations

from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings, parse_settings
from voice_engine.core.transcript import Language
from voice_engine.servers.machine import SettingsState

RUNNING = parse_settings({"language": "en"}).settings
BOTH = parse_settings({"language": "pt-BR", "door": {"name": "Yard"}}).settings


def test_followers_are_told_what_counts_and_the_rest_waits() -> None:
    told: list[SettingsState] = []
    followed: list[Settings] = []
    in_force = SettingsInForce(RUNNING, lambda _: None, told.append)
    in_force.follow(followed.append)
    in_force.take(RUNNING)
    in_force.take(BOTH)
    in_force.take(BOTH)
    assert [(settings.language, settings.door.name) for settings in followed] == [(Language.PORTUGUESE, "Front door")]
    assert in_force.settings is followed[0]
    assert in_force.waits(BOTH)
    in_force.take(RUNNING)
    assert [state.changed for state in told] == [False, True, True, False]
    assert in_force.settings == RUNNING


def test_who_was_made_of_what_no_longer_holds_is_told_at_once() -> None:
    """Such as a door that took a moment to open."""
    followed: list[Settings] = []
    in_force = SettingsInForce(RUNNING, lambda _: None, lambda _: None)
    in_force.take(BOTH)
    in_force.follow(followed.append, since=RUNNING)
    in_force.follow(followed.append, since=in_force.settings)
    assert followed == [in_force.settings]


def test_what_does_not_fit_beside_what_waits_waits_with_it() -> None:
    """Such as a voice of a backend that the next start brings."""

    def check(settings: Settings) -> None:
        raise SettingsError("engines.voice", f"{settings.engines.voice} is no voice")

    told: list[SettingsState] = []
    in_force = SettingsInForce(RUNNING, check, told.append)
    in_force.follow(lambda _: told.clear())
    in_force.take(BOTH)
    assert in_force.settings is RUNNING
    assert told == [SettingsState(changed=True)]


def test_what_cannot_be_used_is_told_beside_what_waits() -> None:
    told: list[SettingsState] = []
    in_force = SettingsInForce(RUNNING, lambda _: None, told.append)
    in_force.take(BOTH)
    in_force.cannot_use(SettingsError("door.name", "is wrong"))
    in_force.cannot_use(None)
    assert told[1:] == [
        SettingsState(changed=True, problem="door.name: is wrong", problem_code="invalid_settings"),
        SettingsState(changed=True),
    ]

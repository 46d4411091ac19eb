"""Changes to settings as they are written."""

from __future__ import annotations

from typing import Any

import pytest

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import MASK
from voice_engine.core.settings_changes import change_settings

STORED: dict[str, Any] = {
    "language": "en",
    "door": {"name": "Gate", "ring_seconds": 12.0},
    "of_the_future": {"kept": True},
    "asterisk": {"host": "10.0.0.2", "username": "door", "password": "secret-of-asterisk"},
    "backends": [{"name": "groq", "api_key": "gsk_key"}, {"name": "mine", "kind": "openai", "url": "http://10.0.0.3"}],
    "engines": {"stt": ["groq"]},
}


def test_groups_are_merged_and_the_rest_stays() -> None:
    """Unknown keys too; what was given is not changed."""
    changed = change_settings(STORED, {"door": {"ring_seconds": 15}, "units": [{"unit": "501"}]})
    assert changed.raw == {**STORED, "door": {"name": "Gate", "ring_seconds": 15}, "units": [{"unit": "501"}]}
    assert changed.settings.door.ring_seconds == 15.0
    assert STORED["door"]["ring_seconds"] == 12.0


def test_null_puts_the_default_back() -> None:
    changed = change_settings(STORED, {"door": {"ring_seconds": None}, "language": None})
    assert changed.raw["door"] == {"name": "Gate"}
    assert "language" not in changed.raw


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"door": {"ring_seconds": 3}}, "door.ring_seconds"),
        ({"door": {"ring_secs": 20}}, "door.ring_secs"),
        ({"door": []}, "door"),
        ({"doors": {}, "rooms": [1]}, "rooms"),
        ({"units": [{"unit": "1"}, {"unit": "1"}]}, "units[1].unit"),
        ({"http": {"token": MASK + "*"}}, "http.token"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        change_settings(STORED, changes)
    assert caught.value.key == key


@pytest.mark.parametrize("units", [[{}], [None, ""], [{"unit": " ", "residents": []}]])
def test_blank_homes_do_not_empty_the_directory(units: list[Any]) -> None:
    """A form that lost its values; none at all has to be meant."""
    stored = {"units": [{"unit": "501", "phones": ["PJSIP/501"]}]}
    with pytest.raises(SettingsError, match="blank homes") as caught:
        change_settings(stored, {"units": units})
    assert caught.value.key == "units"
    assert change_settings(stored, {"units": []}).settings.units == ()
    assert len(change_settings(stored, {"units": [*units, {"unit": "502"}]}).settings.units) == 1


def test_masked_secrets_stay_as_they_were() -> None:
    """A form sends back what it was shown."""
    changes = {
        "asterisk": {"host": "10.0.0.2", "password": MASK},
        "backends": [{"name": "groq", "api_key": MASK, "model": "whisper-large-v3"}],
    }
    raw = change_settings(STORED, changes).raw
    assert raw["asterisk"] == STORED["asterisk"]
    assert raw["backends"] == [{"name": "groq", "api_key": "gsk_key", "model": "whisper-large-v3"}]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"asterisk": {"host": "evil.example"}}, "asterisk.password"),
        ({"asterisk": {"port": 5039, "password": MASK}}, "asterisk.password"),
        ({"backends": [{"name": "groq", "url": "http://evil.example", "api_key": MASK}]}, "backends[0].api_key"),
        ({"backends": [{"name": "groq", "kind": "openai", "api_key": MASK}]}, "backends[0].api_key"),
        ({"backends": [{"name": "new", "kind": "groq", "api_key": MASK}]}, "backends[0].api_key"),
    ],
)
def test_a_secret_is_never_sent_elsewhere_than_it_was_given_for(changes: dict[str, Any], key: str) -> None:
    """Whoever may change settings could read secrets so."""
    with pytest.raises(SettingsError) as caught:
        change_settings(STORED, changes)
    assert caught.value.key == key
    assert "secret-of-asterisk" not in str(caught.value)


def test_a_secret_given_anew_goes_where_it_is_meant_to() -> None:
    raw = change_settings(STORED, {"asterisk": {"host": "10.0.0.9", "password": "another"}}).raw
    assert raw["asterisk"] == {"host": "10.0.0.9", "username": "door", "password": "another"}

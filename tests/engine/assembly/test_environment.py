"""Settings from the environment."""

from __future__ import annotations

import pytest

from voice_engine.assembly.environment import with_environment
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import parse_settings
from voice_engine.core.settings_machine import LimitSettings

WRITTEN = parse_settings(
    {"limits": {"transcriptions": 2, "syntheses": 3, "language_tasks": 4}, "door": {"name": "Gate"}}
).settings


def test_the_environment_overrides_what_it_names() -> None:
    settings = with_environment(WRITTEN, {"MAX_CONCURRENT_TRANSCRIPTIONS": " 5 "})
    assert settings.limits == LimitSettings(5, 3, 4)
    assert settings.door == WRITTEN.door
    assert with_environment(WRITTEN, {"MAX_CONCURRENT_SYNTHESIS": "0"}).limits == LimitSettings(2, 0, 4)


@pytest.mark.parametrize("environ", [{}, {"MAX_CONCURRENT_SYNTHESIS": "", "MAX_CONCURRENT_TRANSCRIPTIONS": "  "}])
def test_without_it_the_settings_stand(environ: dict[str, str]) -> None:
    assert with_environment(WRITTEN, environ) == WRITTEN


@pytest.mark.parametrize("value", ["many", "-1", "33", "1.5", "٣", "1" * 5000])
def test_nonsense_is_named(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_environment(WRITTEN, {"MAX_CONCURRENT_SYNTHESIS": value})
    assert caught.value.key == "MAX_CONCURRENT_SYNTHESIS"

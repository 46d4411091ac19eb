"""Which settings count from the next call on."""

from __future__ import annotations

from typing import Any

import pytest

from voice_engine.core.settings import Settings, parse_settings
from voice_engine.core.settings_live import taken_over

AT_ONCE: dict[str, Any] = {
    "language": "en",
    "door": {"silence_threshold_seconds": 0.9, "barge_in_seconds": 1},
    "engines": {"voice": "espeak/female"},
}


def settings(raw: dict[str, Any]) -> Settings:
    return parse_settings(raw).settings


def test_what_counts_at_once_is_all_that_is_taken_over() -> None:
    running = settings({"door": {"name": "Gate"}, "units": [{"unit": "501"}]})
    stored = settings({**AT_ONCE, "door": {**AT_ONCE["door"], "name": "Yard", "ring_seconds": 20}, "units": []})
    expected = settings({**AT_ONCE, "door": {**AT_ONCE["door"], "name": "Gate"}, "units": [{"unit": "501"}]})
    assert taken_over(running, stored) == expected


@pytest.mark.parametrize(("languages", "language"), [([], "pt-BR"), (["pt-BR"], "en")])
def test_the_language_waits_where_a_voice_would_speak_the_wrong_one(languages: list[str], language: str) -> None:
    azure = {"name": "azure", "api_key": "k", "region": "brazilsouth", "voice": "pt-BR-X", "languages": languages}
    running = settings({"backends": [azure], "engines": {"tts": ["azure"]}})
    changed = taken_over(running, settings(AT_ONCE))
    assert (changed.language, changed.door.barge_in_seconds) == (language, 1.0)

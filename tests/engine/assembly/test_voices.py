"""Voices to choose from, and the one that was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from voice_engine.assembly.engines import Engines
from voice_engine.backends.tts_espeak import VARIANTS
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import parse_settings
from voice_engine.core.transcript import Language

OWN = ("espeak", *(f"espeak/{variant}" for variant in VARIANTS if variant))
AZURE = {"name": "azure", "api_key": "k", "region": "brazilsouth", "languages": ["pt-BR"]}


def engines(directory: Path, raw: dict[str, Any]) -> Engines:
    return Engines(parse_settings(raw).settings, directory)


async def speaking(made: Engines) -> tuple[str | None, str]:
    """Who serves, and the identity of who would speak now."""
    return made.status().tts.serving, made.synthesizer.identity_for(Language.PORTUGUESE)


def test_those_that_speak_the_language_are_offered_the_usual_one_first(tmp_path: Path) -> None:
    made = engines(tmp_path, {"backends": [AZURE], "engines": {"tts": ["azure"]}})
    assert made.voices(Language.PORTUGUESE) == ("azure", *OWN)
    assert made.voices(Language.ENGLISH) == OWN


async def test_the_chosen_one_is_asked_first_and_the_others_stand_behind_it(tmp_path: Path) -> None:
    raw = {"backends": [AZURE], "engines": {"tts": ["azure"], "voice": "espeak/female"}}
    async with engines(tmp_path, raw) as made:
        chosen = await speaking(made)
        assert made.choose_voice("") is True
        usual = await speaking(made)
        assert made.choose_voice("espeak") is True
        assert made.choose_voice("espeak") is False
        plain = await speaking(made)
        assert [backend.name for backend in made.status().tts.backends] == ["espeak", "azure"]
    assert (chosen[0], usual[0], plain[0]) == ("espeak", "azure", "espeak")
    assert len({chosen[1], usual[1], plain[1]}) == 3


@pytest.mark.parametrize("voice", ["azure", "espeak/femal", "nobody"])
def test_a_voice_that_there_is_not_is_refused_with_those_there_are(tmp_path: Path, voice: str) -> None:
    with pytest.raises(SettingsError) as caught:
        engines(tmp_path, {"engines": {"voice": voice}})
    assert caught.value.key == "engines.voice"
    assert "espeak/female" in str(caught.value)

"""Services known by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_engine.backends.tts_openai import SoundFormat
from voice_engine.backends.web import Endpoint
from voice_engine.core.presets import AZURE_REGION_URLS, PRESETS, Preset


@pytest.mark.parametrize(("name", "preset"), PRESETS.items())
def test_a_preset_can_be_used_as_it_is(name: str, preset: Preset) -> None:
    assert Endpoint(name, preset.base_url).base_url.endswith("/v1")
    assert preset.transcription_model or preset.speech or preset.chat
    assert preset.needs_key == preset.base_url.startswith("https://")
    if preset.speech is not None:
        assert preset.speech.sound_format in set(SoundFormat)


def test_what_the_manual_promises() -> None:
    assert sorted(PRESETS) == ["groq", "llama_cpp", "lm_studio", "ollama", "openai", "speaches", "vllm"]


@pytest.mark.parametrize("url", AZURE_REGION_URLS.values())
def test_regions_have_addresses(url: str) -> None:
    assert "brazilsouth." in Endpoint("azure", url.format(region="brazilsouth")).base_url


def test_openai_answers_without_thinking() -> None:
    """Thinking takes longer than a caller waits, and is what its small model does unless told otherwise."""
    chat = PRESETS["openai"].chat
    assert chat is not None
    assert (chat.model, chat.reasoning_effort) == ("gpt-6-luna", "none")


def test_models_that_end_are_told_in_the_documents() -> None:
    """Whoever leaves ``model`` empty can read what will be used, and for how long."""
    told = (Path(__file__).parents[3] / "docs" / "engines.md").read_text(encoding="utf-8")
    for name in ("openai", "groq"):
        preset = PRESETS[name]
        used = [preset.transcription_model, preset.speech and preset.speech.model, preset.chat and preset.chat.model]
        assert [model for model in used if model and f"`{model}`" not in told] == []

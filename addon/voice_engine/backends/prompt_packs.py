"""The sentence packs that come with the engine."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import yaml

from voice_engine.core.prompts import PromptPack
from voice_engine.core.transcript import Language


def load_pack(language: Language) -> PromptPack:
    """Read the pack of ``language``. Raises: SettingsError, naming pack and key, for whatever could not be said."""
    name = f"prompts/{language}.yaml"
    sentences: Mapping[str, object] = yaml.safe_load(files("voice_engine").joinpath(name).read_text(encoding="utf-8"))
    return PromptPack.from_mapping(name, language, sentences)


def load_packs() -> Mapping[Language, PromptPack]:
    """Read the packs of all languages. Raises: SettingsError."""
    return {language: load_pack(language) for language in Language}

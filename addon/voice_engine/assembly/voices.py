"""Voices there are to choose from: each synthesiser that is set up, and those it has several of."""

from __future__ import annotations

from voice_engine.assembly.catalog import LAST_VOICE, Plan
from voice_engine.backends.tts_espeak import VARIANTS
from voice_engine.core.engine_settings import did_you_mean
from voice_engine.core.engines import EnginePort
from voice_engine.core.errors import SettingsError
from voice_engine.core.transcript import Language


def voices(plan: Plan, language: Language) -> tuple[str, ...]:
    """``backend`` for its usual voice, ``backend/voice`` for another; the one that is usual without a choice first."""
    return tuple(
        f"{entry.name}/{variant}" if variant else entry.name
        for entry in plan[EnginePort.TTS]
        if language in (entry.settings.languages or Language)
        for variant in (VARIANTS if entry.kind == LAST_VOICE else ("",))
    )


def check_voice(plan: Plan, voice: str) -> None:
    """Know the voice; none chosen is no mistake. Raises: SettingsError."""
    known = [known for language in Language for known in voices(plan, language)]
    if voice and voice not in known:
        raise SettingsError("engines.voice", f"{voice} is no voice{did_you_mean(voice, list(dict.fromkeys(known)))}")

"""The engine's recognisers and voices for Home Assistant's voice assistants, over Wyoming."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from voice_engine.assembly.engines import Engines
from voice_engine.core.settings_wyoming import WyomingSettings
from voice_engine.core.transcript import Language, Question
from voice_engine.scribe.scribe import Scribe
from voice_engine.servers.wyoming import Services, WyomingServer
from voice_engine.voice.speaker import Speaker


@asynccontextmanager
async def wyoming_served(
    settings: WyomingSettings,
    engines: Engines,
    scribe: Scribe,
    speaker: Speaker,
    *,
    language: Callable[[], Language],
    version: str,
) -> AsyncIterator[None]:
    """Serve while the context is open, where that is switched on. Raises: SettingsError."""
    if not settings.enabled:
        yield
        return

    def heard() -> tuple[Language, ...]:
        return tuple(known for known in Language if engines.transcriber.speaks(known, Question.DICTATION))

    async with WyomingServer(settings, Services(scribe, speaker, heard, language, version)):
        yield

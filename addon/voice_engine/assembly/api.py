"""What HTTP offers beside the calls: recordings, voice, language model, settings and figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from voice_engine.assembly.engines import Engines
from voice_engine.assembly.microphone import make_microphone
from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.backends.sound_files import SoundFiles
from voice_engine.backends.system_info import read_system_info
from voice_engine.core.sentences import OwnSentences
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Language
from voice_engine.core.voice_activity import ClipJudge
from voice_engine.door.notifier import Notifier
from voice_engine.scribe.scribe import Scribe, TranscriptMemory
from voice_engine.servers.clips import ClipRequests
from voice_engine.servers.configuration import ConfigurationRequests, SettingsStore
from voice_engine.servers.generation import Generation, GenerationRequests
from voice_engine.servers.http import Part
from voice_engine.servers.metrics import Metrics
from voice_engine.servers.microphone import MicrophoneRequests
from voice_engine.servers.notifications import NotificationRequests
from voice_engine.servers.speech import SpeechRequests
from voice_engine.servers.state import EngineState
from voice_engine.servers.system import SystemRequests
from voice_engine.voice.caches import Caches
from voice_engine.voice.capacity import Capacities
from voice_engine.voice.speaker import Speaker


class Api:
    """Made once the engines and the speaker are there; belongs to one event loop."""

    def __init__(
        self,
        in_force: SettingsInForce,
        engines: Engines,
        speaker: Speaker,
        state: EngineState,
        *,
        judge: ClipJudge,
        judging: asyncio.Lock,
        capacities: Capacities,
        caches: Caches,
        notifier: Notifier,
        store: SettingsStore,
        data_directory: Path,
        check: Callable[[Settings], object],
        memory: TranscriptMemory | None,
        overridden: Callable[[Settings], Settings],
    ) -> None:
        """``capacities`` are those the calls have too; ``check``, ``overridden`` are for ``ConfigurationRequests``."""
        self.metrics = Metrics(state, caches.statistics)
        slots = capacities.requests

        def language() -> Language:
            return in_force.settings.language

        scribe = Scribe(SoundFiles(), judge, engines.transcriber, capacities.transcriptions, memory, judging=judging)
        self.scribe = scribe
        generation = Generation(engines.language_model, capacities.language_tasks, lambda: state.active_calls)
        self.microphone = make_microphone(in_force.settings.microphone, scribe, state, data_directory, language)
        """To be run."""
        self.parts: tuple[Part, ...] = (
            ClipRequests(scribe, generation, slots, language, self.microphone),
            MicrophoneRequests(self.microphone),
            SpeechRequests(speaker, slots, language),
            GenerationRequests(generation, slots),
            ConfigurationRequests(store, in_force, check, overridden),
            SystemRequests(read_system_info(state.facts.version)),
            NotificationRequests(notifier, state),
            self.metrics,
        )


def check_settings(settings: Settings, make_engines: Callable[[Settings], object]) -> None:
    """Check what ``parse_settings`` cannot know. Raises: SettingsError."""
    OwnSentences.from_settings(settings)
    make_engines(settings)

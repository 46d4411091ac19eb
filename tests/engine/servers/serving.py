"""A real HTTP server on a free port of 127.0.0.1, and a client that speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp

from tests.engine.fakes import EnergyDetector, FakeLanguageModel, FakeSynthesizer
from tests.engine.scribe.room import FakeRoom, FakeSwitch
from tests.engine.servers.fake_archive import FakeArchive
from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.backends.sound_files import SoundFiles
from voice_engine.backends.system_info import read_system_info
from voice_engine.core.engines import (
    BackendProblem,
    BackendReport,
    BackendState,
    BackendStatus,
    DownloadProgress,
    EnginesStatus,
    PortStatus,
)
from voice_engine.core.errors import BackendError
from voice_engine.core.events import Call, CallEvent, CallEventKind, CallStage, Disposition
from voice_engine.core.inbox import RecordingResult
from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import HttpSettings, Settings, parse_settings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.core.voice_activity import ClipActivity
from voice_engine.door.desk import Desk
from voice_engine.door.notifier import Notifier
from voice_engine.scribe.microphone import Microphone
from voice_engine.scribe.scribe import Scribe, TranscriptMemory
from voice_engine.scribe.segments import Segmenter
from voice_engine.servers.caches import report
from voice_engine.servers.clips import ClipRequests
from voice_engine.servers.configuration import ConfigurationRequests
from voice_engine.servers.figures import Look, Topic
from voice_engine.servers.generation import Generation, GenerationRequests
from voice_engine.servers.http import HttpServer, Part
from voice_engine.servers.inbox import InboxRequests
from voice_engine.servers.machine import MachineReport
from voice_engine.servers.metrics import Metrics
from voice_engine.servers.microphone import MicrophoneRequests
from voice_engine.servers.notifications import NotificationRequests
from voice_engine.servers.quiet import QuietRequests
from voice_engine.servers.speech import SpeechRequests
from voice_engine.servers.state import DoorFacts, EngineFacts, EngineState
from voice_engine.servers.system import SystemRequests
from voice_engine.servers.visits import Visits
from voice_engine.voice.caches import CacheName, Caches
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

TOKEN = "a-token-that-is-long-enough"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
INGRESS_PEER = "127.0.0.2"
"""Plays the Supervisor: Linux has all of 127.0.0.0/8 on its loopback interface."""
AT = "2026-11-20T09:00:00+00:00"
DOORS = (DoorFacts("Front door", Language.PORTUGUESE),)


FAILED = BackendStatus(
    "groq", "groq", BackendState.FAILED, BackendProblem("backend_refused", "groq does not accept the key.")
)
DOWNLOADING = BackendStatus(
    "whisper_cpp", "whisper_cpp", report=BackendReport(DownloadProgress(12_000_000, 60_000_000), restarts=0)
)


class FreeTranscriber:
    """Hears the words it was told in everything, once it may."""

    def __init__(self) -> None:
        self.words = "five oh one"
        self.languages = frozenset(Language)
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked: list[tuple[Utterance, Expectation]] = []
        self.problem: BackendError | None = None

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        """As told."""
        return language in self.languages

    async def prepare(self, expectation: Expectation) -> None:
        """Nothing to do."""

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """As told."""
        self.asked.append((utterance, expectation))
        await self.may_answer.wait()
        if self.problem:
            raise self.problem
        return Transcript(self.words, 0.9, "fake")


class LoudnessJudge:
    """Speech is what is not silent."""

    def activity(self, pcm: bytes) -> ClipActivity:
        """All of it or nothing."""
        loud = any(pcm)
        return ClipActivity(loud, len(pcm) / 32000 * loud, float(loud), -20.0 if loud else -96.0, 1.0)


@dataclass(slots=True)
class FakeStore:
    """Keeps settings in memory."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    problem: Exception | None = None
    """Raised instead of writing."""

    async def read(self) -> Mapping[str, Any]:
        """As written."""
        return self.settings

    async def write(self, settings: Mapping[str, Any]) -> None:
        """All or nothing."""
        if self.problem:
            raise self.problem
        self.settings = settings


@dataclass(slots=True)
class FakeQuiet:
    """Keeps in memory who is not to be disturbed."""

    current: Quiet = field(default_factory=Quiet)
    problem: BackendError | None = None
    """Raised instead of keeping."""

    async def keep(self, quiet: Quiet) -> None:
        """All or nothing."""
        if self.problem:
            raise self.problem
        self.current = quiet


@dataclass(slots=True)
class Behind:
    """What stands behind the paths that work."""

    transcriber: FreeTranscriber = field(default_factory=FreeTranscriber)
    model: FakeLanguageModel | None = field(default_factory=lambda: FakeLanguageModel(0.0))
    synthesizer: FakeSynthesizer = field(default_factory=lambda: FakeSynthesizer(delay_seconds=0.0))
    store: FakeStore = field(default_factory=FakeStore)
    transcriptions: Capacity = field(default_factory=lambda: Capacity(3))
    slots: Capacity = field(default_factory=lambda: Capacity(2))
    notifier: Notifier = field(default_factory=Notifier)
    memory: TranscriptMemory | None = None
    room_language: Language = Language.ENGLISH
    overridden: Callable[[Settings], Settings] = lambda stored: stored
    quiet: FakeQuiet = field(default_factory=FakeQuiet)
    results: tuple[RecordingResult, ...] = ()
    """Of recordings in the watched folder."""
    room: FakeRoom = field(default_factory=FakeRoom)
    switch: FakeSwitch = field(default_factory=FakeSwitch)
    microphone: Microphone = field(init=False)
    """In the room; it does not run by itself."""

    def in_force(self, state: EngineState, settings: Settings) -> SettingsInForce:
        """The settings as they are worked by."""
        return SettingsInForce(settings, lambda _: None, state.set_settings)

    def parts(self, state: EngineState, speaker: Speaker, settings: Settings) -> tuple[Part, ...]:
        """All paths, as the engine serves them."""
        scribe = Scribe(SoundFiles(), LoudnessJudge(), self.transcriber, self.transcriptions, self.memory)
        generation = Generation(self.model, Capacity(1), lambda: state.active_calls)
        metrics = Metrics(state, lambda: {CacheName.SPEECH: speaker.cache_statistics})
        segmenter = Segmenter(EnergyDetector(), 0.8, 15.0)
        self.microphone = Microphone(
            self.room, segmenter, scribe, lambda: self.room_language, keeper=self.switch, audience=state
        )
        return (
            ClipRequests(scribe, generation, self.slots, lambda: Language.ENGLISH, self.microphone),
            MicrophoneRequests(self.microphone),
            SpeechRequests(speaker, self.slots, lambda: Language.ENGLISH),
            GenerationRequests(generation, self.slots),
            ConfigurationRequests(self.store, self.in_force(state, settings), lambda _: None, self.overridden),
            QuietRequests(self.quiet, tuple(entry.unit for entry in settings.units), lambda: None),
            SystemRequests(read_system_info("0.1.0")),
            NotificationRequests(self.notifier, state),
            metrics,
            InboxRequests(lambda: state.inbox, lambda: self.results),
        )


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    server: HttpServer
    state: EngineState
    archive: FakeArchive
    desk: Desk
    caches: Caches
    visits: Visits
    client: aiohttp.ClientSession
    """Sends the token with each request; its base URL is the server's."""
    behind: Behind

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.port}"


@asynccontextmanager
async def serving(
    behind: Behind | None = None, machine: Callable[[], MachineReport] = MachineReport
) -> AsyncIterator[Served]:
    """Run a server for as long as the context lasts."""
    behind = behind or Behind()
    engines = EnginesStatus(stt=PortStatus("whisper_cpp", (FAILED, DOWNLOADING)))
    facts = EngineFacts("0.1.0", "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041", AT)
    caches, visits = Caches(), Visits(transcripts=True)
    figures: dict[Topic, Look] = {Topic.CACHES: partial(report, caches), Topic.VISITS: visits.to_wire}
    state = EngineState(facts, DOORS, lambda: engines, machine, figures)
    caches.follow(partial(state.tell_figures, Topic.CACHES))
    visits.follow(partial(state.tell_figures, Topic.VISITS))
    desk = Desk()
    archive = FakeArchive()
    settings = HttpSettings(host="127.0.0.1", port=0)
    running = behind.overridden(parse_settings(behind.store.settings).settings)
    async with (
        Speaker(behind.synthesizer, Capacity(1)) as speaker,
        HttpServer(
            settings,
            TOKEN,
            state,
            desk=desk,
            archive=archive,
            caches=caches,
            parts=behind.parts(state, speaker, running),
            ingress_peer=INGRESS_PEER,
        ) as server,
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers=AUTHORIZATION) as client,
    ):
        yield Served(server, state, archive, desk, caches, visits, client, behind)


def call_event(kind: CallEventKind, number: int = 1) -> CallEvent:
    """Something that happens to the call of that number."""
    ended = kind is CallEventKind.ENDED
    call = Call(
        call_id=f"1c7c2f70-6d0c-4e0a-8f0e-{number:012}",
        door="Front door",
        started_at=AT,
        stage=CallStage.ENDED if ended else CallStage.RINGING,
        unit="501",
        disposition=Disposition.DENIED if ended else None,
        ended_at=AT if ended else None,
    )
    return CallEvent(kind, AT, call)

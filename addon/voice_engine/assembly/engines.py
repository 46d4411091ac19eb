"""The engines of the app: every backend the settings name, made, pooled by port, and closed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from voice_engine.assembly.catalog import LAST_VOICE, Entry, make_plan
from voice_engine.assembly.local_backends import LocalWhisper, Models, model_at_url
from voice_engine.assembly.network_backends import MAKERS, Network, make_by_openai
from voice_engine.assembly.voices import check_voice, voices
from voice_engine.backends.stt_pocketsphinx import PocketsphinxTranscriber
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.engine_settings import Strategy
from voice_engine.core.engines import EnginePort, EnginesStatus
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Language
from voice_engine.voice.pool import LanguageModelPool, Member, SynthesizerPool, Terms, TranscriberPool

STT_SECONDS = 8.5
"""A line waits ten seconds for words, and some of them may pass before there is a place."""
TTS_SECONDS = 8.0
"""Two seconds before a caller thinks the line is dead would be better: what is said often is there already."""
LLM_SECONDS = 2.5
"""What the interpreter gives all models together."""


class Engines:
    """An async context manager, used once: inside it the pools take requests."""

    transcriber: TranscriberPool
    synthesizer: SynthesizerPool
    language_model: LanguageModelPool | None
    """None: rules alone understand."""

    def __init__(self, settings: Settings, data_directory: Path) -> None:
        """Raises: SettingsError when the settings ask for what there is not."""
        self._settings = settings
        self._models = Models(data_directory, self._tell)
        self._plan = make_plan(settings, whisper=self._models.is_there(settings))
        for entry in self._plan[EnginePort.STT]:
            self._models.check(entry)
        for entry in self._plan[EnginePort.LLM]:
            model_at_url(entry)
        check_voice(self._plan, settings.engines.voice)
        self._voice = ""
        self._stack = AsyncExitStack()
        self._on_change: Callable[[], None] = lambda: None
        self._entered = False
        self._whispers: list[LocalWhisper] = []

    def follow(self, on_change: Callable[[], None]) -> None:
        """Have ``on_change`` called, which must return at once, whenever ``status`` has changed in earnest."""
        self._on_change = on_change

    def voices(self, language: Language) -> tuple[str, ...]:
        """Those that ``choose_voice`` takes and that speak ``language``, the usual one first."""
        return voices(self._plan, language)

    def check_voice(self, voice: str) -> None:
        """Raises: SettingsError for a voice that there is not among the backends that were made."""
        check_voice(self._plan, voice)

    def choose_voice(self, voice: str) -> bool:
        """Have ``voice`` speak first from the next sentence on; empty: the usual one. Gives whether it is another."""
        if voice == self._voice:
            return False
        self._voice = voice
        chosen, _, variant = voice.partition("/")
        for entry in self._plan[EnginePort.TTS]:
            if entry.kind == LAST_VOICE:
                self.synthesizer.replace(entry.name, EspeakSynthesizer(variant if entry.name == chosen else ""))
        self.synthesizer.prefer(chosen)
        return True

    def be_frugal(self, frugal: bool) -> None:
        """Whether recognisers that can look at less sound around the words do so."""
        for whisper in self._whispers:
            whisper.be_frugal(frugal)

    def status(self) -> EnginesStatus:
        """How all backends are now."""
        if not self._entered:
            return EnginesStatus()
        llm = {"llm": self.language_model.status} if self.language_model else {}
        return EnginesStatus(stt=self.transcriber.status, tts=self.synthesizer.status, **llm)

    async def __aenter__(self) -> Self:
        """Make the backends; they are made ready later, by ``prepare`` of the pools. Raises: SettingsError."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
            network = Network(session, self._settings.language)
            stt, tts, llm = [await self._members(port, network, stack) for port in EnginePort]
            terms = self._terms
            self.transcriber = await stack.enter_async_context(TranscriberPool(stt, terms(STT_SECONDS), self._tell))
            self.synthesizer = await stack.enter_async_context(SynthesizerPool(tts, terms(TTS_SECONDS), self._tell))
            self.language_model = None
            if llm:
                pool = LanguageModelPool(llm, terms(LLM_SECONDS), self._tell)
                self.language_model = await stack.enter_async_context(pool)
            self.choose_voice(self._settings.engines.voice)
            self._stack = stack.pop_all()
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close all of them."""
        await self._stack.__aexit__(kind, error, traceback)

    def _terms(self, budget_seconds: float) -> Terms:
        engines = self._settings.engines
        return Terms(budget_seconds, engines.strategy is Strategy.ROUND_ROBIN, engines.hedge_after_seconds)

    def _tell(self) -> None:
        if self._entered:
            self._on_change()

    async def _members(self, port: EnginePort, network: Network, stack: AsyncExitStack) -> Sequence[Member[Any]]:
        return [
            Member(
                entry.name,
                entry.kind,
                await self._made(port, entry, network, stack),
                frozenset(entry.settings.languages or Language),
            )
            for entry in self._plan[port]
        ]

    async def _made(self, port: EnginePort, entry: Entry, network: Network, stack: AsyncExitStack) -> Any:
        if entry.kind == "pocketsphinx":
            return PocketsphinxTranscriber()
        if entry.kind == "espeak":
            return EspeakSynthesizer()
        if entry.kind == "whisper_cpp":
            whisper = await stack.enter_async_context(self._models.whisper(entry))
            self._whispers.append(whisper)
            return whisper
        if entry.kind == "llama_cpp" and not entry.settings.url:
            return await stack.enter_async_context(self._models.llama(entry))
        make = MAKERS.get((entry.kind, port))
        return make(entry, network) if make else make_by_openai(port, entry, network)

"""Speaks sentences on a leg: from memory or disk where they were spoken before, else made once for all who ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from voice_engine.core.cache import Cache, CacheStatistics
from voice_engine.core.sound_name import normal_text, sound_name
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity, Priority
from voice_engine.voice.ports import Leg, Playout, SoundKeeper, Speech, StreamingSynthesizer, Synthesizer, VoiceChoice
from voice_engine.voice.shelf import Shelf
from voice_engine.voice.synthesis import PREBUFFER_BYTES, GrowingPlayout, Synthesis

CACHE_BYTES = 16_000_000
"""A thousand seconds of speech: every fixed sentence, and the units and names of a few hundred homes."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence on its way to a party."""

    playout: Playout
    synthesis_seconds: float
    """How long its beginning took to be there, waiting for its turn included."""
    cached: bool
    """Whether it was there already."""
    backend: str = ""
    """The name of the synthesizer that spoke it now, where there is a choice of several."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What is to be said, and who would say it now."""

    text: str
    """Normalised."""
    language: Language
    identity: str

    @property
    def name(self) -> str:
        """What its sound is remembered under."""
        return self.name_by(self.identity)

    def name_by(self, identity: str) -> str:
        """What its sound is remembered under where another has said it."""
        return sound_name(identity, self.language, self.text)


class Speaker:
    """The mouth of all legs; use it as an async context manager, which ends unfinished syntheses when left."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        capacity: Capacity,
        cache_bytes: int = CACHE_BYTES,
        keeper: SoundKeeper | None = None,
    ) -> None:
        """``keeper``: where sounds outlast a restart; None: nowhere."""
        self._synthesizer = synthesizer
        self._capacity = capacity
        self._cache: Cache[str, bytes] = Cache(cache_bytes, time.time, len)
        self._cache_bytes = cache_bytes
        self._shelf = Shelf(keeper)
        self._pinned: set[tuple[Language, str]] = set()
        """Sentences that are kept whoever speaks them."""
        self._under_way: dict[_Sentence, Synthesis] = {}
        self._tasks = asyncio.TaskGroup()
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Be ready to speak."""
        await self._tasks.__aenter__()
        self._writing = self._tasks.create_task(self._shelf.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End what is under way."""
        for synthesis in self._under_way.values():
            synthesis.stop()
        if self._writing is not None:
            self._writing.cancel()
        # Nothing of what broke the context is the tasks' doing: it goes on as it is, not as a group.
        await self._tasks.__aexit__(None, None, None)
        await self._shelf.finish()

    @property
    def cache_statistics(self) -> CacheStatistics:
        """How many sentences were there already."""
        return self._cache.statistics

    @property
    def shelf(self) -> Shelf:
        """What outlasts a restart."""
        return self._shelf

    def clear_cache(self) -> CacheStatistics:
        """Forget what is in memory; gives what was held. What is being said goes on."""
        return self._cache.clear()

    def shrink_cache(self, share: float) -> int:
        """Let the least recently used go until ``share`` of the memory for speech is taken; gives the bytes freed."""
        return self._cache.shrink(round(self._cache_bytes * share))

    @property
    def filled(self) -> float:
        """How much of the memory for speech is taken, from 0 to 1."""
        return self._cache.statistics.size_bytes / self._cache_bytes

    async def say(self, leg: Leg, text: str, language: Language) -> Spoken:
        """Queue ``text`` on ``leg``; returns once its beginning is queued, not when it has been heard.

        Wait for the playout to be ``finished``: the sound that is still being made is played by that.
        Raises: BackendError, and so does ``finished``.
        """
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        sentence = self._sentence(text, language)
        pcm = self._cache.get(sentence.name)
        if pcm is not None:
            return Spoken(leg.play(pcm), loop.time() - asked_at, cached=True)
        synthesis = self._joined(sentence)
        growing = False
        try:
            await synthesis.has(PREBUFFER_BYTES)
            growing = not synthesis.over
            playout = GrowingPlayout(leg, synthesis) if growing else leg.play(await synthesis.whole())
        finally:
            if not growing:
                synthesis.leave()
        return Spoken(playout, loop.time() - asked_at, synthesis.kept, synthesis.backend)

    async def prepare(self, texts: Iterable[str], language: Language, *, pinned: bool = False) -> None:
        """Synthesise sentences ahead, one by one, so that calls that come meanwhile are not kept waiting.

        ``pinned`` ones are kept until they are cleared. Raises: BackendError.
        """
        for text in texts:
            sentence = self._sentence(text, language)
            if pinned:
                self._pinned.add((language, sentence.text))
            pcm = self._cache.get(sentence.name)
            if pcm is None:
                synthesis = self._joined(sentence)
                try:
                    await synthesis.whole()
                finally:
                    synthesis.leave()
            elif pinned:
                self._cache.put(sentence.name, pcm, pinned=True)
                await self._shelf.load(sentence.name, pinned=True)

    async def sound(self, text: str, language: Language) -> bytes:
        """Speak ``text`` for nobody at the door: 16-bit mono PCM at 8 kHz; calls go first. Raises: BackendError."""
        sentence = self._sentence(text, language)
        pcm = self._cache.get(sentence.name)
        if pcm is not None:
            return pcm
        synthesis = self._joined(sentence, Priority.REQUEST)
        try:
            return await synthesis.whole()
        finally:
            synthesis.leave()

    def _sentence(self, text: str, language: Language) -> _Sentence:
        synthesizer = self._synthesizer
        if isinstance(synthesizer, VoiceChoice):
            return _Sentence(normal_text(text), language, synthesizer.identity_for(language))
        return _Sentence(normal_text(text), language, synthesizer.identity)

    def _joined(self, sentence: _Sentence, priority: Priority = Priority.CALL) -> Synthesis:
        """The synthesis of a sentence that is under way, else a new one."""
        synthesis = self._under_way.get(sentence)
        if synthesis is None or synthesis.over:
            synthesis = Synthesis(self._tasks, self._pieces(sentence, priority), partial(self._keep, sentence))
            self._under_way[sentence] = synthesis
        synthesis.join()
        return synthesis

    def _keep(self, sentence: _Sentence, synthesis: Synthesis) -> None:
        if self._under_way.get(sentence) is synthesis:
            del self._under_way[sentence]
        if synthesis.complete:
            # Under the name of the voice it has, which need not be the one that was to speak.
            name, pcm = sentence.name_by(synthesis.identity), bytes(synthesis.pcm)
            pinned = self._is_pinned(sentence)
            self._cache.put(name, pcm, pinned=pinned)
            if not synthesis.kept:
                self._shelf.keep(name, pcm, pinned=pinned)

    def _is_pinned(self, sentence: _Sentence) -> bool:
        return (sentence.language, sentence.text) in self._pinned

    async def _pieces(self, sentence: _Sentence, priority: Priority) -> AsyncGenerator[Speech]:
        """The sound as it comes: all at once from the disk, or a synthesizer that cannot do otherwise."""
        kept = await self._shelf.load(sentence.name, pinned=self._is_pinned(sentence))
        if kept is not None:
            yield Speech(kept, sentence.identity, kept=True)
            return
        synthesizer, text, language = self._synthesizer, sentence.text, sentence.language
        async with self._capacity.lease(priority):
            if isinstance(synthesizer, VoiceChoice):
                async with aclosing(synthesizer.speak(text, language)) as choice:
                    async for speech in choice:
                        yield speech
            elif isinstance(synthesizer, StreamingSynthesizer):
                async with aclosing(synthesizer.stream(text, language)) as pieces:
                    async for piece in pieces:
                        yield Speech(piece, sentence.identity)
            else:
                yield Speech(await synthesizer.synthesize(text, language), sentence.identity)

"""Several recognisers as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from voice_engine.core.errors import BackendError, BackendTimeout
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.pool.member import Member
from voice_engine.voice.pool.pool import Need, Pool, share, within
from voice_engine.voice.ports import (
    FollowedTranscriber,
    InterimListener,
    StreamingTranscriber,
    Transcriber,
    TranscriptStream,
)

FEEDING_SECONDS = 2.0
"""A server takes sound as fast as it is spoken; one that does not serves no call."""

DICTATION_SECONDS = 60.0
"""For a piece of a recording, of 15 s at most: nobody stands at the door, and a small machine may hear four times as
slowly as people speak."""


class TranscriberPool(Pool[Transcriber]):
    """A ``StreamingTranscriber`` and ``FollowedTranscriber``; each transcript tells who made it."""

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        """Whether one of them does."""
        return any(self._fits(member, Expectation(question, language)) for member in self.members)

    async def prepare(self, expectation: Expectation) -> None:
        """Make all of them ready that understand such answers. Raises: BackendError when none is."""
        await self.warm(lambda transcriber: transcriber.prepare(expectation), expectation)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe by the first that works; that it understood nothing is an answer too. Raises: BackendError."""

        def work(transcriber: Transcriber) -> Awaitable[Transcript]:
            return transcriber.transcribe(utterance, expectation)

        if expectation.question is Question.DICTATION:
            # Who is too slow for a long piece is not left out of calls for that.
            forgiven = (BackendTimeout,)
            answer = await self.ask(work, expectation, budget_seconds=DICTATION_SECONDS, forgiven=forgiven)
        else:
            answer = await self.ask(work, expectation)
        return replace(answer.result, backend=answer.member.name)

    async def follow(self, utterance: Utterance, expectation: Expectation, on_interim: InterimListener) -> Transcript:
        """Transcribe as ``transcribe`` does, telling the words so far of those that can be followed."""

        async def work(transcriber: Transcriber) -> Transcript:
            if isinstance(transcriber, FollowedTranscriber):
                return await transcriber.follow(utterance, expectation, on_interim)
            return await transcriber.transcribe(utterance, expectation)

        answer = await self.ask(work, expectation)
        return replace(answer.result, backend=answer.member.name)

    def open(
        self, expectation: Expectation, on_interim: InterimListener
    ) -> AbstractAsyncContextManager[TranscriptStream] | None:
        """Begin an utterance with the one that would be asked first. None: it hears whole utterances only."""
        candidates = self.candidates(expectation)
        if not candidates or not isinstance((first := candidates[0]).backend, StreamingTranscriber):
            return None
        opened = first.backend.open(expectation, on_interim)
        return None if opened is None else self._opened(first, opened, candidates[1:])

    @asynccontextmanager
    async def _opened(
        self,
        member: Member[Transcriber],
        opened: AbstractAsyncContextManager[TranscriptStream],
        others: Sequence[Member[Transcriber]],
    ) -> AsyncIterator[TranscriptStream]:
        self._begun += 1
        member.trials += 1
        try:
            async with opened as stream:
                yield _PooledStream(self, member, stream, share(self._terms.budget_seconds, others))
        except BackendError as error:
            self._take_failure(member, error, [])
            raise
        finally:
            member.ended()

    def _fits(self, member: Member[Transcriber], need: Need) -> bool:
        if not super()._fits(member, need):
            return False
        if isinstance(need, Expectation):
            return member.backend.speaks(need.language, need.question)
        return member.backend.speaks(need)


class _PooledStream:
    """A ``TranscriptStream`` within the pool's time."""

    def __init__(
        self, pool: TranscriberPool, member: Member[Transcriber], stream: TranscriptStream, seconds: float
    ) -> None:
        """``seconds`` is how long its words may take."""
        self._pool = pool
        self._member = member
        self._stream = stream
        self._seconds = seconds

    async def feed(self, pcm: bytes) -> None:
        """Send the next sound. Raises: BackendError."""
        await within(FEEDING_SECONDS, self._stream.feed(pcm))

    async def finish(self) -> Transcript:
        """Wait for the words. Raises: BackendError."""
        clock = asyncio.get_running_loop().time
        began = clock()
        transcript = await within(self._seconds, self._stream.finish())
        self._pool.take_answer(self._member, clock() - began)
        return replace(transcript, backend=self._member.name)

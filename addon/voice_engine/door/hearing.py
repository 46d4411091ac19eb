"""What a party said, in words: transcribed ahead where there is room, asked for when they have finished.

Recognisers that work while the caller speaks are handed the sound from the first word on; others are asked in a pause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Expectation, Transcript, Utterance
from voice_engine.core.understanding import MINIMUM_CONFIDENCE
from voice_engine.door.following import Following
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.ports import FollowedTranscriber, InterimListener, StreamingTranscriber, Transcriber

type WordsListener = Callable[[Transcript], None]
"""Told what was said before a silence, of which nothing may be made but how long the silence must be."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A transcription that may turn out to be needless; no transcript: it failed, or there was no room for it."""

    pcm: bytes
    expectation: Expectation
    task: asyncio.Task[Transcript | None]


class Hearing:
    """The transcriptions of one line, at most one ahead; of those that are dropped nobody ever hears."""

    def __init__(self, transcriber: Transcriber, capacity: Capacity) -> None:
        self._transcriber = transcriber
        self._capacity = capacity
        self._ahead: _Ahead | None = None
        self._following: Following | None = None

    def follow(self, group: asyncio.TaskGroup, expectation: Expectation) -> Callable[[bytes], None] | None:
        """Begin to transcribe speech that has just started; what is returned takes its sound, piece by piece.

        None: the recogniser that would be asked hears whole utterances only, or no place is to spare.
        """
        self.drop()
        if not isinstance(self._transcriber, StreamingTranscriber) or not self._capacity.free:
            return None
        following = Following(expectation)
        opened = self._transcriber.open(expectation, following.hear)
        if opened is None:
            return None
        self._following = following
        following.begin(group, opened, self._capacity)
        return following.feed

    def begin(
        self, group: asyncio.TaskGroup, utterance: Utterance, expectation: Expectation, on_words: WordsListener
    ) -> None:
        """Find the words before a pause in ``group``, if a place is to spare; they are told while they still count."""
        if self._following is not None and self._following.is_alive:
            self._following.tell(lambda words: on_words(_interim(words)))
            return
        self.drop()
        task = group.create_task(self._transcribe_ahead(utterance, expectation, on_words))
        self._ahead = _Ahead(utterance.pcm, expectation, task)

    def resume(self) -> None:
        """The party goes on: what was begun for the pause is needless, what follows them goes on."""
        if self._following is not None:
            self._following.be_silent()
        self._drop_ahead()

    def drop(self) -> None:
        """What was begun is needless: what the party said does not count any more."""
        following, self._following = self._following, None
        if following is not None:
            following.stop()
        self._drop_ahead()

    async def transcript(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """The words of a whole utterance: those found ahead, if they are of the same sound. Raises: BackendError."""
        found = await self._followed(utterance, expectation) or await self._found_ahead(utterance, expectation)
        if found is not None:
            return found
        async with self._capacity.lease():
            return await self._transcriber.transcribe(utterance, expectation)

    async def _followed(self, utterance: Utterance, expectation: Expectation) -> Transcript | None:
        following, self._following = self._following, None
        if following is None:
            return None
        if following.expectation != expectation:
            following.stop()
            return None
        self._capacity.keep(following.stop)
        return await following.words(utterance.pcm)

    async def _found_ahead(self, utterance: Utterance, expectation: Expectation) -> Transcript | None:
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return None
        if (ahead.pcm, ahead.expectation) == (utterance.pcm, expectation):
            self._capacity.keep(self._drop_ahead)
            found = await ahead.task
            if found is not None:
                return found
        ahead.task.cancel()
        return None

    def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.task.cancel()

    async def _transcribe_ahead(
        self, utterance: Utterance, expectation: Expectation, on_words: WordsListener
    ) -> Transcript | None:
        def tell(transcript: Transcript) -> None:
            if self._ahead is not None and self._ahead.pcm is utterance.pcm:
                on_words(transcript)

        async with self._capacity.borrowed(self._drop_ahead) as borrowed:
            if not borrowed:
                return None
            try:
                transcript = await self._transcribe(utterance, expectation, lambda words: tell(_interim(words)))
            except BackendError:
                return None  # not told: if the words are wanted after all, they are tried for anew
        tell(transcript)
        return transcript

    async def _transcribe(
        self, utterance: Utterance, expectation: Expectation, on_interim: InterimListener
    ) -> Transcript:
        if isinstance(self._transcriber, FollowedTranscriber):
            return await self._transcriber.follow(utterance, expectation, on_interim)
        return await self._transcriber.transcribe(utterance, expectation)


def _interim(words: str) -> Transcript:
    # How sure they are is known when they are final; of these nothing is made that doubt would forbid.
    return Transcript(words, MINIMUM_CONFIDENCE)

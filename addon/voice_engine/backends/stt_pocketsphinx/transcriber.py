"""The transcriber: two searches of one utterance, and a verdict."""

from __future__ import annotations

import asyncio
import logging

import numpy as np

from voice_engine.backends.child import Program, run_child
from voice_engine.backends.stt_pocketsphinx.evidence import Evidence, Recognition
from voice_engine.backends.stt_pocketsphinx.searches import Search, Searches
from voice_engine.core.audio import SAMPLE_RATE, resample
from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance

_LOGGER = logging.getLogger(__name__)

POCKETSPHINX = Program("pocketsphinx", "pocketsphinx")
MODEL_RATE = 16000
TIMEOUT_SECONDS = 8.0
"""A long utterance takes half a second on a small PC; whoever waits longer than this is better asked again."""
WARMING_SECONDS = 0.2
"""Of silence: enough for every part of the recogniser to be used once."""
MIN_CONFIDENCE = 0.5
NO_MATCH_STATUS = 255
"""Where no sentence of the grammar fits at all; with words on its standard error it means a failure."""
DITHER_DBFS = -70.0
"""Noise too faint to be heard: digital silence has no logarithm, and silence that cannot be matched ends the search."""
OPTIONS = (
    "-bestpath", "no",  # the second pass would end sentences anywhere, and takes seconds over free sounds
    "-loglevel", "ERROR",
)  # fmt: skip
WORD_PENALTY = {
    Question.ANSWER: "0.1",
    Question.UNIT: "1e-15",
    Question.CONFIRMATION: "1e-15",
    Question.INTENT: "1e-15",
}
"""Against more words than were said. Where units have three digits or four, ``zero oh two`` is often heard for ``zero
two``; among answers it would favour ``yes let him in`` over ``yes but who is it``."""


class PocketsphinxTranscriber:
    """A ``Transcriber`` for English."""

    def __init__(self) -> None:
        self._searches: Searches | None = None
        self._preparing = asyncio.Lock()

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        """Whether it is English, and the answers can be listed: names of visitors cannot, nor can free speech."""
        return language is Language.ENGLISH and question not in (Question.NAME, Question.DICTATION)

    async def prepare(self, expectation: Expectation) -> None:
        """Look up the words of ``expectation`` and recognise silence once, for the model to be read from disk.

        Raises: BackendError.
        """
        await self.transcribe(Utterance(bytes(round(WARMING_SECONDS * SAMPLE_RATE) * 2), 0.0, 0.0), expectation)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance; what is not surely a sentence of ``expectation`` is empty. Raises: BackendError."""
        if not self.speaks(expectation.language, expectation.question):
            return Transcript("", 0.0)
        async with self._preparing:
            free, expected = await asyncio.to_thread(self._prepare, expectation)
        sound = await asyncio.to_thread(_wide_band, utterance.pcm, utterance.sample_rate)
        penalty = WORD_PENALTY[expectation.question]
        try:
            async with asyncio.TaskGroup() as tasks:
                by_sounds = tasks.create_task(_recognise(sound, free))
                by_grammar = tasks.create_task(_recognise(sound, expected, "-lw", "1", "-wip", penalty))
        except* BackendError as errors:
            raise errors.exceptions[0] from None
        evidence = Evidence(by_grammar.result(), by_sounds.result(), expected.sounds)
        confidence = evidence.confidence(expectation.question)
        return Transcript(by_grammar.result().text if confidence >= MIN_CONFIDENCE else "", confidence)

    def _prepare(self, expectation: Expectation) -> tuple[Search, Search]:
        if self._searches is None:
            self._searches = Searches()
        return self._searches.free, self._searches.expected(expectation)


async def _recognise(sound: bytes, search: Search, *options: str) -> Recognition:
    arguments = [*OPTIONS, *options, "-jsgf", str(search.grammar), "-dict", str(search.dictionary), "single", "-"]
    completed = await run_child(POCKETSPHINX, arguments, sound, TIMEOUT_SECONDS, low_priority=True)
    if completed.status == NO_MATCH_STATUS and not completed.last_words:
        return Recognition()
    return Recognition.parse(completed.succeeded())


def _wide_band(pcm: bytes, sample_rate: int) -> bytes:
    """Bring sound to the model's rate, never quite silent. Blocks for 1 ms a second of sound."""
    samples = np.frombuffer(resample(pcm, sample_rate, MODEL_RATE), "<i2").astype(np.float32)
    dither = np.random.default_rng(0).standard_normal(samples.size, np.float32) * (32768 * 10 ** (DITHER_DBFS / 20))
    return np.clip(np.rint(samples + dither), -32768, 32767).astype("<i2").tobytes()

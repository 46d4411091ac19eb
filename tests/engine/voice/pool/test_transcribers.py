"""Recordings in the pool of recognisers: they have more time than calls, and spoil nothing for those."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.fakes import FakeTranscriber
from voice_engine.core.engines import BackendState
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.pool import Member, Terms, TranscriberPool
from voice_engine.voice.pool.transcribers import DICTATION_SECONDS

pytestmark = pytest.mark.virtual_time

DICTATION = Expectation(Question.DICTATION, Language.ENGLISH)
ANSWER = Expectation(Question.ANSWER, Language.ENGLISH)
PIECE = Utterance(bytes(480_000), 15.0, 0.0, 16000)


class SlowTranscriber(FakeTranscriber):
    """Takes as long as it is told."""

    seconds = 30.0

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        await asyncio.sleep(self.seconds)
        return Transcript("five oh one", 0.9)


async def test_a_recording_may_take_longer_than_a_turn() -> None:
    slow = SlowTranscriber()
    async with TranscriberPool([Member("slow", "fake", slow)], Terms(8.0), lambda: None) as pool:
        assert (await pool.transcribe(PIECE, DICTATION)).text == "five oh one"
        with pytest.raises(BackendUnavailable):
            await pool.transcribe(PIECE, ANSWER)


async def test_who_is_too_slow_for_recordings_still_serves_calls() -> None:
    slow = SlowTranscriber()
    async with TranscriberPool([Member("slow", "fake", slow)], Terms(8.0), lambda: None) as pool:
        slow.seconds = DICTATION_SECONDS * 2
        for _ in range(5):
            with pytest.raises(BackendUnavailable):
                await pool.transcribe(PIECE, DICTATION)
        assert pool.status.backends[0].state is not BackendState.FAILED
        slow.seconds = 1.0
        assert (await pool.transcribe(PIECE, ANSWER)).text == "five oh one"

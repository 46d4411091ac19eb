"""Transcriptions begun ahead, and what becomes of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.fakes import FakeTranscriber, audible
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.door.hearing import Hearing
from voice_engine.voice.capacity import Capacity

pytestmark = pytest.mark.virtual_time

ANSWER = Expectation(Question.ANSWER, Language.ENGLISH)
YES = Utterance(audible("yes"), 0.2, 1000.0)
YES_BUT = Utterance(audible("yes but not now"), 0.9, 1001.0)


async def test_words_found_ahead_are_told_and_serve_the_same_sound() -> None:
    transcriber = FakeTranscriber()
    hearing = Hearing(transcriber, Capacity(1))
    told: list[Transcript] = []
    async with asyncio.TaskGroup() as group:
        hearing.begin(group, YES, ANSWER, told.append)
        await asyncio.sleep(0.2)
        transcript = await hearing.transcript(YES, ANSWER)

    assert told == [transcript]
    assert transcript.text == "yes"
    assert len(transcriber.asked) == 1


@pytest.mark.parametrize("seconds", [0.05, 0.2])
async def test_words_found_ahead_never_serve_another_sound(seconds: float) -> None:
    """Whether they are there already or not."""
    hearing = Hearing(FakeTranscriber(), Capacity(2))
    async with asyncio.TaskGroup() as group:
        hearing.begin(group, YES, ANSWER, lambda _: None)
        await asyncio.sleep(seconds)
        assert (await hearing.transcript(YES_BUT, ANSWER)).text == "yes but not now"


async def test_words_found_ahead_never_serve_another_question() -> None:
    transcriber = FakeTranscriber()
    hearing = Hearing(transcriber, Capacity(2))
    unit = Expectation(Question.UNIT, Language.ENGLISH)
    async with asyncio.TaskGroup() as group:
        hearing.begin(group, YES, ANSWER, lambda _: None)
        await asyncio.sleep(0.2)
        await hearing.transcript(YES, unit)

    assert transcriber.asked == [ANSWER, unit]


async def test_what_was_dropped_is_told_to_nobody() -> None:
    transcriber = FakeTranscriber()
    hearing = Hearing(transcriber, Capacity(1))
    told: list[Transcript] = []
    async with asyncio.TaskGroup() as group:
        hearing.begin(group, YES, ANSWER, told.append)
        await asyncio.sleep(0.05)
        hearing.drop()

    assert told == []
    assert transcriber.cancelled == 1


async def test_an_ended_turn_is_not_robbed_of_its_place() -> None:
    """Borrowed at first, its place is its own from the end of the utterance on."""
    transcriber = FakeTranscriber(delay_seconds=1.0)
    capacity = Capacity(1)
    hearing, other = Hearing(transcriber, capacity), Hearing(transcriber, capacity)
    async with asyncio.TaskGroup() as group:
        hearing.begin(group, YES, ANSWER, lambda _: None)
        await asyncio.sleep(0.5)
        first = group.create_task(hearing.transcript(YES, ANSWER))
        await asyncio.sleep(0.1)
        second = group.create_task(other.transcript(YES_BUT, ANSWER))

    assert (first.result().text, second.result().text) == ("yes", "yes but not now")
    assert transcriber.cancelled == 0
    assert capacity.running == 0


async def test_of_two_only_the_one_that_may_be_needless_gives_way() -> None:
    transcriber = FakeTranscriber(delay_seconds=1.0)
    capacity = Capacity(2)
    needless, ended, wanting = (Hearing(transcriber, capacity) for _ in range(3))
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        needless.begin(group, YES_BUT, ANSWER, lambda _: None)
        ended.begin(group, YES, ANSWER, lambda _: None)
        await asyncio.sleep(0.5)
        first = group.create_task(ended.transcript(YES, ANSWER))
        await asyncio.sleep(0.1)
        asked_at = loop.time()
        await wanting.transcript(YES_BUT, ANSWER)
        waited = loop.time() - asked_at

    assert waited == pytest.approx(1.0)
    assert first.result().text == "yes"
    assert transcriber.cancelled == 1


async def test_giving_up_the_wait_stops_the_work() -> None:
    transcriber = FakeTranscriber(delay_seconds=1.0)
    capacity = Capacity(1)
    hearing = Hearing(transcriber, capacity)
    async with asyncio.TaskGroup() as group:
        hearing.begin(group, YES, ANSWER, lambda _: None)
        await asyncio.sleep(0.5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await hearing.transcript(YES, ANSWER)

    assert transcriber.cancelled == 1
    assert capacity.running == 0

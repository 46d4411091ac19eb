"""Speaking on fake legs in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.engine.fakes import FakeLeg, FakeSynthesizer
from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

pytestmark = pytest.mark.virtual_time

ENGLISH = Language.ENGLISH


@pytest.fixture
def synthesizer() -> FakeSynthesizer:
    """Takes a second for each sentence."""
    return FakeSynthesizer(delay_seconds=1.0)


@pytest.fixture
async def speaker(synthesizer: FakeSynthesizer) -> AsyncIterator[Speaker]:
    """One synthesis at a time."""
    async with Speaker(synthesizer, Capacity(1)) as speaker:
        yield speaker


async def test_a_sentence_is_played_and_kept(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    leg = FakeLeg()
    first = await speaker.say(leg, "good morning", ENGLISH)
    second = await speaker.say(leg, "good morning", ENGLISH)

    assert await second.playout.finished()
    assert leg.prompts == ["good morning", "good morning"]
    assert (first.cached, second.cached) == (False, True)
    assert [first.synthesis_seconds, second.synthesis_seconds] == pytest.approx([1.0, 0.0])
    assert synthesizer.asked == ["good morning"]
    assert (speaker.cache_statistics.hits, speaker.cache_statistics.misses) == (1, 1)


async def test_another_language_is_another_sound(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    await speaker.say(FakeLeg(), "no", ENGLISH)
    await speaker.say(FakeLeg(), "no", Language.PORTUGUESE)

    assert synthesizer.asked == ["no", "no"]


async def test_many_ask_and_it_is_made_once(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(speaker.say(FakeLeg(), "hello", ENGLISH)) for _ in range(5)]

    assert [task.result().synthesis_seconds for task in asked] == pytest.approx([1.0] * 5)
    assert synthesizer.asked == ["hello"]


async def test_syntheses_wait_for_their_turn(speaker: Speaker) -> None:
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(speaker.say(FakeLeg(), text, ENGLISH)) for text in ("one", "two", "three")]

    assert [round(task.result().synthesis_seconds, 3) for task in asked] == [1.0, 2.0, 3.0]


async def test_a_failure_reaches_everyone_who_waits_and_is_not_kept(
    speaker: Speaker, synthesizer: FakeSynthesizer
) -> None:
    synthesizer.broken = True
    results = await asyncio.gather(
        *(speaker.say(FakeLeg(), "hello", ENGLISH) for _ in range(3)), return_exceptions=True
    )
    synthesizer.broken = False

    assert all(isinstance(result, BackendError) for result in results)
    assert synthesizer.asked == ["hello"]
    assert not (await speaker.say(FakeLeg(), "hello", ENGLISH)).cached


async def test_one_who_leaves_does_not_stop_it_for_the_others(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(speaker.say(FakeLeg(), "hello", ENGLISH))
        second = tasks.create_task(speaker.say(FakeLeg(), "hello", ENGLISH))
        await asyncio.sleep(0.5)
        first.cancel()

    assert second.result().synthesis_seconds == pytest.approx(1.0)
    assert synthesizer.asked == ["hello"]


async def test_the_last_who_leaves_stops_it(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    async with asyncio.TaskGroup() as tasks:
        hurried = [tasks.create_task(speaker.say(FakeLeg(), "hello", ENGLISH)) for _ in range(2)]
        await asyncio.sleep(0.5)
        for task in hurried:
            task.cancel()
        patient = tasks.create_task(speaker.say(FakeLeg(), "hello", ENGLISH))

    assert synthesizer.cancelled == 1
    assert synthesizer.asked == ["hello", "hello"]
    assert patient.result().synthesis_seconds == pytest.approx(1.0)


async def test_prepared_sentences_are_there_at_once(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    await speaker.prepare(["hello", "goodbye", "hello"], ENGLISH)

    assert synthesizer.asked == ["hello", "goodbye"]
    assert (await speaker.say(FakeLeg(), "goodbye", ENGLISH)).cached


async def test_preparing_tells_of_a_failure(speaker: Speaker, synthesizer: FakeSynthesizer) -> None:
    synthesizer.broken = True

    with pytest.raises(BackendError):
        await speaker.prepare(["hello"], ENGLISH)


async def test_a_leg_that_closed_meanwhile_hears_nothing(speaker: Speaker) -> None:
    leg = FakeLeg()
    asyncio.get_running_loop().call_later(0.5, leg.drop)
    spoken = await speaker.say(leg, "hello", ENGLISH)

    assert not await spoken.playout.finished()


async def test_leaving_ends_what_is_under_way(synthesizer: FakeSynthesizer) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with Speaker(synthesizer, Capacity(1)) as speaker:
        waiting = asyncio.ensure_future(speaker.say(FakeLeg(), "hello", ENGLISH))
        await asyncio.sleep(0.5)

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert loop.time() == pytest.approx(began + 0.5)
    assert synthesizer.cancelled == 1

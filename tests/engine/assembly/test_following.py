"""A line's words over a pool whose first recogniser is a real Wyoming server that hears while the caller speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wyoming.asr import Transcript as WyomingTranscript
from wyoming.asr import TranscriptChunk, TranscriptStart
from wyoming.event import Event

from tests.engine.backends.wyoming_server import FakeWyoming, Handler, hears, serving
from tests.engine.fakes import FakeTranscriber, audible
from voice_engine.backends.stt_wyoming import WyomingTranscriber
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.door.hearing import Hearing
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.pool import Member, Terms, TranscriberPool

ANSWER = Expectation(Question.ANSWER, Language.ENGLISH)
SOUND = audible("let him in", 1.0)
UTTERANCE = Utterance(SOUND, 0.9, 0.0)
HALF = len(SOUND) // 2
STREAMING = hears("en", streaming=True)


async def answers_in_pieces(handler: Handler, event: Event) -> None:
    if event.type == "audio-start":
        await handler.tell(TranscriptStart(), TranscriptChunk("let him"))
    if event.type == "audio-stop":
        await handler.tell(TranscriptChunk(" in"), WyomingTranscript("let him in"))


async def hangs_up(_handler: Handler, event: Event) -> bool:
    return event.type != "audio-chunk"


@asynccontextmanager
async def pooled(fake: FakeWyoming, second: FakeTranscriber) -> AsyncIterator[TranscriberPool]:
    first = WyomingTranscriber(fake.at)
    await first.probe()
    members = [Member("parakeet", "wyoming", first), Member("second", "fake", second)]
    async with TranscriberPool(members, Terms(20.0), lambda: None) as pool:
        yield pool


async def test_words_come_over_the_stream_and_their_maker_is_told() -> None:
    second = FakeTranscriber()
    told: list[str] = []
    begun = asyncio.Event()

    def hear(words: Transcript) -> None:
        told.append(words.text)
        begun.set()

    async with (
        asyncio.timeout(60),
        serving(answers_in_pieces, STREAMING) as fake,
        pooled(fake, second) as pool,
        asyncio.TaskGroup() as group,
    ):
        fake.told.clear()
        capacity = Capacity(1)
        hearing = Hearing(pool, capacity)
        on_sound = hearing.follow(group, ANSWER)
        assert on_sound is not None
        on_sound(SOUND[:HALF])
        hearing.begin(group, Utterance(SOUND[:HALF], 0.4, 0.0), ANSWER, hear)
        await begun.wait()
        hearing.resume()
        on_sound(SOUND[HALF:])
        transcript = await hearing.transcript(UTTERANCE, ANSWER)
        assert capacity.running == 0
        assert pool.status.backends[0].requests == 1
    assert (transcript.text, transcript.backend) == ("let him in", "parakeet")
    assert told == ["let him"]
    assert fake.types() == ["transcribe", "audio-start", "audio-chunk", "audio-stop"]
    assert second.asked == []


async def test_a_server_that_dies_in_the_middle_leaves_the_utterance_to_the_next() -> None:
    second = FakeTranscriber(delay_seconds=0.0)
    async with (
        asyncio.timeout(60),
        serving(hangs_up, STREAMING) as fake,
        pooled(fake, second) as pool,
        asyncio.TaskGroup() as group,
    ):
        hearing = Hearing(pool, Capacity(1))
        on_sound = hearing.follow(group, ANSWER)
        assert on_sound is not None
        on_sound(SOUND[:HALF])
        on_sound(SOUND[HALF:])
        transcript = await hearing.transcript(UTTERANCE, ANSWER)
        assert sum(pool.status.backends[0].failures.values()) >= 1
    assert (transcript.text, transcript.backend) == ("let him in", "second")
    assert len(second.asked) == 1


async def test_no_sound_is_handed_past_one_that_hears_whole_utterances() -> None:
    async with serving(answers_in_pieces, STREAMING) as fake, pooled(fake, FakeTranscriber()) as pool:
        assert pool.open(ANSWER, lambda _: None) is not None
        last_first = TranscriberPool(pool.members[::-1], Terms(20.0), lambda: None)
        assert last_first.open(ANSWER, lambda _: None) is None

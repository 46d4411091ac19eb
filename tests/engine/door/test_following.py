"""Recognisers that work while the caller speaks: what their words decide, and what is done in need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, FakeStreamingTranscriber, words_in
from voice_engine.core.events import CallEventKind, Disposition
from voice_engine.core.prompts import Prompt

pytestmark = pytest.mark.virtual_time


@asynccontextmanager
async def asked(transcriber: FakeStreamingTranscriber) -> AsyncIterator[tuple[Door, FakeLeg]]:
    """A resident who has just heard the question."""
    async with open_door(transcriber=transcriber) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        yield door, resident


async def decided(door: Door) -> float:
    await until(lambda: door.disposition is not None)
    return asyncio.get_running_loop().time()


async def test_an_utterance_is_heard_once_and_while_it_is_said() -> None:
    transcriber = FakeStreamingTranscriber()
    async with asked(transcriber) as (door, resident):
        resident.say("yes let him in", 0.8, after_seconds=0.5)
        await until(lambda: bool(transcriber.streams) and "yes let him in" in words_in(transcriber.streams[0].pcm))
        assert door.disposition is None
        await decided(door)
        assert door.disposition is Disposition.GRANTED
        assert door.tools.transcriptions.running == 0
    (stream,) = transcriber.streams
    assert (stream.finished, stream.closed) == (True, True)
    assert transcriber.asked == []


async def test_the_stream_has_the_sound_before_the_voice_was_certain() -> None:
    """And of the silence at the end no more than whole utterances have."""
    streaming, whole = FakeStreamingTranscriber(), FakeStreamingTranscriber()
    whole.streaming = False
    sounds = []
    for transcriber in (streaming, whole):
        async with asked(transcriber) as (door, resident):
            resident.say("no", 0.4, after_seconds=0.5)
            await decided(door)
        sounds.append(transcriber.streams[0].pcm if transcriber.streams else transcriber.heard[0])
    assert sounds[0] == sounds[1]


@pytest.mark.parametrize(
    ("said", "voiced_seconds", "disposition", "silence"),
    [
        ("yes let him in", 0.8, Disposition.GRANTED, 0.5),
        ("no thank you", 0.6, Disposition.DENIED, 0.4),
    ],
)
async def test_interim_words_settle_how_long_the_silence_must_be(
    said: str, voiced_seconds: float, disposition: Disposition, silence: float
) -> None:
    async with asked(FakeStreamingTranscriber(delay_seconds=0.0)) as (door, resident):
        began = asyncio.get_running_loop().time()
        resident.say(said, voiced_seconds, after_seconds=0.5)
        ended = await decided(door) - began
        assert door.disposition is disposition
    assert silence <= round(ended - 0.5 - voiced_seconds, 6) < 0.6


@pytest.mark.parametrize("pause_seconds", [0.26, 0.36, 0.44, 0.48])
async def test_speech_that_goes_on_goes_on_in_the_same_stream(pause_seconds: float) -> None:
    """And a permission that is taken back never opens."""
    transcriber = FakeStreamingTranscriber()
    async with asked(transcriber) as (door, resident):
        resident.say("yes", 0.4, after_seconds=0.5)
        resident.say("but not now", 0.7, after_seconds=pause_seconds)
        await heard(resident, 2)
        assert CallEventKind.GRANTED not in door.kinds
    assert [turn.heard for turn in door.observer.turns if turn.heard] == ["yes but not now"]
    assert len(transcriber.streams) == 1
    assert transcriber.asked == []


async def test_a_broken_stream_costs_nothing_but_the_time_it_would_have_saved(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """From the next pause on the whole utterance is transcribed, once."""
    transcriber = FakeStreamingTranscriber()
    transcriber.breaking = True
    async with asked(transcriber) as (door, resident):
        resident.say("no", 0.4, after_seconds=0.5)
        await decided(door)
        assert door.disposition is Disposition.DENIED
    assert caplog.messages == []
    assert len(transcriber.asked) == 1
    assert transcriber.streams[0].closed


async def test_without_a_place_to_spare_the_utterance_is_transcribed_at_its_end() -> None:
    transcriber = FakeStreamingTranscriber()
    async with asked(transcriber) as (door, resident):
        capacity = door.tools.transcriptions
        async with capacity.lease(), capacity.lease(), capacity.lease():
            resident.say("no", 0.4, after_seconds=0.5)
            await asyncio.sleep(2.0)
        await decided(door)
    assert transcriber.streams == []
    assert len(transcriber.asked) == 1


async def test_who_needs_the_place_of_a_stream_gets_it() -> None:
    """The utterance that was followed is then transcribed as a whole."""
    transcriber = FakeStreamingTranscriber()
    async with asked(transcriber) as (door, resident):
        capacity = door.tools.transcriptions
        resident.say("no", 0.4, after_seconds=0.5)
        async with capacity.lease(), capacity.lease():
            await until(lambda: capacity.running == 3)
            async with asyncio.timeout(0.01), capacity.lease():
                assert transcriber.streams[0].closed
        await decided(door)
        assert door.disposition is Disposition.DENIED
    assert len(transcriber.asked) == 1


@pytest.mark.parametrize("key", ["2", None])
async def test_a_key_or_a_hang_up_ends_the_stream(key: str | None) -> None:
    transcriber = FakeStreamingTranscriber()
    async with asked(transcriber) as (door, resident):
        resident.say("yes let him in", 2.0, after_seconds=0.5)
        await until(lambda: bool(transcriber.streams))
        if key:
            resident.press(key)
        else:
            resident.drop()
        await until(lambda: door.kinds[-1] is CallEventKind.ENDED)
        assert door.disposition is Disposition.DENIED
        assert door.tools.transcriptions.running == 0
    assert [(stream.finished, stream.closed) for stream in transcriber.streams] == [(False, True)]
    assert [turn.heard for turn in door.observer.turns if turn.heard] == []


async def test_each_question_has_a_stream_of_its_own() -> None:
    transcriber = FakeStreamingTranscriber()
    async with asked(transcriber) as (door, resident):
        resident.say("the weather is fine", 0.8, after_seconds=0.5)
        assert await heard(resident, 2) == door.tools.prompts.render(Prompt.ANSWER_UNCLEAR)
        resident.say("no", 0.4, after_seconds=0.5)
        await decided(door)
    assert [turn.heard for turn in door.observer.turns if turn.heard] == ["the weather is fine", "no"]
    assert [words_in(stream.pcm) for stream in transcriber.streams] == [["the weather is fine"], ["no"]]

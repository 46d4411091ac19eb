"""Recordings become words in places that calls get as soon as they need them."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.engine.servers.serving import FreeTranscriber, LoudnessJudge
from voice_engine.backends.sound_files import SoundFiles
from voice_engine.core.clips import Clip
from voice_engine.core.errors import NoCapacity
from voice_engine.core.transcript import Language
from voice_engine.core.voice_activity import ClipActivity
from voice_engine.scribe.scribe import Scribe
from voice_engine.voice.capacity import Capacity

CLIP = Clip(b"\x00\x20\x00\xe0" * 8000, 16000)


async def until_asked(transcriber: FreeTranscriber, times: int) -> None:
    async with asyncio.timeout(60):
        while len(transcriber.asked) < times:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_call_has_the_only_place_at_once_and_the_recording_is_heard_again_after_it() -> None:
    transcriber, places = FreeTranscriber(), Capacity(1)
    scribe = Scribe(SoundFiles(), LoudnessJudge(), transcriber, places)
    transcriber.may_answer.clear()
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(scribe.words(CLIP, Language.ENGLISH))
        await until_asked(transcriber, 1)
        async with asyncio.timeout(60), places.lease():
            assert not writing.done()
            assert places.running == 1
        transcriber.may_answer.set()
    assert (writing.result().text, len(transcriber.asked)) == ("five oh one", 2)
    assert transcriber.asked[0] == transcriber.asked[1]
    assert places.running == 0


async def test_the_room_has_the_only_place_before_a_recording_and_after_a_call() -> None:
    transcriber, places = FreeTranscriber(), Capacity(1)
    scribe = Scribe(SoundFiles(), LoudnessJudge(), transcriber, places)
    transcriber.may_answer.clear()
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(scribe.words(CLIP, Language.ENGLISH))
        await until_asked(transcriber, 1)
        overhearing = group.create_task(scribe.overheard(CLIP, Language.PORTUGUESE))
        await until_asked(transcriber, 2)
        async with asyncio.timeout(60), places.lease():
            assert not overhearing.done()
        await until_asked(transcriber, 3)
        transcriber.may_answer.set()
    asked = [expectation.language for _, expectation in transcriber.asked]
    assert asked == [Language.ENGLISH, Language.PORTUGUESE, Language.PORTUGUESE, Language.ENGLISH]
    assert (writing.result().text, overhearing.result().text) == ("five oh one", "five oh one")


async def test_a_recording_that_calls_leave_no_place_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for it is told to come back."""
    monkeypatch.setattr("voice_engine.scribe.scribe._WAITING_SECONDS", 0.2)
    transcriber, places = FreeTranscriber(), Capacity(1)
    scribe = Scribe(SoundFiles(), LoudnessJudge(), transcriber, places)
    async with places.lease():
        with pytest.raises(NoCapacity):
            await scribe.words(CLIP, Language.ENGLISH)
    assert transcriber.asked == []


class SlowJudge:
    """Judges as soon as it may, and counts who is judged at once."""

    def __init__(self) -> None:
        self.may_judge = threading.Event()
        self.judging = self.most = self.judged = 0

    def activity(self, pcm: bytes) -> ClipActivity:
        """Silence, after a while."""
        self.judging += 1
        self.most = max(self.most, self.judging)
        self.may_judge.wait(60)
        self.judging -= 1
        self.judged += 1
        return ClipActivity(False, 0.0, 0.0, -96.0, 1.0)


async def test_nobody_judges_beside_a_thread_that_was_given_up() -> None:
    """It cannot be stopped, and writes into what is shared."""
    judge, judging = SlowJudge(), asyncio.Lock()
    scribes = [Scribe(SoundFiles(), judge, FreeTranscriber(), Capacity(1), judging=judging) for _ in range(2)]
    given_up = asyncio.ensure_future(scribes[0].activity(CLIP))
    async with asyncio.timeout(60):
        while not judge.judging:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)
        given_up.cancel()
        other = asyncio.ensure_future(scribes[1].activity(CLIP))
        await asyncio.wait([given_up, other], timeout=0.1)
        judge.may_judge.set()
        assert not (await other).is_speech
    assert given_up.cancelled()
    assert (judge.most, judge.judged) == (1, 2)

"""Pauses in speech: what is transcribed ahead, what it may decide, and that it decides once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, FakeTranscriber
from voice_engine.core.events import CallEventKind, Disposition
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Language

pytestmark = pytest.mark.virtual_time


@dataclass(slots=True)
class Asked:
    """A resident who has just heard the question."""

    door: Door
    visitor: FakeLeg
    resident: FakeLeg

    async def decided(self) -> float:
        """Wait for the decision; when it fell."""
        await until(lambda: self.door.disposition is not None)
        return asyncio.get_running_loop().time()


@asynccontextmanager
async def asked(
    *,
    language: Language = Language.ENGLISH,
    transcriber: FakeTranscriber | None = None,
    settings: DoorSettings | None = None,
) -> AsyncIterator[Asked]:
    """A call that has come to the question."""
    async with open_door(language=language, transcriber=transcriber, settings=settings) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        yield Asked(door, visitor, resident)


@pytest.mark.parametrize(
    ("said", "voiced_seconds", "disposition", "silence"),
    [
        ("yes let him in", 0.8, Disposition.GRANTED, 0.5),
        ("no thank you", 0.6, Disposition.DENIED, 0.4),
    ],
)
async def test_a_whole_answer_ends_the_turn_before_the_usual_silence(
    said: str, voiced_seconds: float, disposition: Disposition, silence: float
) -> None:
    async with asked() as call:
        began = asyncio.get_running_loop().time()
        call.resident.say(said, voiced_seconds, after_seconds=0.5)
        ended = await call.decided() - began
    assert call.door.disposition is disposition
    assert silence <= round(ended - 0.5 - voiced_seconds, 6) < 0.6
    assert len(call.door.transcriber.asked) == 1


@pytest.mark.parametrize("pause_seconds", [0.1, 0.2, 0.26, 0.3, 0.36, 0.4, 0.44, 0.48])
@pytest.mark.parametrize("delay_seconds", [0.0, 0.1, 0.3, 1.0])
@pytest.mark.parametrize(
    ("language", "first", "then"),
    [
        (Language.ENGLISH, "yes", "but not now"),
        (Language.ENGLISH, "let him in", "if you know him"),
        (Language.PORTUGUESE, "sim", "mas agora não"),
    ],
)
async def test_a_permission_taken_back_after_a_pause_never_opens(
    language: Language, first: str, then: str, pause_seconds: float, delay_seconds: float
) -> None:
    """However long the pause within the sentence and however quick the recogniser."""
    async with asked(language=language, transcriber=FakeTranscriber(delay_seconds=delay_seconds)) as call:
        call.resident.say(first, 0.4, after_seconds=0.5)
        call.resident.say(then, 0.7, after_seconds=pause_seconds)
        await heard(call.resident, 2)
        assert CallEventKind.GRANTED not in call.door.kinds


async def test_a_hesitation_after_yes_is_given_the_whole_silence() -> None:
    async with asked() as call:
        call.resident.say("yes um", 0.6, after_seconds=0.5)
        call.resident.say("not now", 0.6, after_seconds=0.52)
        await heard(call.resident, 2)
        assert CallEventKind.GRANTED not in call.door.kinds


async def test_what_was_begun_in_a_pause_is_cancelled_when_they_go_on() -> None:
    """One turn, of the whole sentence; the half of it leaves no trace."""
    async with asked(transcriber=FakeTranscriber(delay_seconds=0.3)) as call:
        call.resident.say("no", 0.4, after_seconds=0.5)
        call.resident.say("not today", 0.6, after_seconds=0.3)
        await call.decided()
        await heard(call.resident, 2)
    assert call.door.transcriber.cancelled == 1
    assert [turn.heard for turn in call.door.observer.turns if turn.heard] == ["no not today"]
    assert call.door.kinds.count(CallEventKind.DENIED) == 1


async def test_a_slow_recogniser_is_waited_for_from_the_end_only() -> None:
    """It began in the pause, so that part of its work is done; the figures tell what was still waited for."""
    async with open_door(transcriber=FakeTranscriber(delay_seconds=2.0)) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one", after_seconds=0.5)
        await heard(visitor, 2)
    stages = door.observer.turns[0].stages
    assert stages["endpoint"] == pytest.approx(1.0)
    assert stages["transcription"] == pytest.approx(2.0 + 0.24 - 1.0)
    assert len(door.transcriber.asked) == 1


async def test_a_unit_nothing_can_be_added_to_is_rung_at_once() -> None:
    async with open_door(transcriber=FakeTranscriber(delay_seconds=0.05)) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one", after_seconds=0.5)
        await heard(visitor, 2)
    assert door.observer.turns[0].stages["endpoint"] == pytest.approx(0.4)


async def test_a_name_alone_waits_for_its_unit() -> None:
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("daniel souza", after_seconds=0.5)
        await heard(visitor, 2)
    turn = door.observer.turns[0]
    assert (turn.understood, turn.stages["endpoint"]) == ("unit 501", pytest.approx(0.7))


async def test_a_shorter_silence_in_the_settings_bounds_them_all() -> None:
    async with asked(settings=DoorSettings(silence_threshold_seconds=0.3)) as call:
        began = asyncio.get_running_loop().time()
        call.resident.say("yes let him in", 0.8, after_seconds=0.5)
        ended = await call.decided() - began
    assert call.door.disposition is Disposition.GRANTED
    assert ended == pytest.approx(0.5 + 0.8 + 0.3 + 0.04, abs=0.04)


async def test_without_a_place_to_spare_nothing_is_begun_ahead() -> None:
    """The turn waits its turn, and is transcribed at its end as ever."""
    async with asked(transcriber=FakeTranscriber(delay_seconds=0.3)) as call:
        capacity = call.door.tools.transcriptions
        async with capacity.lease(), capacity.lease(), capacity.lease():
            call.resident.say("no", 0.4, after_seconds=0.5)
            await asyncio.sleep(1.3)
            assert (call.door.transcriber.asked, capacity.waiting) == ([], 0)
            await asyncio.sleep(0.4)
            assert capacity.waiting == 1
        await call.decided()
    assert call.door.disposition is Disposition.DENIED
    assert len(call.door.transcriber.asked) == 1


async def test_work_that_is_needed_comes_before_work_that_may_be() -> None:
    """A turn that has ended takes the place of one that may go on; which is transcribed at its end all the same."""
    async with asked(transcriber=FakeTranscriber(delay_seconds=0.3)) as call:
        capacity = call.door.tools.transcriptions
        call.resident.say("no", 0.4, after_seconds=0.5)
        async with capacity.lease(), capacity.lease():
            await until(lambda: capacity.running == 3)
            async with asyncio.timeout(0.01), capacity.lease():
                assert call.door.transcriber.cancelled == 1
        await call.decided()
    assert call.door.disposition is Disposition.DENIED
    assert len(call.door.transcriber.asked) == 2


async def test_a_failure_ahead_is_neither_told_nor_final(caplog: pytest.LogCaptureFixture) -> None:
    async with asked() as call:
        call.door.transcriber.broken = True
        call.resident.say("no", 0.4, after_seconds=0.5)
        await until(lambda: len(call.door.transcriber.asked) == 1)
        await asyncio.sleep(0.2)
        call.door.transcriber.broken = False
        assert caplog.messages == []
        await call.decided()
    assert call.door.disposition is Disposition.DENIED


async def test_a_key_drops_what_was_begun_ahead() -> None:
    """The resident says yes and presses 2: the key decides, and the words come too late for anything."""
    async with asked(transcriber=FakeTranscriber(delay_seconds=0.5)) as call:
        call.resident.say("yes", 0.4, after_seconds=0.5)
        await until(lambda: len(call.door.transcriber.asked) == 1)
        call.resident.press("2")
        await until(lambda: call.door.kinds[-1] is CallEventKind.ENDED)
    assert call.door.disposition is Disposition.DENIED
    assert call.door.transcriber.cancelled == 1
    assert [turn.heard for turn in call.door.observer.turns if turn.heard] == []


async def test_a_hang_up_in_a_pause_leaves_nothing_behind() -> None:
    async with asked(transcriber=FakeTranscriber(delay_seconds=0.5)) as call:
        call.resident.say("yes", 0.4, after_seconds=0.5)
        await until(lambda: len(call.door.transcriber.asked) == 1)
        call.resident.drop()
        await until(lambda: call.door.kinds[-1] is CallEventKind.ENDED)
    assert call.door.disposition is Disposition.DENIED
    assert call.door.tools.transcriptions.running == 0


async def test_the_question_is_asked_again_with_fresh_ears() -> None:
    """What was heard ahead of one question has no part in the next."""
    async with asked() as call:
        call.resident.say("the weather is fine", 0.8, after_seconds=0.5)
        assert await heard(call.resident, 2) == call.door.tools.prompts.render(Prompt.ANSWER_UNCLEAR)
        call.resident.say("no", 0.4, after_seconds=0.5)
        await call.decided()
    assert [turn.heard for turn in call.door.observer.turns if turn.heard] == ["the weather is fine", "no"]

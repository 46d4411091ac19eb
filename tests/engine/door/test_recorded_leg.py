"""Calls whose sound is kept: what is told to the parties, and what is in the recording."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, audible, words_in
from voice_engine.core.dialog.unit import KEY_SECONDS
from voice_engine.core.events import CallEventKind, Disposition, Party
from voice_engine.core.prompts import Prompt
from voice_engine.core.records import RecordedFrame
from voice_engine.door.recorded_leg import RecordedLeg

pytestmark = pytest.mark.virtual_time


@dataclass
class FakeRecorder:
    """Keeps all frames."""

    frames: list[RecordedFrame] = field(default_factory=list)

    def record(self, frame: RecordedFrame) -> None:
        """Kept."""
        self.frames.append(frame)

    def of(self, party: Party) -> list[RecordedFrame]:
        """The frames of one leg."""
        return [frame for frame in self.frames if frame.party is party]


async def a_visit(door: Door) -> list[str]:
    """A visitor is let in by voice; all sentences said, visitor's and resident's."""
    visitor = door.visitor()
    await heard(visitor, 2)
    visitor.say("apartment five zero one", after_seconds=0.5)
    resident = await door.resident()
    await heard(resident, 2)
    resident.say("yes let him in", after_seconds=0.5)
    await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    return [*visitor.prompts, *resident.prompts]


async def test_both_parties_are_told_first_and_both_directions_are_kept() -> None:
    recorder = FakeRecorder()
    async with open_door(recorder=recorder) as door:
        prompts = await a_visit(door)
    assert door.disposition is Disposition.GRANTED
    assert prompts.count(door.tools.prompts.render(Prompt.RECORDED)) == 2
    assert prompts[0] == door.tools.prompts.render(Prompt.RECORDED)
    visitor, resident = recorder.of(Party.VISITOR), recorder.of(Party.RESIDENT)
    assert words_in(b"".join(frame.heard for frame in visitor)) == ["apartment five zero one"]
    assert words_in(b"".join(frame.heard for frame in resident)) == ["yes let him in"]
    said = words_in(b"".join(frame.said for frame in visitor)) + words_in(b"".join(frame.said for frame in resident))
    # The fakes' sound carries the first 160 characters. The decision came before the visitor was asked to wait on.
    unheard = door.tools.prompts.render(Prompt.STILL_RINGING)
    assert [sentence[:160] for sentence in prompts if sentence != unheard] == said


async def test_positions_are_the_calls_time() -> None:
    recorder = FakeRecorder()
    async with open_door(recorder=recorder) as door:
        await a_visit(door)
    visitor, resident = recorder.of(Party.VISITOR), recorder.of(Party.RESIDENT)
    assert [frame.position for frame in visitor] == list(range(1, len(visitor) + 1))
    assert resident[0].position > 300
    assert {frame.call_id for frame in recorder.frames} == {door.observer.events[0].call.call_id}


async def test_frames_of_a_gust_follow_one_another() -> None:
    """A stalled machine reads them at once; after a long gap the call's time counts."""
    recorder = FakeRecorder()
    leg = RecordedLeg(FakeLeg(), "call", Party.VISITOR, recorder, asyncio.get_running_loop().time())
    for frames, seconds in ((1, 0.02), (1, 0.2), (10, 0.02), (1, 2.0), (1, 0.0)):
        for _ in range(frames):
            leg.on_frame(audible("hello", 0.02))
        await asyncio.sleep(seconds)
    assert [frame.position for frame in recorder.frames] == [*range(13), 112]


async def test_last_words_are_kept_though_the_partys_own_sound_lags() -> None:
    """A stalled machine has not read what arrived while the farewell was heard, and reads no more after it."""
    recorder = FakeRecorder()
    leg = RecordedLeg(FakeLeg(), "call", Party.VISITOR, recorder, asyncio.get_running_loop().time())
    farewell = audible("goodbye", 0.4)
    playout = leg.play(farewell)
    for _ in range(3):
        leg.on_frame(audible("bye", 0.02))
    assert await playout.finished()

    leg.hang_up()

    assert b"".join(frame.said for frame in recorder.frames) == farewell
    assert [frame.position for frame in recorder.frames] == list(range(20))


async def test_without_a_recorder_nothing_is_told() -> None:
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        assert visitor.prompts[0] == door.tools.prompts.render(Prompt.WELCOME)


# --- the notice is heard whole ----------------------------------------------------------------------------------------


async def notice_begun(leg: FakeLeg) -> None:
    """Wait until the notice is being said."""
    await until(lambda: bool(leg.playouts) and leg.playouts[0].started_at is not None)
    await asyncio.sleep(0.1)
    assert not leg.playouts[0].heard_to_end


async def test_a_visitors_keys_do_not_cut_the_notice() -> None:
    """What was to follow it is cut: they know whom they visit."""
    async with open_door(recorder=FakeRecorder()) as door:
        visitor = door.visitor()
        await notice_begun(visitor)
        visitor.press("501#")
        resident = await door.resident()
        await notice_begun(resident)
        assert visitor.playouts[0].heard_to_end
        assert visitor.prompts[:2] == [
            door.tools.prompts.render(Prompt.RECORDED),
            door.tools.prompts.render(Prompt.CALLING, "501"),
        ]


async def test_a_residents_key_does_not_cut_the_notice() -> None:
    """It decides at once; they are told afterwards."""
    async with open_door(recorder=FakeRecorder()) as door:
        visitor = door.visitor()
        await notice_begun(visitor)
        visitor.press("501#")
        resident = await door.resident()
        await notice_begun(resident)
        resident.press("1")
        assert door.disposition is Disposition.GRANTED
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert resident.prompts == [
        door.tools.prompts.render(Prompt.RECORDED),
        door.tools.prompts.render(Prompt.GRANTED_RESIDENT),
    ]
    assert all(playout.heard_to_end for playout in resident.playouts)


async def test_a_number_begun_in_the_notice_is_waited_for() -> None:
    """The end of the notice is not the end of a question."""
    async with open_door(recorder=FakeRecorder()) as door:
        visitor = door.visitor()
        await notice_begun(visitor)
        visitor.press("50")
        await heard(visitor, 1)
        await asyncio.sleep(KEY_SECONDS / 2)
        assert len(visitor.prompts) == 1
        visitor.press("1#")
        await heard(visitor, 2)
        assert visitor.prompts[1] == door.tools.prompts.render(Prompt.CALLING, "501")


async def test_home_assistant_does_not_cut_the_notice() -> None:
    async with open_door(recorder=FakeRecorder()) as door:
        visitor = door.visitor()
        await notice_begun(visitor)
        door.tools.desk.hang_up(str(visitor.leg_id))
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert visitor.prompts == [
        door.tools.prompts.render(Prompt.RECORDED),
        door.tools.prompts.render(Prompt.GOODBYE),
    ]


async def test_a_visitor_who_leaves_in_the_notice_ends_the_call() -> None:
    async with open_door(recorder=FakeRecorder()) as door:
        visitor = door.visitor()
        await notice_begun(visitor)
        visitor.drop()
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert door.disposition is Disposition.MISSED

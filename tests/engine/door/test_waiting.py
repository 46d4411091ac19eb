"""A visitor who waits never hears two seconds of nothing, in virtual time."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.engine.door.stage import heard, open_door, until
from tests.engine.fakes import FRAME_SECONDS, SILENT_FRAME, FakeLeg, Phone
from voice_engine.core.audio import split_frames
from voice_engine.core.prompts import Prompt
from voice_engine.voice.ports import RingResult

pytestmark = pytest.mark.virtual_time

MOST_SECONDS = 2.0


def longest_silence(leg: FakeLeg, start: float, end: float) -> float:
    """Seconds of digital silence in a row that were sent to ``leg`` between two moments."""
    loud: list[float] = []
    for playout in leg.queue:
        frames = split_frames(playout.pcm)
        moments = (
            playout.starts_at + index * FRAME_SECONDS for index, frame in enumerate(frames) if frame != SILENT_FRAME
        )
        loud += [moment for moment in moments if start <= moment < min(end, playout.ends_at)]
    edges = [start, *sorted(loud), end]
    return max(later - earlier for earlier, later in itertools.pairwise(edges)) - FRAME_SECONDS


@pytest.mark.parametrize(
    "phone",
    [
        Phone(RingResult.NO_ANSWER, 10.0),
        Phone(RingResult.BUSY, 0.5),
        Phone(RingResult.DECLINED, 7.0),
        Phone(after_seconds=9.0),
    ],
    ids=["nobody", "busy", "declined", "a silent resident"],
)
async def test_no_dead_air_from_the_unit_to_the_outcome(phone: Phone) -> None:
    """While phones ring, in the pause before a busy one, and while a resident says nothing to three questions."""
    async with open_door({"PJSIP/501": phone}) as door:
        loop = asyncio.get_running_loop()
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.press("501#")
        began = loop.time()
        await until(lambda: door.disposition is not None)
        assert longest_silence(visitor, began, loop.time()) < MOST_SECONDS


async def test_the_sound_and_the_sentences_take_turns() -> None:
    """A sentence every few seconds, and the sound in between."""
    async with open_door({"PJSIP/501": Phone(after_seconds=60.0)}) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        await asyncio.sleep(19.0)
        still = door.tools.prompts.sentences[Prompt.STILL_RINGING]
        assert visitor.prompts.count(still) == 2
        assert len(visitor.waiting) >= 6
        playouts = sorted((*visitor.playouts, *visitor.waiting), key=lambda playout: playout.starts_at)
        assert all(one.ends_at <= later.starts_at for one, later in itertools.pairwise(playouts))


async def test_the_sound_ends_with_the_wait() -> None:
    """The outcome is told at once, and nothing is played after the last word."""
    async with open_door({"PJSIP/501": Phone(after_seconds=60.0)}) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        await asyncio.sleep(7.0)
        decided_at = asyncio.get_running_loop().time()
        door.tools.desk.decide(str(visitor.leg_id), granted=True)
        await until(lambda: visitor.closed)
        assert all(playout.starts_at <= decided_at for playout in visitor.waiting)
        told = next(playout for playout in visitor.playouts if playout.starts_at >= decided_at)
        assert told.starts_at - decided_at < 0.5


async def test_nobody_who_is_asked_something_hears_it() -> None:
    """Neither the visitor in the greeting nor the resident."""
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        await asyncio.sleep(3.0)
        assert not visitor.waiting
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        await asyncio.sleep(3.0)
        assert not resident.waiting

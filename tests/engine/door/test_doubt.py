"""A permission that was not heard for certain is asked back, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg
from voice_engine.core.events import CallEventKind, CallStage, DecidedBy, Disposition
from voice_engine.core.prompts import Prompt
from voice_engine.core.understanding import CERTAIN_CONFIDENCE

pytestmark = pytest.mark.virtual_time

DOUBTFUL, CERTAIN = CERTAIN_CONFIDENCE - 0.01, CERTAIN_CONFIDENCE


async def doubted(door: Door) -> tuple[FakeLeg, FakeLeg]:
    """A resident who said something like yes, and has heard whether it was."""
    visitor = door.visitor()
    await asyncio.sleep(0.2)
    visitor.press("501#")
    resident = await door.resident()
    await heard(resident, 1)
    door.transcriber.confidence = DOUBTFUL
    resident.say("yes", after_seconds=0.5)
    assert await heard(resident, 2) == door.tools.prompts.sentences[Prompt.ANSWER_CONFIRM]
    assert door.disposition is None
    door.transcriber.confidence = CERTAIN
    return visitor, resident


async def ended(door: Door, *legs: FakeLeg) -> None:
    """Wait until the legs are gone and the end was told."""
    await until(lambda: all(leg.closed for leg in legs) and door.kinds[-1:] == [CallEventKind.ENDED])


async def test_a_second_clear_permission_opens() -> None:
    async with open_door() as door:
        visitor, resident = await doubted(door)
        resident.say("yes let him in", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.GRANTED
    assert door.observer.events[-1].call.decided_by is DecidedBy.VOICE


async def test_of_a_recogniser_that_never_tells_how_sure_it_is_the_second_permission_opens() -> None:
    """The first never does, and the question is not put for ever."""
    async with open_door() as door:
        door.transcriber.measured = False
        visitor, resident = await doubted(door)
        door.transcriber.confidence = DOUBTFUL
        resident.say("yes let him in", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.GRANTED


async def test_what_is_said_into_the_second_question_does_not_count() -> None:
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        door.transcriber.confidence = DOUBTFUL
        resident.say("yes", after_seconds=0.5)
        await until(lambda: len(resident.playouts) == 2)
        door.transcriber.confidence = CERTAIN
        resident.say("yes")
        await heard(resident, 2)
        await asyncio.sleep(3)
        assert door.disposition is None


@pytest.mark.parametrize(("key", "disposition"), [("1", Disposition.GRANTED), ("2", Disposition.DENIED)])
async def test_a_key_decides_at_once(key: str, disposition: Disposition) -> None:
    async with open_door() as door:
        visitor, resident = await doubted(door)
        resident.press(key)
        await ended(door, visitor, resident)
    assert door.disposition is disposition
    assert door.observer.events[-1].call.decided_by is DecidedBy.KEYPAD


async def test_no_refuses() -> None:
    async with open_door() as door:
        visitor, resident = await doubted(door)
        resident.say("no", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.DENIED


@pytest.mark.parametrize("said", ["what did you say", "yes or no", "maybe", ""])
async def test_anything_else_goes_the_way_of_an_unclear_answer(said: str) -> None:
    """Asked once more, then keys only."""
    async with open_door() as door:
        visitor, resident = await doubted(door)
        if said:
            resident.say(said, after_seconds=0.5)
        await heard(resident, 3)
        unclear = Prompt.ANSWER_UNCLEAR if said else Prompt.ANSWER_NO_INPUT
        assert resident.prompts[2] == door.tools.prompts.sentences[unclear]
        resident.say("hum", after_seconds=0.5)
        assert await heard(resident, 4) == door.tools.prompts.sentences[Prompt.ANSWER_KEYPAD_ONLY]
        resident.say("yes", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert door.observer.events[-1].call.decided_by is DecidedBy.DEFAULT


async def test_doubt_never_adds_up_to_certainty() -> None:
    """However often something like yes is heard, the door stays shut."""
    async with open_door() as door:
        visitor, resident = await doubted(door)
        door.transcriber.confidence = DOUBTFUL
        for sentence in (3, 4, 5):
            resident.say("yes", after_seconds=0.5)
            await heard(resident, sentence)
        assert resident.prompts[-1] == door.tools.prompts.sentences[Prompt.ANSWER_KEYPAD_ONLY]
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.DENIED


async def test_the_resident_may_still_talk_to_the_visitor() -> None:
    async with open_door() as door:
        visitor, resident = await doubted(door)
        resident.say("let me talk to him", after_seconds=0.5)
        await until(lambda: bool(visitor.relayed))
        assert door.observer.events[-1].call.stage is CallStage.TALKING


async def test_a_refusal_needs_no_certainty() -> None:
    """A door that stays shut by mistake can be opened by ringing again."""
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        door.transcriber.confidence = DOUBTFUL
        resident.say("no", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.DENIED

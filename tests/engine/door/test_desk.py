"""Home Assistant takes part in calls: it decides, speaks and hangs up, in virtual time."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, Phone
from voice_engine.core.errors import AlreadyDecided, CallNotFound, PartyAbsent
from voice_engine.core.events import CallEventKind, DecidedBy, Disposition, Party
from voice_engine.core.prompts import Prompt

pytestmark = pytest.mark.virtual_time


async def ended(door: Door, *legs: FakeLeg) -> None:
    """Wait until the legs are gone and the end was told."""
    await until(lambda: all(leg.closed for leg in legs) and door.kinds[-1:] == [CallEventKind.ENDED])


def outcome(door: Door) -> tuple[Disposition | None, DecidedBy | None]:
    """Of the call that was told of last."""
    call = door.observer.events[-1].call
    return call.disposition, call.decided_by


async def asked(door: Door) -> tuple[FakeLeg, FakeLeg, str]:
    """A visitor whose resident has heard the question, and the call's identity."""
    visitor = door.visitor()
    await asyncio.sleep(0.2)
    visitor.press("501#")
    resident = await door.resident()
    await heard(resident, 1)
    return visitor, resident, str(visitor.leg_id)


async def test_a_grant_stops_the_ringing_and_is_heard_with_its_message() -> None:
    """The visitor hears all of it before the hang-up."""
    async with open_door({"PJSIP/501": Phone(after_seconds=15.0)}) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        await until(lambda: bool(door.telephone.rung))
        door.tools.desk.decide(str(visitor.leg_id), granted=True, message="Take the lift.")
        await ended(door, visitor)
        assert door.telephone.cancelled == ["PJSIP/501"]
    sentences = door.tools.prompts.sentences
    assert visitor.prompts[-3:] == [sentences[Prompt.GRANTED_VISITOR], "Take the lift.", sentences[Prompt.GOODBYE]]
    assert all(playout.heard_to_end for playout in visitor.playouts[-3:])
    assert outcome(door) == (Disposition.GRANTED, DecidedBy.HOME_ASSISTANT)


async def test_a_resident_on_the_phone_hears_that_it_was_decided() -> None:
    """What the resident is just saying no longer counts."""
    async with open_door() as door:
        visitor, resident, call_id = await asked(door)
        resident.say("yes let him in")
        await asyncio.sleep(0.4)
        door.tools.desk.decide(call_id, granted=False)
        await ended(door, visitor, resident)
    assert resident.prompts[-1] == door.tools.prompts.sentences[Prompt.DENIED_ELSEWHERE_RESIDENT]
    assert resident.playouts[-1].heard_to_end
    assert outcome(door) == (Disposition.DENIED, DecidedBy.HOME_ASSISTANT)


async def test_the_resident_was_quicker() -> None:
    """A decision after the first is refused and changes nothing."""
    async with open_door() as door:
        visitor, resident, call_id = await asked(door)
        resident.press("2")
        with pytest.raises(AlreadyDecided):
            door.tools.desk.decide(call_id, granted=True)
        with pytest.raises(AlreadyDecided):
            door.tools.desk.say(call_id, Party.VISITOR, "Wait!")
        await ended(door, visitor, resident)
    assert outcome(door) == (Disposition.DENIED, DecidedBy.KEYPAD)


async def test_a_visitor_is_let_in_before_naming_anyone() -> None:
    """Someone at home saw who rings."""
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.5)
        door.tools.desk.decide(str(visitor.leg_id), granted=True)
        await ended(door, visitor)
    assert outcome(door) == (Disposition.GRANTED, DecidedBy.HOME_ASSISTANT)
    assert door.telephone.rung == []


async def test_the_question_stays_put_while_home_assistant_speaks() -> None:
    """What is said is not taken for the answer, even where it comes back as an echo; the answer after it is."""
    async with open_door() as door:
        visitor, resident, call_id = await asked(door)
        door.tools.desk.say(call_id, Party.RESIDENT, "yes let him in he is expected")
        await until(lambda: len(resident.playouts) == 2)
        resident.say("yes let him in")
        assert await heard(resident, 2) == "yes let him in he is expected"
        assert door.disposition is None
        resident.say("no thank you", after_seconds=1.0)
        await ended(door, visitor, resident)
    assert outcome(door) == (Disposition.DENIED, DecidedBy.VOICE)


async def test_only_who_is_there_can_be_spoken_to() -> None:
    """A phone that rings hears nothing."""
    async with open_door({"PJSIP/501": Phone(after_seconds=15.0)}) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        with pytest.raises(PartyAbsent):
            door.tools.desk.say(str(visitor.leg_id), Party.RESIDENT, "Hello")
        door.tools.desk.say(str(visitor.leg_id), Party.VISITOR, "Hello")
        assert await heard(visitor, 3) == "Hello"
        visitor.drop()
        await ended(door, visitor)


async def test_a_hang_up_ends_the_call_for_both() -> None:
    """With a goodbye, and the door shut."""
    async with open_door() as door:
        visitor, resident, call_id = await asked(door)
        door.tools.desk.hang_up(call_id)
        await ended(door, visitor, resident)
    goodbye = door.tools.prompts.sentences[Prompt.GOODBYE]
    assert (visitor.prompts[-1], resident.prompts[-1]) == (goodbye, goodbye)
    assert outcome(door) == (Disposition.DENIED, DecidedBy.HOME_ASSISTANT)


async def test_all_calls_that_go_on_are_hung_up_at_once() -> None:
    """Asking and asked alike, and nobody is let in; who only just arrives was told to nobody and stays."""
    async with open_door() as door:
        visitor, resident, call_id = await asked(door)
        other = door.visitor()
        await heard(other, 1)
        newcomer = door.visitor()
        assert set(door.tools.desk.hang_up_all()) == {call_id, str(other.leg_id)}
        await until(lambda: visitor.closed and resident.closed and other.closed)
        await heard(newcomer, 1)
        ends = [event.call for event in door.observer.events if event.kind is CallEventKind.ENDED]
        assert {call.disposition for call in ends} == {Disposition.DENIED}
        assert {call.call_id for call in ends} == {call_id, str(other.leg_id)}
        assert door.tools.desk.hang_up_all() == (str(newcomer.leg_id),)
        await ended(door, newcomer)
        assert door.tools.desk.hang_up_all() == ()


async def test_a_second_hang_up_cuts_what_is_being_said() -> None:
    """The outcome stands."""
    async with open_door() as door:
        visitor, resident, call_id = await asked(door)
        resident.press("1")
        await asyncio.sleep(0.3)
        door.tools.desk.hang_up(call_id)
        await ended(door, visitor, resident)
    assert not visitor.playouts[-1].heard_to_end
    assert outcome(door) == (Disposition.GRANTED, DecidedBy.KEYPAD)


async def test_calls_that_are_over_or_never_were_are_not_found() -> None:
    """Nor is one that has not begun: nobody can know of it."""
    async with open_door() as door:
        visitor = door.visitor()
        call_id = str(visitor.leg_id)
        with pytest.raises(CallNotFound):
            door.tools.desk.decide(call_id, granted=True)
        await heard(visitor, 1)
        visitor.drop()
        await ended(door, visitor)
        for gone in (call_id, str(uuid4()), ""):
            with pytest.raises(CallNotFound):
                door.tools.desk.decide(gone, granted=True)
            with pytest.raises(CallNotFound):
                door.tools.desk.say(gone, Party.VISITOR, "Hello")
            with pytest.raises(CallNotFound):
                door.tools.desk.hang_up(gone)
    assert outcome(door) == (Disposition.MISSED, None)

"""The resident talks to the visitor, in virtual time: both are told and joined, and a key still decides."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import SILENT_FRAME, FakeLeg, FakeTranscriber, words_in
from voice_engine.core.events import CallEventKind, CallStage, DecidedBy, Disposition, Party
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import DoorSettings
from voice_engine.core.tones import is_keypad_tone, keypad_tones
from voice_engine.core.transcript import Language

pytestmark = pytest.mark.virtual_time


async def ended(door: Door, *legs: FakeLeg) -> None:
    """Wait until the legs are gone and the end was told."""
    await until(lambda: all(leg.closed for leg in legs) and door.kinds[-1:] == [CallEventKind.ENDED])


async def asked(door: Door) -> tuple[FakeLeg, FakeLeg]:
    """A visitor whose resident has heard the question."""
    visitor = door.visitor()
    await asyncio.sleep(0.2)
    visitor.press("501#")
    resident = await door.resident()
    await heard(resident, 1)
    return visitor, resident


async def talking(door: Door, *, by_key: bool = True) -> tuple[FakeLeg, FakeLeg]:
    """Visitor and resident hear each other."""
    visitor, resident = await asked(door)
    if by_key:
        resident.press("3")
    else:
        resident.say("let me talk to him", after_seconds=0.5)
    # Joined, what arrives on one leg is relayed to the other, silence included.
    await until(lambda: bool(visitor.relayed) and bool(resident.relayed))
    return visitor, resident


def listened(leg: FakeLeg) -> list[str]:
    """What a party heard of the other."""
    return words_in(b"".join(leg.relayed))


def outcome(door: Door) -> tuple[Disposition | None, DecidedBy | None]:
    """Of the call that was told of last."""
    call = door.observer.events[-1].call
    return call.disposition, call.decided_by


@pytest.mark.parametrize("by_key", [True, False])
async def test_both_are_told_and_then_hear_each_other_until_a_key_decides(by_key: bool) -> None:
    """By voice or by 3; what each says arrives at the other whole, and at nobody else."""
    async with open_door() as door:
        visitor, resident = await talking(door, by_key=by_key)
        assert visitor.prompts[-1] == door.tools.prompts.sentences[Prompt.TALK_VISITOR]
        assert resident.prompts[-1] == door.tools.prompts.sentences[Prompt.TALK_RESIDENT]
        assert visitor.playouts[-1].heard_to_end
        assert resident.playouts[-1].heard_to_end
        resident.say("who are you")
        await asyncio.sleep(2)
        visitor.say("it is rui with the pizza")
        await asyncio.sleep(3)
        assert (listened(visitor), listened(resident)) == (["who are you"], ["it is rui with the pizza"])
        resident.press("1")
        await ended(door, visitor, resident)
    assert outcome(door) == (Disposition.GRANTED, DecidedBy.KEYPAD)
    stages = [event.call.stage for event in door.observer.events]
    assert stages.index(CallStage.ASKING) < stages.index(CallStage.TALKING) < stages.index(CallStage.INFORMING)


async def test_a_key_refuses_while_they_talk() -> None:
    """Both hear the outcome, and no longer each other."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        resident.press("2")
        relayed = len(visitor.relayed), len(resident.relayed)
        resident.say("and do not come back")
        await ended(door, visitor, resident)
        assert (len(visitor.relayed), len(resident.relayed)) == relayed
    assert outcome(door) == (Disposition.DENIED, DecidedBy.KEYPAD)
    assert door.tools.prompts.sentences[Prompt.DENIED_VISITOR] in visitor.prompts


async def test_nothing_that_is_said_decides_while_they_talk() -> None:
    """Not even a plain yes: it may be said to the visitor. Nobody transcribes it, either."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        transcribed = len(door.transcriber.asked)
        for _ in range(3):
            resident.say("yes let him in")
            visitor.say("yes yes yes")
            await asyncio.sleep(4)
        assert door.disposition is None
        assert len(door.transcriber.asked) == transcribed
        resident.press("2")
        await ended(door, visitor, resident)


async def test_the_visitors_keys_and_others_of_the_residents_do_nothing() -> None:
    async with open_door() as door:
        visitor, resident = await talking(door)
        visitor.press("1#3")
        resident.press("3045*#")
        await asyncio.sleep(1)
        assert door.disposition is None
        assert door.observer.events[-1].call.stage is CallStage.TALKING


async def test_three_puts_through_in_the_middle_of_the_question() -> None:
    """As 1 and 2 do, at any moment."""
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await asyncio.sleep(0.5)
        resident.press("3")
        await until(lambda: bool(visitor.relayed))
        assert not resident.playouts[0].heard_to_end


async def test_three_puts_through_where_only_keys_count() -> None:
    """Without a recogniser, as with one."""
    english_only = FakeTranscriber([Language.ENGLISH])
    async with open_door(language=Language.PORTUGUESE, transcriber=english_only) as door:
        visitor, resident = await talking(door)
        resident.press("1")
        await ended(door, visitor, resident)
    assert outcome(door) == (Disposition.GRANTED, DecidedBy.KEYPAD)


async def test_a_key_decides_while_they_are_still_being_told() -> None:
    """Nobody has to hear the notice to its end."""
    async with open_door() as door:
        visitor, resident = await asked(door)
        resident.press("3")
        await asyncio.sleep(0.5)
        resident.press("1")
        await ended(door, visitor, resident)
        assert not visitor.relayed
    assert outcome(door) == (Disposition.GRANTED, DecidedBy.KEYPAD)


@pytest.mark.parametrize("granted", [True, False])
async def test_home_assistant_decides_while_they_talk(granted: bool) -> None:
    """Both are told."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        door.tools.desk.decide(str(visitor.leg_id), granted=granted)
        await ended(door, visitor, resident)
    decision = Disposition.GRANTED if granted else Disposition.DENIED
    assert outcome(door) == (decision, DecidedBy.HOME_ASSISTANT)
    told = Prompt.GRANTED_ELSEWHERE_RESIDENT if granted else Prompt.DENIED_ELSEWHERE_RESIDENT
    assert resident.prompts[-1] == door.tools.prompts.sentences[told]


@pytest.mark.parametrize("party", Party)
async def test_what_home_assistant_says_is_heard_by_its_party_alone(party: Party) -> None:
    """While they talk; afterwards they talk on."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        door.tools.desk.say(str(visitor.leg_id), party, "The bell at the gate is broken.")
        legs = {Party.VISITOR: visitor, Party.RESIDENT: resident}
        leg = legs.pop(party)
        (other,) = legs.values()
        await until(lambda: leg.prompts[-1] == "The bell at the gate is broken." and leg.playouts[-1].heard_to_end)
        assert "The bell at the gate is broken." not in other.prompts
        other.say("did you hear that")
        await asyncio.sleep(2)
        assert "did you hear that" in listened(leg)


async def test_what_home_assistant_says_while_they_are_being_told_is_not_cut() -> None:
    """It is heard to its end, and they are joined."""
    async with open_door() as door:
        visitor, resident = await asked(door)
        resident.press("3")
        await asyncio.sleep(0.2)
        door.tools.desk.say(str(visitor.leg_id), Party.VISITOR, "Somebody is coming down to the gate in a moment.")
        await until(lambda: bool(visitor.relayed))
        await until(lambda: visitor.playouts[-1].heard_to_end)
        assert visitor.prompts[-1] == "Somebody is coming down to the gate in a moment."


async def test_a_visitor_who_leaves_ends_the_talk() -> None:
    """The resident is told."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        visitor.drop()
        await ended(door, resident)
    assert door.disposition is Disposition.MISSED
    assert resident.prompts[-1] == door.tools.prompts.sentences[Prompt.VISITOR_LEFT]


async def test_a_resident_who_leaves_without_deciding_has_permitted_nothing() -> None:
    """The visitor is told; no other phone is rung."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        resident.drop()
        await ended(door, visitor)
    assert outcome(door) == (Disposition.DENIED, DecidedBy.DEFAULT)
    assert door.tools.prompts.sentences[Prompt.DENIED_VISITOR] in visitor.prompts
    assert door.telephone.rung == ["PJSIP/501"]


async def test_the_limit_of_the_whole_call_holds_while_they_talk() -> None:
    """However much they have to say."""
    async with open_door(settings=DoorSettings(max_call_seconds=40.0)) as door:
        visitor, resident = await talking(door)
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.FAILED
    assert door.tools.prompts.sentences[Prompt.FAILED] in resident.prompts


async def test_the_waiting_sound_does_not_disturb_the_talk() -> None:
    """It ends when they are joined."""
    async with open_door() as door:
        visitor, _resident = await talking(door)
        rounds = len(visitor.waiting)
        await asyncio.sleep(20)
        assert len(visitor.waiting) == rounds
        assert set(visitor.relayed[-100:]) == {SILENT_FRAME}, "the other's own silence"


async def test_keys_that_are_played_at_the_door_do_not_reach_the_resident() -> None:
    """Their phone could echo them, and Asterisk take the echo for the resident's key."""
    async with open_door() as door:
        visitor, resident = await talking(door)
        visitor.sound(keypad_tones("1", 0.2, 0.1))
        visitor.say("hello")
        await until(lambda: "hello" in listened(resident))
        assert not any(map(is_keypad_tone, resident.relayed))
        assert door.disposition is None
        visitor.drop()
        await ended(door, resident)

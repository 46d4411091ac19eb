"""Who speaks while a question is put to them: when they are given the word, and what their words may decide."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg
from voice_engine.core.events import CallEventKind, DecidedBy, Disposition
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Language

pytestmark = pytest.mark.virtual_time

BOTH = pytest.mark.parametrize("language", list(Language))
UNIT = {
    Language.ENGLISH: "i have a delivery for apartment five zero one",
    Language.PORTUGUESE: "tenho uma entrega para o apartamento quinhentos e um",
}
YES = {Language.ENGLISH: "yes let him in please", Language.PORTUGUESE: "sim pode entrar por favor"}
NO = {Language.ENGLISH: "no do not let him in", Language.PORTUGUESE: "não deixa entrar ninguém"}
WHO = {Language.ENGLISH: "who is it please", Language.PORTUGUESE: "quem é que está aí"}


async def asking(door: Door) -> tuple[FakeLeg, FakeLeg]:
    """A resident who has just taken the phone, and hears the question begin."""
    visitor = door.visitor()
    await asyncio.sleep(0.2)
    visitor.press("501#")
    resident = await door.resident()
    await until(lambda: bool(resident.playouts) and resident.playouts[0].started_at is not None)
    return visitor, resident


def was_cut(leg: FakeLeg, index: int) -> bool:
    """Whether a prompt was not heard to its end."""
    playout = leg.playouts[index]
    return not playout.heard_to_end and playout.ends_at - playout.starts_at < len(playout.pcm) / 16000 - 0.1


# --- the visitor ------------------------------------------------------------------------------------------------------


@BOTH
async def test_a_visitor_who_speaks_over_the_greeting_is_understood_from_the_first_word(language: Language) -> None:
    async with open_door(language=language) as door:
        visitor = door.visitor()
        visitor.say(UNIT[language], after_seconds=1.6)
        await heard(visitor, 2)
    assert was_cut(visitor, 0)
    assert door.observer.turns[0].heard == UNIT[language]
    assert door.observer.turns[0].understood == "unit 501"
    assert visitor.prompts[1] == door.tools.prompts.render(Prompt.CALLING, "501")


async def test_the_greeting_stops_once_the_voice_has_lasted_as_long_as_told() -> None:
    async with open_door(settings=DoorSettings(barge_in_seconds=1.0)) as door:
        visitor = door.visitor()
        await until(lambda: bool(visitor.playouts))
        began = visitor.playouts[0].starts_at
        visitor.say(UNIT[Language.ENGLISH], after_seconds=1.5)
        await until(lambda: was_cut(visitor, 0))
        assert asyncio.get_running_loop().time() - began == pytest.approx(2.5, abs=0.15)


async def test_switched_off_nothing_cuts_the_greeting() -> None:
    """But what was begun during it is still heard from its beginning."""
    async with open_door(settings=DoorSettings(barge_in_seconds=0)) as door:
        visitor = door.visitor()
        await until(lambda: bool(visitor.playouts))
        length = visitor.playouts[0].ends_at - visitor.playouts[0].starts_at
        visitor.say(UNIT[Language.ENGLISH], after_seconds=length - 1.0)
        await heard(visitor, 2)
    assert visitor.playouts[0].heard_to_end
    assert door.observer.turns[0].heard == UNIT[Language.ENGLISH]


async def test_a_cough_does_not_cut_the_greeting() -> None:
    async with open_door() as door:
        visitor = door.visitor()
        visitor.say("hm", 0.3, after_seconds=1.5)
        await heard(visitor, 1)
    assert visitor.playouts[0].heard_to_end


@pytest.mark.parametrize("echo_seconds", [0.06, 0.1, 0.2, 0.36])
async def test_the_engine_never_listens_to_itself(echo_seconds: float) -> None:
    """All that is said comes back as loud as it was, to the visitor's leg and to the resident's."""
    async with open_door(settings=DoorSettings(barge_in_seconds=0.2)) as door:
        visitor = door.visitor()
        visitor.echo_seconds = echo_seconds
        await heard(visitor, 2)
        assert visitor.playouts[0].heard_to_end
        visitor.press("501#")
        resident = await door.resident()
        resident.echo_seconds = echo_seconds
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert door.transcriber.asked == []
    assert (door.disposition, door.observer.events[-1].call.decided_by) == (Disposition.DENIED, DecidedBy.DEFAULT)
    assert all(playout.heard_to_end for playout in resident.playouts)


async def test_an_answer_at_once_is_not_taken_for_an_echo() -> None:
    """It is over before the echo guard is, and yet it counts."""
    async with open_door() as door:
        _, resident = await asking(door)
        await heard(resident, 1)
        resident.say("no", 0.26, after_seconds=0.06)
        await until(lambda: door.disposition is not None)
    assert door.disposition is Disposition.DENIED


async def test_what_home_assistant_says_is_not_cut_by_speech() -> None:
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        door.tools.desk.say(str(visitor.leg_id), "visitor", "Please keep clear of the gate, it is being painted.")
        visitor.say(UNIT[Language.ENGLISH], after_seconds=1.0)
        await heard(visitor, 2)
    assert visitor.playouts[1].heard_to_end


# --- the resident -----------------------------------------------------------------------------------------------------


@BOTH
async def test_a_permission_before_the_end_of_the_question_is_asked_for_again(language: Language) -> None:
    """It stops the prompt, and opens nothing; the question is put again, and only a new yes counts."""
    async with open_door(language=language) as door:
        visitor, resident = await asking(door)
        resident.say(YES[language], after_seconds=1.2)
        await until(lambda: len(resident.playouts) == 2)
        assert was_cut(resident, 0)
        assert resident.prompts[1] == resident.prompts[0]
        assert door.disposition is None
        await heard(resident, 2)
        assert door.disposition is None
        resident.say(YES[language], after_seconds=0.5)
        await until(lambda: door.disposition is not None)
    assert door.disposition is Disposition.GRANTED
    assert visitor.closed


@BOTH
async def test_a_refusal_counts_at_once(language: Language) -> None:
    async with open_door(language=language) as door:
        _, resident = await asking(door)
        resident.say(NO[language], after_seconds=1.2)
        await until(lambda: door.disposition is not None)
        assert was_cut(resident, 0)
    assert (door.disposition, door.observer.events[-1].call.decided_by) == (Disposition.DENIED, DecidedBy.VOICE)


@BOTH
async def test_a_question_back_is_answered_at_once(language: Language) -> None:
    async with open_door(language=language) as door:
        _, resident = await asking(door)
        resident.say(WHO[language], after_seconds=1.2)
        await heard(resident, 2)
        assert was_cut(resident, 0)
        await until(lambda: door.observer.turns[-1].understood == "more_info")
        assert door.disposition is None


async def test_the_question_put_again_cannot_be_cut_and_a_yes_across_its_end_is_unclear() -> None:
    """Nor does it go round for ever: then the keypad, then the door stays shut."""
    async with open_door() as door:
        _, resident = await asking(door)
        resident.say(YES[Language.ENGLISH], after_seconds=1.2)
        await until(lambda: len(resident.playouts) == 2)
        length = resident.playouts[1].ends_at - resident.playouts[1].starts_at
        resident.say(YES[Language.ENGLISH], 2.0, after_seconds=length - 1.0)
        await heard(resident, 2)
        assert resident.playouts[1].heard_to_end
        await heard(resident, 3)
        assert resident.prompts[2] == door.tools.prompts.render(Prompt.ANSWER_UNCLEAR)
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert door.disposition is Disposition.DENIED


async def test_a_yes_begun_in_the_question_and_ended_after_it_grants_nothing() -> None:
    """Of a sentence like "I would not say yes" only the end falls behind that of the question."""
    async with open_door(settings=DoorSettings(barge_in_seconds=3.0)) as door:
        _, resident = await asking(door)
        length = resident.playouts[0].ends_at - resident.playouts[0].starts_at
        resident.say("yes let him in", 1.5, after_seconds=length - 1.0)
        await heard(resident, 2)
        assert resident.playouts[0].heard_to_end
        assert resident.prompts[1] == resident.prompts[0]
    assert CallEventKind.GRANTED not in door.kinds


async def test_hello_in_the_first_half_second_of_the_question_does_not_cut_it() -> None:
    async with open_door(settings=DoorSettings(barge_in_seconds=0.2)) as door:
        _, resident = await asking(door)
        resident.say("hello", 0.45)
        await heard(resident, 1)
    assert resident.playouts[0].heard_to_end


async def test_the_keypad_decides_at_any_moment() -> None:
    async with open_door() as door:
        _, resident = await asking(door)
        await asyncio.sleep(0.1)
        resident.press("1")
        await until(lambda: door.disposition is not None)
    assert (door.disposition, door.observer.events[-1].call.decided_by) == (Disposition.GRANTED, DecidedBy.KEYPAD)


# --- tones ------------------------------------------------------------------------------------------------------------


async def test_the_tones_that_open_come_last_and_are_heard_to_their_end() -> None:
    settings = DoorSettings(open_tones="*5#", tone_seconds=0.2)
    async with open_door(settings=settings) as door:
        visitor, resident = await asking(door)
        resident.press("1")
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert visitor.playouts[-2].text == door.tools.prompts.render(Prompt.GOODBYE)
    tones = visitor.playouts[-1]
    assert tones.heard_to_end
    assert len(tones.pcm) / 16000 == pytest.approx(3 * 0.2 + 4 * 0.1)
    assert all(playout.pcm != tones.pcm for playout in resident.playouts)


@pytest.mark.parametrize("settings", [DoorSettings(open_tones="9"), DoorSettings()])
async def test_a_refusal_plays_no_tones(settings: DoorSettings) -> None:
    async with open_door(settings=replace(settings, ring_attempts=1)) as door:
        visitor, resident = await asking(door)
        resident.press("2")
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    assert visitor.prompts[-1] == door.tools.prompts.render(Prompt.GOODBYE)


# --- figures ----------------------------------------------------------------------------------------------------------


async def test_a_turn_by_keypad_is_told_with_its_figures() -> None:
    async with open_door() as door:
        _, resident = await asking(door)
        resident.press("1")
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
    by_keypad = [turn for turn in door.observer.turns if turn.understood == "keypad"]
    assert [turn.heard for turn in by_keypad] == ["", ""]
    assert all(set(turn.stages) == {"understanding", "synthesis", "first_frame"} for turn in by_keypad)

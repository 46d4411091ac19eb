"""Whole calls in virtual time: sound in, sound out, and what the world is told."""

from __future__ import annotations

import asyncio
from datetime import time
from uuid import uuid4

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, FakeTranscriber, Phone
from voice_engine.core.events import CallEventKind, CallStage, DecidedBy, Disposition, Party
from voice_engine.core.facts import Intent
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.ports import RingResult

pytestmark = pytest.mark.virtual_time

OPENING = [CallEventKind.RANG, CallEventKind.STAGE, CallEventKind.ANSWERED]


async def ended(door: Door, *legs: FakeLeg) -> None:
    """Wait until the legs are gone and the end was told."""
    await until(lambda: all(leg.closed for leg in legs) and door.kinds[-1:] == [CallEventKind.ENDED])


async def test_a_visitor_is_let_in_by_voice() -> None:
    """The whole way: both talk, both are told, both are hung up on after the last word."""
    async with open_door() as door:
        visitor = door.visitor()
        door.telephone.callers[visitor.leg_id] = "1000"
        await heard(visitor, 1)
        visitor.say("i have a delivery for apartment five zero one")
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("yes let him in", after_seconds=0.5)
        await ended(door, visitor, resident)

    assert door.kinds == [*OPENING, CallEventKind.GRANTED, CallEventKind.ENDED]
    assert all(event.call.caller == "1000" for event in door.observer.events[1:])
    last = door.observer.events[-1].call
    assert (last.stage, last.unit, last.disposition, last.decided_by) == (
        CallStage.ENDED,
        "501",
        Disposition.GRANTED,
        DecidedBy.VOICE,
    )
    assert last.ended_at is not None
    assert all(playout.heard_to_end for leg in (visitor, resident) for playout in leg.playouts)


async def test_what_the_visitor_tells_is_told_to_the_resident_and_to_the_world() -> None:
    """In several turns; the doorbell rang before anything was told."""
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("i have a delivery from amazon")
        await heard(visitor, 2)
        visitor.say("my name is rui, apartment five zero one")
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("yes", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert "A delivery from Amazon for five zero one, brought by Rui." in resident.prompts[0]
    calls = [event.call for event in door.observer.events]
    assert {(call.intent, call.visitor, call.company) for call in calls[1:]} == {(Intent.DELIVERY, "Rui", "Amazon")}
    assert (calls[0].intent, calls[0].visitor, calls[0].company, calls[0].unit) == (None, None, None, None)


async def test_turns_are_told_with_the_time_of_each_stage() -> None:
    """Voice stopped to first sound of the reply, stage by stage."""
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one")
        await heard(visitor, 2)
    turn = door.observer.turns[0]
    assert (turn.party, turn.heard, turn.understood) == (Party.VISITOR, "apartment five zero one", "unit 501")
    # The words were there before the silence was over: nobody waited for them.
    assert turn.stages["transcription"] == 0.0
    assert turn.stages["first_frame"] >= turn.stages["endpoint"] + turn.stages["transcription"]


async def test_the_recogniser_is_told_what_to_expect() -> None:
    """Units and names for the visitor, a yes or no for the resident."""
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one")
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("no thank you", after_seconds=0.4)
        await ended(door, visitor, resident)
    unit, answer = door.transcriber.asked
    assert (unit.question, unit.units) == (Question.UNIT, ("501", "302"))
    assert "Daniel Souza" in unit.names
    assert answer.question is Question.ANSWER
    assert door.disposition is Disposition.DENIED


async def test_keys_alone_lead_from_the_door_to_the_decision() -> None:
    """The visitor cuts the welcome short with a key; the resident cuts the question short with 1."""
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.5)
        visitor.press("302#")
        resident = await door.resident()
        await asyncio.sleep(1.0)
        resident.press("1")
        await ended(door, visitor, resident)
    assert not visitor.playouts[0].heard_to_end
    assert not resident.playouts[0].heard_to_end
    assert door.observer.events[-1].call.decided_by is DecidedBy.KEYPAD
    assert door.disposition is Disposition.GRANTED


async def test_what_the_resident_says_into_the_question_is_not_an_answer() -> None:
    """A yes in the middle of the question opens nothing; after its end it does."""
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await asyncio.sleep(0.5)
        resident.say("yes")
        await heard(resident, 1)
        assert door.disposition is None
        await asyncio.sleep(2.0)
        assert door.disposition is None
        resident.say("yes")
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.GRANTED


@pytest.mark.parametrize(
    ("result", "disposition", "prompt"),
    [
        (RingResult.NO_ANSWER, Disposition.NO_ANSWER, Prompt.NO_ANSWER_VISITOR),
        (RingResult.BUSY, Disposition.BUSY, Prompt.BUSY_VISITOR),
        (RingResult.UNREACHABLE, Disposition.UNREACHABLE, Prompt.UNREACHABLE_VISITOR),
    ],
)
async def test_a_phone_rung_in_vain_is_rung_again_and_then_told(
    result: RingResult, disposition: Disposition, prompt: Prompt
) -> None:
    """Attempts as configured, the fitting sentence, one outcome event, the end."""
    async with open_door({"PJSIP/501": Phone(result, 3.0)}) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        await ended(door, visitor)
    assert door.telephone.rung == ["PJSIP/501"] * 2
    assert door.tools.prompts.render(prompt) in visitor.prompts
    assert door.disposition is disposition
    assert door.kinds == [CallEventKind.RANG, CallEventKind.STAGE, CallEventKind.NO_ANSWER, CallEventKind.ENDED]


async def test_a_visitor_who_hangs_up_stops_the_ringing() -> None:
    """The phone is silenced at once, the visit is missed."""
    async with open_door({"PJSIP/501": Phone(after_seconds=15.0)}) as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        await asyncio.sleep(3.0)
        visitor.drop()
        await ended(door)
    assert door.telephone.cancelled == ["PJSIP/501"]
    assert door.kinds[-2:] == [CallEventKind.MISSED, CallEventKind.ENDED]


@pytest.mark.parametrize("seconds", [0.0, 1.0, 5.0, 9.0, 12.0])
async def test_a_visitor_may_hang_up_at_any_time(seconds: float) -> None:
    """Whenever it happens, the call ends, the resident is let go, and nobody is left behind."""
    async with open_door() as door:
        visitor = door.visitor()
        visitor.press("501#")
        await asyncio.sleep(seconds)
        visitor.drop()
        await ended(door)
    assert door.kinds.count(CallEventKind.ENDED) == 1
    assert door.disposition in {Disposition.MISSED, Disposition.DENIED}


async def test_a_resident_who_hangs_up_has_permitted_nothing() -> None:
    """The visitor is told, the door stays shut."""
    async with open_door() as door:
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        resident.drop()
        await ended(door, visitor)
    assert (door.disposition, door.observer.events[-1].call.decided_by) == (Disposition.DENIED, DecidedBy.DEFAULT)


async def test_a_broken_recogniser_never_opens_and_leads_to_the_keypad() -> None:
    """At once and with an apology, for asking again would only fail again; the visitor and the resident alike."""
    async with open_door(transcriber=FakeTranscriber()) as door:
        door.transcriber.broken = True
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one", after_seconds=0.4)
        assert await heard(visitor, 2) == door.tools.prompts.render(Prompt.UNIT_SPEECH_FAILED)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("yes", after_seconds=0.4)
        assert await heard(resident, 2) == door.tools.prompts.render(Prompt.ANSWER_SPEECH_FAILED)
        assert door.disposition is None
        resident.press("1")
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.GRANTED


class BrokenTranscriber(FakeTranscriber):
    """Has a fault that nobody foresaw."""

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Fail in a way the port does not allow."""
        raise LookupError("a fault")


async def test_a_call_that_breaks_is_told_as_failed_once_and_takes_no_other_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its end is the last that is told, its legs are let go, the next visitor is served."""
    async with open_door(transcriber=BrokenTranscriber()) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one")
        await ended(door, visitor)
        await asyncio.sleep(1.0)
        assert door.kinds == [CallEventKind.RANG, CallEventKind.MISSED, CallEventKind.ENDED]
        assert door.disposition is Disposition.FAILED
        await heard(door.visitor(), 1)
    assert "a fault" in caplog.text


async def test_an_engine_that_cannot_speak_asks_nothing_and_opens_nothing() -> None:
    """Without a question there is no answer."""
    async with open_door() as door:
        door.synthesizer.broken = True
        visitor = door.visitor()
        await ended(door, visitor)
    assert door.disposition is Disposition.FAILED
    assert door.telephone.rung == []


async def test_a_language_without_a_recogniser_is_served_by_keypad() -> None:
    """Portuguese without a Portuguese recogniser: the prompts ask for keys, nobody is transcribed."""
    english_only = FakeTranscriber([Language.ENGLISH])
    async with open_door(language=Language.PORTUGUESE, transcriber=english_only) as door:
        visitor = door.visitor()
        assert await heard(visitor, 1) == door.tools.prompts.render(Prompt.WELCOME_KEYPAD)
        visitor.press("501#")
        resident = await door.resident()
        await heard(resident, 1)
        resident.press("2")
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.DENIED
    assert english_only.asked == []


async def test_a_call_that_takes_too_long_is_ended_politely() -> None:
    """An apology, then the hang-up."""
    async with open_door(settings=DoorSettings(max_call_seconds=41.0, no_input_seconds=30.0)) as door:
        visitor = door.visitor()
        await ended(door, visitor)
    assert door.tools.prompts.render(Prompt.FAILED) in visitor.prompts
    assert door.disposition is Disposition.FAILED


async def test_an_engine_that_stops_tells_those_on_the_line() -> None:
    """Calls end politely before the engine does."""
    async with open_door() as door:
        visitor = door.visitor()
        await heard(visitor, 1)
    assert visitor.closed
    assert door.tools.prompts.render(Prompt.FAILED) in visitor.prompts
    assert door.kinds[-1] is CallEventKind.ENDED


async def test_two_calls_do_not_mix() -> None:
    """Each visitor reaches their own resident; one grant and one denial."""
    async with open_door() as door:
        first, second = door.visitor(), door.visitor()
        await asyncio.sleep(0.2)
        first.press("501#")
        first_resident = await door.resident()
        second.press("302#")
        second_resident = await door.resident()
        first_resident.press("1")
        second_resident.press("2")
        await ended(door, first, second, first_resident, second_resident)
    outcomes = {event.call.unit: event.call.disposition for event in door.observer.events}
    assert outcomes == {"501": Disposition.GRANTED, "302": Disposition.DENIED, None: None}


async def test_a_full_engine_and_a_used_uuid_admit_nobody() -> None:
    """Refused legs start no call."""
    async with open_door(settings=DoorSettings(max_calls=2)) as door:
        visitor = door.visitor()
        assert not door.calls.admit_visitor(FakeLeg(visitor.leg_id))
        door.visitor()
        assert not door.calls.admit_visitor(FakeLeg())


async def test_only_a_leg_that_was_rung_for_is_the_residents_and_only_once() -> None:
    """A stranger's UUID, or a second use of the right one, gets nowhere."""
    async with open_door() as door:
        assert not door.calls.admit_resident(FakeLeg(uuid4()))
        visitor = door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("501#")
        resident = await door.resident()
        assert not door.calls.admit_resident(FakeLeg(resident.leg_id))


async def test_quiet_hours_are_those_of_the_clock() -> None:
    """By night 302 is not rung; 501, which has no such hours, is."""
    async with open_door(at=time(22)) as door:
        visitor, other = door.visitor(), door.visitor()
        await asyncio.sleep(0.2)
        visitor.press("302#")
        await ended(door, visitor)
        assert door.disposition is Disposition.DO_NOT_DISTURB
        assert door.kinds[-2:] == [CallEventKind.NO_ANSWER, CallEventKind.ENDED]
        assert visitor.prompts[-2] == door.tools.prompts.sentences[Prompt.DO_NOT_DISTURB_VISITOR]
        other.press("501#")
        await door.resident()
    assert door.telephone.rung == ["PJSIP/501"]

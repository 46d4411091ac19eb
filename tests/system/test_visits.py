"""Visits that reach the resident: the question is put and answered."""

from __future__ import annotations

from dev.stage.prompts import check_heard
from dev.stage.speech import Voice
from tests.system.house import CALL_SECONDS, House
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.prompts import Prompt


async def test_granted_by_voice(house: House) -> None:
    visitor, call = await house.visit()
    await house.say(visitor, "i have a delivery for apartment five zero one")
    resident = await house.answered_by("501")
    await house.say(resident, "yes let him in", Voice.MAN)
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert call.events == ["ring", "ringing", "answered", "granted", "ended"]
    assert (end["caller"], end["unit"], end["disposition"], end["decided_by"]) == ("1000", "501", "granted", "voice")
    await house.shows("granted")
    await check_heard(visitor, Prompt.WELCOME, (Prompt.CALLING, "501"), Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    assert end["intent"] == "delivery"
    await check_heard(resident, (Prompt.QUESTION, "501", Facts(intent=Intent.DELIVERY)), Prompt.GRANTED_RESIDENT)


async def test_granted_by_keypad(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("302#")
    resident = await house.answered_by("302")
    await resident.hearing.speech(CALL_SECONDS)
    await resident.press("1")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert call.events == ["ring", "ringing", "answered", "granted", "ended"]
    assert (end["unit"], end["decided_by"]) == ("302", "keypad")
    await house.shows("granted")
    await check_heard(visitor, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, Prompt.GRANTED_RESIDENT)


async def test_denied_by_voice(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = await house.answered_by("501")
    assert resident.call.peer_name == "Door"
    await house.say(resident, "do not let him in")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert call.events == ["ring", "ringing", "answered", "denied", "ended"]
    assert end["decided_by"] == "voice"
    await house.shows("denied")
    await check_heard(visitor, (Prompt.CALLING, "501"), Prompt.DENIED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, (Prompt.QUESTION, "501"), Prompt.DENIED_RESIDENT)


async def test_unknown_unit_and_then_the_right_one(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("777#")
    await house.say(visitor, "i have a delivery for apartment three zero two", Voice.MAN)
    resident = await house.answered_by("302")
    await resident.press("2")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert (end["unit"], end["disposition"], end["decided_by"]) == ("302", "denied", "keypad")
    await check_heard(visitor, (Prompt.UNIT_UNKNOWN, "777"), Prompt.DENIED_VISITOR, Prompt.GOODBYE)


async def test_two_visitors_at_once(house: House) -> None:
    (first, first_call), (second, second_call) = await house.visit("1000"), await house.visit("1001")
    await first.press("501#")
    await second.press("302#")
    of_first, of_second = await house.answered_by("501"), await house.answered_by("302")
    await house.states.until(lambda: house.states.state("active_calls") == "2", CALL_SECONDS)
    await of_second.hearing.prompt(CALL_SECONDS)
    await of_first.press("1")
    await of_second.press("2")
    ends = [await first_call.ended(), await second_call.ended()]
    await house.hung_up(first, second, of_first, of_second)

    assert [(end["unit"], end["disposition"]) for end in ends] == [("501", "granted"), ("302", "denied")]
    await check_heard(first, (Prompt.CALLING, "501"), Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(second, (Prompt.CALLING, "302"), Prompt.DENIED_VISITOR, Prompt.GOODBYE)
    await check_heard(of_second, (Prompt.QUESTION, "302"), Prompt.DENIED_RESIDENT)

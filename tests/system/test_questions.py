"""Visitors who are asked back before a phone rings, and residents who ask back before they decide."""

from __future__ import annotations

from dev.stage.prompts import check_heard
from dev.stage.speech import Voice
from tests.system.house import CALL_SECONDS, House
from voice_engine.backends.prompt_packs import load_pack
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language


async def test_one_of_two_of_the_same_name(house: House) -> None:
    """The names are told as far as they differ, the apartment is not."""
    visitor, call = await house.visit()
    await house.say(visitor, "i am here to see anna", Voice.MAN)
    await house.say(visitor, "anna morgan", Voice.MAN)
    resident = await house.answered_by("302")
    await resident.hearing.prompt(CALL_SECONDS)
    await resident.press("1")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert (end["unit"], end["disposition"], end["intent"]) == ("302", "granted", "visit")
    which = load_pack(Language.ENGLISH).render(Prompt.WHICH_RESIDENT, options=("Anna Carter", "Anna Morgan"))
    await check_heard(visitor, Prompt.WELCOME, which, Prompt.CALLING_RESIDENT, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)


async def test_what_they_come_for_is_asked(house: House) -> None:
    """And the resident hears it."""
    visitor, call = await house.visit()
    await house.say(visitor, "apartment five zero one", Voice.MAN)
    await house.say(visitor, "i have a package", Voice.MAN)
    resident = await house.answered_by("501")
    await resident.hearing.prompt(CALL_SECONDS)
    await resident.press("2")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert (end["unit"], end["disposition"], end["intent"]) == ("501", "denied", "delivery")
    await check_heard(visitor, Prompt.WELCOME, Prompt.ASK_INTENT, (Prompt.CALLING, "501"), Prompt.DENIED_VISITOR)


async def test_a_resident_asks_who_it_is_and_then_grants(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = await house.answered_by("501")
    await house.say(resident, "who is it", Voice.MAN)
    await house.say(resident, "yes let him in", Voice.MAN)
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert call.events == ["ring", "ringing", "answered", "granted", "ended"]
    assert (end["disposition"], end["decided_by"]) == ("granted", "voice")
    told = ((Prompt.MORE_INFO, "501"), (Prompt.QUESTION, "501"))
    await check_heard(resident, (Prompt.QUESTION, "501"), *told, Prompt.GRANTED_RESIDENT)
    await check_heard(visitor, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)

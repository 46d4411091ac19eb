"""Home Assistant has homes called without a visitor, on real phones; and rings a doorbell to try it."""

from __future__ import annotations

import asyncio

import pytest

from dev.stage.phone import Phone
from dev.stage.prompts import check_heard
from dev.stage.recording import find, samples_of
from dev.stage.speech import Voice
from dev.stage.stage import DECLINING_UNIT, EMPTY_UNIT
from dev.stage.waiting import eventually
from tests.system.house import CALL_SECONDS, House
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language

FOOD = "Your food is at the desk."
PLUMBER = "The plumber is here. May he come in?"


async def taken(house: House, unit: str) -> Phone:
    """The phone that rings, taken by somebody who listens."""
    resident = await house.answered_by(unit)
    await resident.hearing.speech(CALL_SECONDS)
    return resident


async def heard(resident: Phone, words: str) -> None:
    """Wait until these words of Home Assistant's were heard to their end: pauses stand in front of them, too."""
    spoken = samples_of(await EspeakSynthesizer().synthesize(words, Language.ENGLISH))

    async def found() -> bool | None:
        match = find(spoken, await resident.hearing.recording())
        return (match is not None and match.whole) or None

    await eventually(found, CALL_SECONDS)


async def test_a_message_is_heard(house: House) -> None:
    """From its first word to goodbye; who hears it hangs up. No call is shown meanwhile."""
    changes = len(house.states.changes)
    async with asyncio.TaskGroup() as group:
        told = group.create_task(house.stage.home_assistant.ask("call_resident", unit="501", message=FOOD))
        resident = await taken(house, "501")
        assert resident.call.peer_name == "Door"
        await house.hung_up(resident)
    assert told.result() == {"outcome": "delivered", "answer": None}
    await check_heard(resident, Prompt.MESSAGE, FOOD, Prompt.GOODBYE)
    keys = {change.key for change in house.states.changes[changes:]}
    assert not keys & {"call", "doorbell", "active_calls", "last_disposition"}


@pytest.mark.parametrize(("words", "answer"), [("yes let him in", "yes"), ("do not let him in", "no")])
async def test_a_question_is_answered_by_voice(house: House, words: str, answer: str) -> None:
    async with asyncio.TaskGroup() as group:
        asking = house.stage.home_assistant.ask("call_resident", unit="302", message=PLUMBER, question=True)
        told = group.create_task(asking)
        resident = await house.answered_by("302")
        sentence = await house.stage.speech.sentence(words, Voice.MAN)
        await heard(resident, PLUMBER)
        await resident.say(sentence)
        await house.hung_up(resident)
    assert told.result() == {"outcome": "delivered", "answer": answer}
    await check_heard(resident, Prompt.MESSAGE_QUESTION, PLUMBER, Prompt.MESSAGE_ANSWERED)


async def test_a_question_is_answered_by_key(house: House) -> None:
    async with asyncio.TaskGroup() as group:
        asking = house.stage.home_assistant.ask("call_resident", unit="302", message=PLUMBER, question=True)
        told = group.create_task(asking)
        resident = await taken(house, "302")
        await resident.press("2")
        await house.hung_up(resident)
    assert told.result() == {"outcome": "delivered", "answer": "no"}
    await check_heard(resident, Prompt.MESSAGE_ANSWERED)


@pytest.mark.parametrize(("unit", "outcome"), [(DECLINING_UNIT, "declined"), (EMPTY_UNIT, "unreachable")])
async def test_nobody_is_reached(house: House, unit: str, outcome: str) -> None:
    told = await house.stage.home_assistant.ask("call_resident", unit=unit, message=FOOD)
    assert told == {"outcome": outcome, "answer": None}


async def test_a_doorbell_rings_as_a_test(house: House) -> None:
    """It rings in Home Assistant, and there is no call."""
    changes = len(house.states.changes)
    await house.stage.home_assistant.press("test_ring")
    await house.states.until(
        lambda: any(change.key == "doorbell" for change in house.states.changes[changes:]), CALL_SECONDS
    )
    told = {change.key: change.attributes for change in house.states.changes[changes:]}
    assert (told["doorbell"]["event_type"], told["doorbell"]["test"]) == ("ring", True)
    assert not set(told) & {"call", "active_calls", "last_disposition"}
    await house.at_rest()


async def test_speech_is_made_anew(house: House) -> None:
    """What was remembered is freed, and made again ahead of the next visitor."""
    await house.stage.home_assistant.ask("warm_cache", cache="speech")
    (freed,) = (await house.stage.home_assistant.ask("clear_cache", cache="speech"))["freed"]
    assert freed["name"] == "speech"
    assert freed["entries"] > 0
    warmed = (await house.stage.home_assistant.ask("warm_cache"))["warmed"]
    assert {cache["name"]: cache["entries"] > 0 for cache in warmed} == {"speech": True, "settings": True}

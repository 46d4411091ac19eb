"""People who do not wait: visitors who speak over the greeting, and parties that hang up at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dev.stage.keypad import keys_in
from dev.stage.phone import Phone
from dev.stage.prompts import check_heard, text_of
from dev.stage.recording import find, samples_of
from dev.stage.waiting import eventually
from tests.system.house import CALL_SECONDS, SETTINGS, House
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language

SAID = "i have a delivery for apartment five zero one"


async def test_a_visitor_who_speaks_over_the_greeting_is_understood(house: House) -> None:
    sentence = await house.stage.speech.sentence(SAID)
    visitor, call = await house.visit()
    await visitor.hearing.speech(CALL_SECONDS)
    await asyncio.sleep(1.2)
    await visitor.say(sentence)
    resident = await house.answered_by("501")
    await resident.press("1")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert (end["unit"], end["intent"], end["disposition"]) == ("501", "delivery", "granted")
    welcome = samples_of(await EspeakSynthesizer().synthesize(text_of(Prompt.WELCOME), Language.ENGLISH))
    match = find(welcome, await visitor.hearing.recording())
    assert match is not None
    assert not match.whole, "the greeting was not cut"
    await check_heard(visitor, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)


async def test_a_station_that_opens_on_a_code_hears_it_last(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = await house.answered_by("501")
    await resident.hearing.speech(CALL_SECONDS)
    await resident.press("1")
    await call.ended()
    await house.hung_up(visitor, resident)

    await check_heard(visitor, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    recording = await visitor.hearing.recording()
    goodbye = samples_of(await EspeakSynthesizer().synthesize(text_of(Prompt.GOODBYE), Language.ENGLISH))
    match = find(goodbye, recording)
    assert match is not None
    assert keys_in(recording[match.end * 160 :]) == SETTINGS["door"]["open_tones"]
    assert keys_in(await resident.hearing.recording()) == ""


type HangUp = Callable[[House], Awaitable[tuple[Phone, ...]]]
"""Brings a call to a stage and has somebody hang up; tells whose phones were in the call."""


# --- hang-ups at every stage ------------------------------------------------------------------------------------------


async def _ring(house: House) -> tuple[Phone, Phone]:
    visitor, _ = await house.visit()
    await visitor.press("501#")
    resident = house.stage.phones["501"]
    await resident.rings(CALL_SECONDS)
    return visitor, resident


async def _question(house: House) -> tuple[Phone, Phone]:
    visitor, resident = await _ring(house)
    await resident.answer()
    await resident.hearing.speech(CALL_SECONDS)
    return visitor, resident


async def while_greeted(house: House) -> tuple[Phone, ...]:
    visitor, _ = await house.visit()
    await visitor.hearing.speech(CALL_SECONDS)
    await visitor.hang_up()
    return (visitor,)


async def while_heard(house: House) -> tuple[Phone, ...]:
    visitor, _ = await house.visit()
    await visitor.hearing.prompt(CALL_SECONDS)
    await visitor.hang_up()
    return (visitor,)


async def while_transcribed(house: House) -> tuple[Phone, ...]:
    sentence = await house.stage.speech.sentence(SAID)
    visitor, _ = await house.visit()
    await visitor.hearing.prompt(CALL_SECONDS)
    await visitor.say(sentence)
    await asyncio.sleep(0.4)
    await visitor.hang_up()
    return (visitor,)


async def while_keying(house: House) -> tuple[Phone, ...]:
    visitor, _ = await house.visit()
    await visitor.press("5030")
    await visitor.hang_up()
    return (visitor,)


async def while_ringing(house: House) -> tuple[Phone, ...]:
    visitor, _ = await _ring(house)
    await visitor.hang_up()
    return (visitor,)


async def visitor_while_asked(house: House) -> tuple[Phone, ...]:
    visitor, resident = await _question(house)
    await visitor.hang_up()
    return visitor, resident


async def resident_while_asked(house: House) -> tuple[Phone, ...]:
    visitor, resident = await _question(house)
    await resident.hang_up()
    return visitor, resident


async def resident_while_heard(house: House) -> tuple[Phone, ...]:
    visitor, resident = await _question(house)
    await resident.hearing.prompt(CALL_SECONDS)
    await resident.hang_up()
    return visitor, resident


async def both_at_once(house: House) -> tuple[Phone, ...]:
    visitor, resident = await _question(house)
    await asyncio.gather(visitor.hang_up(), resident.hang_up())
    return visitor, resident


async def while_told(house: House) -> tuple[Phone, ...]:
    visitor, resident = await _question(house)
    await resident.press("1")
    await visitor.hearing.speech(CALL_SECONDS)
    await visitor.hang_up()
    return visitor, resident


def holdings(pid: int) -> tuple[int, int]:
    """Files and sockets of a process, and its children."""
    process = Path(f"/proc/{pid}")
    children = (process / "task" / str(pid) / "children").read_text().split()
    return sum(1 for _ in (process / "fd").iterdir()), len(children)


@pytest.mark.parametrize(
    "hang_up",
    [
        while_greeted,
        while_heard,
        while_transcribed,
        while_keying,
        while_ringing,
        visitor_while_asked,
        resident_while_asked,
        resident_while_heard,
        both_at_once,
        while_told,
    ],
)
async def test_a_hang_up_leaves_nothing_behind(
    house: House, hang_up: Callable[[House], Awaitable[tuple[Phone, ...]]]
) -> None:
    """No call, no channel, no socket, no child; and the door serves the next visitor."""
    pid = house.stage.engine.process.pid
    before = holdings(pid)

    phones = await hang_up(house)

    await house.hung_up(*phones)
    await house.at_rest()

    async def as_before() -> bool | None:
        descriptors, children = holdings(pid)
        # Home Assistant's own connections, kept alive between its requests, come and go.
        return (children <= before[1] and descriptors <= before[0] + 2) or None

    await eventually(as_before, CALL_SECONDS)

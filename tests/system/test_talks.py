"""Visitor and resident talk to each other through the engine, on real phones; and several phones ring at once."""

from __future__ import annotations

import asyncio

import numpy as np

from dev.stage.phone import Phone
from dev.stage.prompts import check_heard
from dev.stage.recording import FRAME_SECONDS, SILENT_LEVEL, find, frames_of, levels, samples_of
from dev.stage.speech import Sentence, Voice
from dev.stage.stage import EMPTY_UNIT, FAMILY_UNIT
from tests.system.house import CALL_SECONDS, STOP_SECONDS, House, WatchedCall
from voice_engine.core.prompts import Prompt
from voice_engine.servers.audiosocket.relay import QUIET_DBFS

MOST_SILENT_SECONDS = 2.0
QUIET_LEVEL = 32768 * 10 ** (QUIET_DBFS / 20)
"""Below, the engine takes a frame for a pause."""
HEADER_BYTES = 44
"""Of a WAV file."""
MOST_DAMAGED = 0.05
"""Share of frames that two clocks may cost."""


async def heard_by(phone: Phone, sentence: Sentence) -> None:
    """Check that a phone heard what another party said, nearly every 20 ms of it.

    Pauses do not count: the relay shortens them by as much as a stalled machine has delayed the voice.
    """
    said = samples_of(sentence.path.read_bytes()[HEADER_BYTES:])[: round(sentence.seconds * 8000)]
    match = find(said, await phone.hearing.recording())
    assert match is not None, f"phone {phone.number} did not hear {sentence.text!r}"
    loud = levels(frames_of(said))
    voiced = loud[np.flatnonzero(loud > SILENT_LEVEL)[0] :] > QUIET_LEVEL  # a match counts from the first voiced frame
    missing = sum(bool(voiced[frame]) for frame in match.missing)
    assert missing + len(match.added) <= MOST_DAMAGED * sentence.seconds / FRAME_SECONDS, match.damage


async def put_through(house: House, *, by_voice: bool) -> tuple[Phone, Phone, WatchedCall]:
    """A visitor at 501 who talks to the resident."""
    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = await house.answered_by("501")
    if by_voice:
        await house.say(resident, "let me talk to him", Voice.MAN)
    else:
        await resident.hearing.speech(CALL_SECONDS)
        await resident.press("3")
    # The resident's notice is the longer one: then both have heard theirs.
    await resident.hearing.prompt(CALL_SECONDS)
    return visitor, resident, call


async def test_they_talk_and_a_key_opens(house: House) -> None:
    visitor, resident, call = await put_through(house, by_voice=False)
    asks = await house.stage.speech.sentence("hello who is there and what do you bring", Voice.MAN)
    answers = await house.stage.speech.sentence("it is the pizza that you ordered an hour ago")
    await resident.say(asks)
    await visitor.say(answers)
    # Neither a yes of the resident's nor a key of the visitor's opens.
    await resident.say(await house.stage.speech.sentence("yes let him in", Voice.MAN))
    await visitor.press("1")
    assert call.events == ["ring", "ringing", "answered"]
    await resident.press("1")
    await house.hung_up(visitor, resident)

    await house.shows("granted")
    await heard_by(visitor, asks)
    await heard_by(resident, answers)
    await check_heard(visitor, Prompt.TALK_VISITOR, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, Prompt.TALK_RESIDENT, Prompt.GRANTED_RESIDENT)


async def test_asked_for_by_voice_and_home_assistant_decides(house: House) -> None:
    visitor, resident, _ = await put_through(house, by_voice=True)
    await house.stage.home_assistant.act("answer_visitor", decision="deny")
    await house.hung_up(visitor, resident)
    await house.shows("denied")
    await check_heard(visitor, Prompt.TALK_VISITOR, Prompt.DENIED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, Prompt.TALK_RESIDENT, Prompt.DENIED_ELSEWHERE_RESIDENT)


async def test_a_resident_who_hangs_up_ends_the_talk(house: House) -> None:
    visitor, resident, _ = await put_through(house, by_voice=False)
    await resident.hang_up()
    await house.hung_up(visitor)
    await house.shows("denied")
    await check_heard(visitor, Prompt.TALK_VISITOR, Prompt.DENIED_VISITOR, Prompt.GOODBYE)


async def test_a_visitor_who_hangs_up_ends_the_talk(house: House) -> None:
    visitor, resident, _ = await put_through(house, by_voice=False)
    await visitor.hang_up()
    await house.hung_up(resident)
    await house.shows("missed")
    await check_heard(resident, Prompt.TALK_RESIDENT, Prompt.VISITOR_LEFT)


async def test_the_first_phone_that_is_taken_silences_the_others(house: House) -> None:
    """One of the three is not plugged in, and no obstacle."""
    visitor, call = await house.visit()
    await visitor.press(f"{FAMILY_UNIT}#")
    assert EMPTY_UNIT not in house.stage.phones
    taken, other = house.stage.phones["302"], house.stage.phones["501"]
    ringing, _ = await asyncio.gather(other.rings(CALL_SECONDS), taken.rings(CALL_SECONDS))
    await taken.answer()
    # Well before it would have stopped by itself.
    await ringing.ends(STOP_SECONDS)
    assert not ringing.answered.is_set()
    await taken.hearing.speech(CALL_SECONDS)
    await taken.press("1")
    end = await call.ended()
    await house.hung_up(visitor, taken)

    assert call.events == ["ring", "ringing", "answered", "granted", "ended"]
    assert (end["unit"], end["decided_by"]) == (FAMILY_UNIT, "keypad")
    await house.shows("granted")


async def test_a_waiting_visitor_hears_no_dead_air(house: House) -> None:
    """While the phone rings, and while a resident takes their time."""
    visitor, call = await house.visit()
    await visitor.press("501#")
    start = len(await visitor.hearing.recording())
    resident = house.stage.phones["501"]
    await resident.rings(CALL_SECONDS)
    await asyncio.sleep(2.5)
    await resident.answer()
    await resident.hearing.prompt(CALL_SECONDS)
    end = len(await visitor.hearing.recording())
    await resident.press("2")
    await call.ended()
    await house.hung_up(visitor, resident)

    silent = levels(frames_of((await visitor.hearing.recording())[start:end])) <= SILENT_LEVEL
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(int), [0]])))
    longest = max((edges[1::2] - edges[::2]), default=0) * FRAME_SECONDS
    assert longest < MOST_SILENT_SECONDS

"""Several doors, and residents who speak another language than the door: whole calls in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.engine.door.stage import UNITS, Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, FakeTelephoneSystem, FakeTranscriber
from voice_engine.core.events import CallEventKind, DecidedBy, Disposition
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language, Question
from voice_engine.door.doors import STATION_SECONDS, Doors, Origin

pytestmark = pytest.mark.virtual_time

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
GARAGE = {"2000": ("Garagem", PORTUGUESE), "2001": ("Garagem", PORTUGUESE)}
FOREIGN_UNITS = (replace(UNITS[0], language=PORTUGUESE), UNITS[1])


def visitor_from(door: Door, station: str | None) -> FakeLeg:
    """Somebody rings at a station."""
    visitor = door.visitor()
    if station is not None:
        door.telephone.callers[visitor.leg_id] = station
    return visitor


async def ended(door: Door, *legs: FakeLeg) -> None:
    """Wait until the legs are gone and the end was told."""
    await until(lambda: all(leg.closed for leg in legs) and door.kinds[-1:] == [CallEventKind.ENDED])


async def test_each_door_speaks_its_language() -> None:
    """Two visitors at once, one at each door; each resident is asked in the language of the door that rings."""
    async with open_door(stations=GARAGE) as door:
        front, garage = visitor_from(door, "1000"), visitor_from(door, "2001")
        packs = door.tools.packs
        assert await heard(front, 1) == packs[ENGLISH].render(Prompt.WELCOME)
        assert await heard(garage, 1) == packs[PORTUGUESE].render(Prompt.WELCOME)

        garage.say("entrega para o cinco zero um")
        resident = await door.resident()
        assert (
            await heard(resident, 1) == "Olá! Entrega para o cinco zero um. Pode entrar? Sim ou não, ou tecle 1 ou 2."
        )
        resident.say("pode deixar entrar", after_seconds=0.5)
        await ended(door, garage, resident)

        front.say("apartment three zero two")
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("no thank you", after_seconds=0.5)
        await ended(door, front, resident)
    assert [(event.call.door, event.call.caller) for event in door.observer.events if event.kind == "rang"] == [
        ("Front door", "1000"),
        ("Garagem", "2001"),
    ]
    assert [(event.call.door, event.call.disposition) for event in door.observer.events if event.kind == "ended"] == [
        ("Garagem", Disposition.GRANTED),
        ("Front door", Disposition.DENIED),
    ]


@pytest.mark.parametrize("station", [None, "3000"])
async def test_a_call_from_nobody_knows_where_is_one_from_the_first_door(
    station: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log says why."""
    async with open_door(stations=GARAGE) as door:
        visitor = visitor_from(door, station)
        assert await heard(visitor, 1) == door.tools.packs[ENGLISH].render(Prompt.WELCOME)
        visitor.drop()
        await ended(door, visitor)
    assert {event.call.door for event in door.observer.events} == {"Front door"}
    assert ("listed at no door" if station else "does not tell its station") in caplog.text


class SlowTelephoneSystem(FakeTelephoneSystem):
    """Never knows in time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[UUID] = []

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:
        """Takes all the time there is."""
        self.asked.append(leg_id)
        await asyncio.sleep(wait_seconds)
        return await super().caller(leg_id, wait_seconds) and None


@pytest.mark.parametrize(("several", "waited"), [(True, STATION_SECONDS), (False, 0.0)])
async def test_only_where_there_are_several_doors_is_the_station_waited_for(several: bool, waited: float) -> None:
    """And no longer than that."""
    loop = asyncio.get_running_loop()
    async with open_door() as door:
        tools = replace(door.tools, telephone=SlowTelephoneSystem())
        began = loop.time()
        origin = await Doors(tools, {"2000": tools} if several else {}).of(uuid4())
        assert origin == Origin(tools, None, asked=several)
        assert loop.time() - began == pytest.approx(waited)


@pytest.mark.parametrize("several", [True, False])
async def test_a_call_waits_once_for_its_caller(several: bool) -> None:
    """A second in all until somebody hears of it, whether the door depends on the number or not."""
    loop = asyncio.get_running_loop()
    slow = SlowTelephoneSystem()
    async with open_door(stations=GARAGE if several else {}, telephone=slow) as door:
        began = loop.time()
        visitor = door.visitor()
        await until(lambda: CallEventKind.RANG in door.kinds)
        assert loop.time() - began == pytest.approx(STATION_SECONDS, abs=0.05)
        assert slow.asked == [visitor.leg_id]
        visitor.drop()
        await ended(door, visitor)


async def test_a_visitor_who_leaves_before_the_door_is_known_has_rung_all_the_same() -> None:
    """Whoever waits at the door is told of, once, and the call is over."""
    async with open_door(stations=GARAGE) as door:
        visitor = visitor_from(door, "2000")
        visitor.drop()
        await ended(door, visitor)
    assert (door.kinds[0], door.kinds[-1]) == (CallEventKind.RANG, CallEventKind.ENDED)
    assert door.disposition is Disposition.MISSED


async def test_a_resident_is_asked_and_understood_in_the_unit_s_language() -> None:
    """The visitor goes on in the door's."""
    async with open_door(units=FOREIGN_UNITS) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("i have a delivery from amazon for apartment five zero one")
        resident = await door.resident()
        assert "Entrega da empresa Amazon para o cinco zero um." in await heard(resident, 1)
        resident.say("quem é", after_seconds=0.5)
        await heard(resident, 3)
        resident.say("pode entrar", after_seconds=0.5)
        await ended(door, visitor, resident)
    pack = door.tools.packs
    assert resident.prompts[-1] == pack[PORTUGUESE].render(Prompt.GRANTED_RESIDENT)
    assert visitor.prompts[-1] == pack[ENGLISH].render(Prompt.GOODBYE)
    assert {(asked.question, asked.language) for asked in door.transcriber.asked} == {
        (Question.UNIT, ENGLISH),
        (Question.ANSWER, PORTUGUESE),
    }
    assert door.disposition is Disposition.GRANTED


async def test_words_of_the_door_s_language_do_not_open_for_a_unit_of_another() -> None:
    """An English yes is no Portuguese one: only what the rules of the unit's language grant is granted."""
    async with open_door(units=FOREIGN_UNITS) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one")
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("yes let him in", after_seconds=0.5)
        assert await heard(resident, 2) == door.tools.packs[PORTUGUESE].render(Prompt.ANSWER_UNCLEAR)
        resident.press("2")
        await ended(door, visitor, resident)
    assert door.disposition is Disposition.DENIED


async def test_a_unit_whose_language_is_not_understood_decides_by_keypad() -> None:
    """Though the door's is."""
    async with open_door(units=FOREIGN_UNITS, transcriber=FakeTranscriber([ENGLISH])) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        visitor.say("apartment five zero one")
        resident = await door.resident()
        assert await heard(resident, 1) == door.tools.packs[PORTUGUESE].render(Prompt.QUESTION_KEYPAD, "501")
        resident.press("1")
        await ended(door, visitor, resident)
    assert door.observer.events[-1].call.decided_by is DecidedBy.KEYPAD


async def test_a_unit_whose_language_is_understood_speaks_at_a_door_that_works_by_keypad() -> None:
    units = (replace(UNITS[0], language=ENGLISH), UNITS[1])
    async with open_door(units=units, language=PORTUGUESE, transcriber=FakeTranscriber([ENGLISH])) as door:
        visitor = door.visitor()
        assert await heard(visitor, 1) == door.tools.packs[PORTUGUESE].render(Prompt.WELCOME_KEYPAD)
        visitor.press("501#")
        resident = await door.resident()
        assert await heard(resident, 1) == door.tools.packs[ENGLISH].render(Prompt.QUESTION, "501")
        resident.say("yes let them in", after_seconds=0.5)
        await ended(door, visitor, resident)
    assert door.observer.events[-1].call.decided_by is DecidedBy.VOICE
    assert visitor.prompts[-1] == door.tools.packs[PORTUGUESE].render(Prompt.GOODBYE)

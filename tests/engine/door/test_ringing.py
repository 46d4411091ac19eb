"""Several phones, in order or at once, in virtual time; and whoever does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, Phone
from voice_engine.core.directory import Directory
from voice_engine.core.events import CallEventKind, DecidedBy, Disposition
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import DoorSettings, RingOrder, UnitSettings
from voice_engine.door.calls import Calls
from voice_engine.door.doors import Doors
from voice_engine.voice.ports import RingResult

pytestmark = pytest.mark.virtual_time

HALL, MOBILE, OFFICE = "PJSIP/hall", "PJSIP/mobile", "PJSIP/office"
NEVER = Phone(RingResult.NO_ANSWER, after_seconds=60.0)
BUSY = Phone(RingResult.BUSY, after_seconds=0.5)
DECLINES = Phone(RingResult.DECLINED, after_seconds=3.0)
GONE = Phone(RingResult.UNREACHABLE, after_seconds=0.1)


class Home:
    """A door whose unit 7 has three phones."""

    def __init__(self, door: Door, calls: Calls) -> None:
        self.door = door
        self.calls = calls

    @property
    def rung(self) -> list[str]:
        """Phones in the order in which they were rung."""
        return self.door.telephone.rung

    def visit(self) -> FakeLeg:
        """Somebody rings at the door."""
        leg = FakeLeg()
        assert self.calls.admit_visitor(leg)
        return leg

    async def ended(self, *legs: FakeLeg) -> None:
        """Wait until the legs are gone and the end was told."""
        await until(lambda: all(leg.closed for leg in legs) and self.door.kinds[-1:] == [CallEventKind.ENDED])

    async def visited(self) -> FakeLeg:
        """A visitor who keys in unit 7."""
        visitor = self.visit()
        await asyncio.sleep(0.2)
        visitor.press("7#")
        return visitor

    def said(self, prompt: Prompt) -> str:
        """The sentence."""
        return self.door.tools.prompts.sentences[prompt]


async def home(door: Door, ring: RingOrder, phones: tuple[str, ...] = (HALL, MOBILE, OFFICE)) -> Home:
    """Put unit 7 into the directory of a door."""
    directory = Directory.from_units([UnitSettings("7", (), phones, ring=ring)])
    tools = replace(door.tools, directory=directory)
    calls = await door.stack.enter_async_context(Calls(Doors(tools, {})))
    door.telephone.admission = calls
    return Home(door, calls)


def phones(hall: Phone, mobile: Phone, office: Phone) -> Mapping[str, Phone]:
    """What the three do."""
    return {HALL: hall, MOBILE: mobile, OFFICE: office}


async def test_a_phone_rings_ten_seconds_twice_where_nothing_else_is_set() -> None:
    async with open_door(phones(NEVER, NEVER, NEVER)) as door:
        house = await home(door, RingOrder.IN_ORDER, (HALL,))
        began = asyncio.get_running_loop().time()
        visitor = await house.visited()
        await until(lambda: house.said(Prompt.NO_ANSWER_VISITOR) in visitor.prompts)
        assert 20.0 <= asyncio.get_running_loop().time() - began < 21.0
        assert house.rung == [HALL] * 2


async def test_in_order_each_phone_rings_alone() -> None:
    """The third is taken; the first two have stopped by then."""
    async with open_door(phones(NEVER, NEVER, Phone())) as door:
        house = await home(door, RingOrder.IN_ORDER)
        visitor = await house.visited()
        resident = await door.resident()
        assert house.rung == [HALL, MOBILE, OFFICE]
        resident.press("1")
        await house.ended(visitor, resident)
    assert door.disposition is Disposition.GRANTED
    assert door.telephone.cancelled == []


async def test_at_once_the_first_that_is_taken_silences_the_others() -> None:
    """At that moment; and it alone is asked."""
    async with open_door(phones(NEVER, Phone(after_seconds=4.0), Phone(after_seconds=6.0))) as door:
        house = await home(door, RingOrder.AT_ONCE)
        visitor = await house.visited()
        resident = await door.resident()
        assert sorted(house.rung) == [HALL, MOBILE, OFFICE]
        await asyncio.sleep(0)
        assert sorted(door.telephone.cancelled) == [HALL, OFFICE]
        resident.press("1")
        await house.ended(visitor, resident)
    assert door.disposition is Disposition.GRANTED
    assert door.kinds.count(CallEventKind.ANSWERED) == 1


async def test_two_that_are_taken_in_the_same_moment_are_one_resident() -> None:
    """The other is hung up on, and has no say."""
    both = Phone(after_seconds=3.0, leg_first=False)
    async with open_door(phones(both, both, NEVER)) as door:
        house = await home(door, RingOrder.AT_ONCE)
        visitor = await house.visited()
        legs = [await door.resident(), await door.resident()]
        await until(lambda: any(leg.closed for leg in legs))
        (asked,) = (leg for leg in legs if not leg.closed)
        (other,) = (leg for leg in legs if leg.closed)
        other.press("1")
        assert door.disposition is None
        await heard(asked, 1)
        asked.press("2")
        await house.ended(visitor, asked)
    assert door.disposition is Disposition.DENIED


async def test_a_busy_phone_among_them_is_no_problem() -> None:
    async with open_door(phones(BUSY, Phone(after_seconds=5.0), GONE)) as door:
        house = await home(door, RingOrder.AT_ONCE)
        visitor = await house.visited()
        resident = await door.resident()
        assert sorted(house.rung) == [HALL, MOBILE, OFFICE]
        resident.press("1")
        await house.ended(visitor, resident)
    assert door.disposition is Disposition.GRANTED


async def test_all_together_are_rung_again_once_all_were_rung_in_vain() -> None:
    async with open_door(phones(NEVER, BUSY, GONE)) as door:
        house = await home(door, RingOrder.AT_ONCE)
        visitor = await house.visited()
        await house.ended(visitor)
    assert [sorted(house.rung[:3]), sorted(house.rung[3:])] == [[HALL, MOBILE, OFFICE]] * 2
    assert door.disposition is Disposition.NO_ANSWER


async def test_phones_that_are_all_busy_get_a_moment() -> None:
    async with open_door(phones(BUSY, BUSY, BUSY)) as door:
        house = await home(door, RingOrder.AT_ONCE)
        began = asyncio.get_running_loop().time()
        visitor = await house.visited()
        await until(lambda: len(house.rung) == 6)
        assert asyncio.get_running_loop().time() - began >= 5.0
        await house.ended(visitor)
    assert door.disposition is Disposition.BUSY


async def test_who_declines_is_not_rung_again() -> None:
    """The visitor is told, politely, and at once; nothing is decided by it."""
    async with open_door(phones(DECLINES, NEVER, NEVER)) as door:
        house = await home(door, RingOrder.IN_ORDER, (HALL,))
        visitor = await house.visited()
        await house.ended(visitor)
    assert house.rung == [HALL]
    last = door.observer.events[-1].call
    assert (last.disposition, last.decided_by) == (Disposition.DECLINED, None)
    assert door.kinds == [CallEventKind.RANG, CallEventKind.STAGE, CallEventKind.NO_ANSWER, CallEventKind.ENDED]
    assert visitor.prompts[-2:] == [house.said(Prompt.DECLINED_VISITOR), house.said(Prompt.GOODBYE)]


@pytest.mark.parametrize("ring", RingOrder)
async def test_others_of_the_home_are_rung_on_when_one_declines(ring: RingOrder) -> None:
    """Somebody else may be at home; who declined has peace."""
    async with open_door(phones(DECLINES, NEVER, NEVER)) as door:
        house = await home(door, ring)
        visitor = await house.visited()
        await house.ended(visitor)
    assert house.rung.count(HALL) == 1
    assert house.rung.count(MOBILE) == house.rung.count(OFFICE) == 2
    assert door.disposition is Disposition.DECLINED


@pytest.mark.parametrize("ring", RingOrder)
async def test_a_resident_who_hangs_up_has_silenced_all_phones_for_good(ring: RingOrder) -> None:
    """Nobody is rung after somebody was asked."""
    async with open_door(phones(Phone(after_seconds=1.0), NEVER, NEVER)) as door:
        house = await home(door, ring)
        visitor = await house.visited()
        resident = await door.resident()
        await heard(resident, 1)
        rung = list(house.rung)
        resident.drop()
        await house.ended(visitor)
    assert house.rung == rung
    assert door.observer.events[-1].call.decided_by is DecidedBy.DEFAULT


async def test_a_visitor_who_leaves_silences_all_of_them() -> None:
    async with open_door(phones(NEVER, NEVER, NEVER)) as door:
        house = await home(door, RingOrder.AT_ONCE)
        visitor = await house.visited()
        await asyncio.sleep(3)
        visitor.drop()
        await house.ended()
    assert sorted(door.telephone.cancelled) == [HALL, MOBILE, OFFICE]


GREETING = "you have reached the carters please leave a message after the tone"


@pytest.mark.parametrize(
    ("said", "seconds"), [(GREETING, None), ("yes let him in", 9.0)], ids=["by its words", "by its length"]
)
async def test_an_answering_machine_lets_nobody_in_and_the_next_phone_is_rung(said: str, seconds: float | None) -> None:
    """Whatever it says; it is not rung a second time."""
    async with open_door(phones(Phone(after_seconds=1.0), NEVER, Phone(after_seconds=1.0))) as door:
        house = await home(door, RingOrder.IN_ORDER)
        visitor = await house.visited()
        machine = await door.resident()
        await heard(machine, 1)
        machine.say(said, seconds)
        assert await heard(machine, 2) == house.said(Prompt.ANSWER_KEYPAD_ONLY)
        person = await door.resident()
        await until(lambda: machine.closed)
        assert house.rung == [HALL, MOBILE, OFFICE]
        await heard(person, 1)
        person.press("1")
        await house.ended(visitor, person)
    assert door.disposition is Disposition.GRANTED


async def test_a_machine_alone_is_nobody() -> None:
    """The visitor hears that nobody answers; a machine that hangs up by itself makes no difference."""
    for hangs_up in (False, True):
        async with open_door(phones(Phone(after_seconds=1.0), NEVER, NEVER)) as door:
            house = await home(door, RingOrder.IN_ORDER, (HALL,))
            visitor = await house.visited()
            machine = await door.resident()
            await heard(machine, 1)
            machine.say(GREETING)
            await heard(machine, 2)
            if hangs_up:
                machine.drop()
            await house.ended(visitor, machine)
        assert house.rung == [HALL]
        assert door.disposition is Disposition.NO_ANSWER
        assert house.said(Prompt.NO_ANSWER_VISITOR) in visitor.prompts


async def test_a_machine_that_says_yes_later_is_not_heard() -> None:
    """Once it is taken for one, only keys count."""
    async with open_door(phones(Phone(after_seconds=1.0), NEVER, NEVER)) as door:
        house = await home(door, RingOrder.IN_ORDER, (HALL,))
        visitor = await house.visited()
        machine = await door.resident()
        await heard(machine, 1)
        machine.say(GREETING)
        await heard(machine, 2)
        machine.say("yes")
        await asyncio.sleep(3)
        assert door.disposition is None
        await house.ended(visitor, machine)
    assert door.disposition is Disposition.NO_ANSWER


async def test_a_talkative_resident_presses_a_key() -> None:
    """Who is taken for a machine is none who presses 1."""
    async with open_door(phones(Phone(after_seconds=1.0), NEVER, NEVER)) as door:
        house = await home(door, RingOrder.IN_ORDER, (HALL,))
        visitor = await house.visited()
        resident = await door.resident()
        await heard(resident, 1)
        resident.say("oh how good that he is here at last i have been waiting for him all day long", 8.0)
        await heard(resident, 2)
        resident.press("1")
        await house.ended(visitor, resident)
    assert door.disposition is Disposition.GRANTED


async def test_the_whole_call_is_bounded_however_many_phones_ring() -> None:
    settings = DoorSettings(ring_attempts=3, ring_seconds=10.0, max_call_seconds=45.0)
    async with open_door(phones(NEVER, NEVER, NEVER), settings=settings) as door:
        house = await home(door, RingOrder.IN_ORDER)
        visitor = await house.visited()
        await house.ended(visitor)
    assert door.disposition is Disposition.FAILED
    assert len(house.rung) == 5

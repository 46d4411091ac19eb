"""Reaching residents: the one leg that belongs to a ringing, in either order, and what is not one."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.engine.fakes import FakeLeg, FakeTelephoneSystem, Phone
from voice_engine.door.residents import LEG_SECONDS, Residents
from voice_engine.voice.ports import Leg, RingResult

pytestmark = pytest.mark.virtual_time


class Admission:
    """Lets legs in as ``Calls`` does, or loses them on the way."""

    def __init__(self, residents: Residents, *, loses: bool = False) -> None:
        self._residents = residents
        self._loses = loses

    def admit_visitor(self, leg: Leg) -> bool:
        """Nobody visits here."""
        return False

    def admit_resident(self, leg: Leg) -> bool:
        """By its UUID."""
        return not self._loses and self._residents.claim(leg)


def reachable(phone: Phone, *, loses: bool = False) -> tuple[Residents, FakeTelephoneSystem]:
    """Residents with one phone."""
    telephone = FakeTelephoneSystem({"PJSIP/501": phone})
    residents = Residents(telephone, "Door")
    telephone.admission = Admission(residents, loses=loses)
    return residents, telephone


@pytest.mark.parametrize("leg_first", [True, False])
async def test_the_leg_and_the_answer_may_come_in_either_order(leg_first: bool) -> None:
    """Asterisk promises none."""
    residents, telephone = reachable(Phone(leg_first=leg_first))
    leg = await residents.call("PJSIP/501", 20.0)
    assert leg is await telephone.answered()


async def test_an_answer_without_sound_is_unreachable_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the setting that is wrong then."""
    residents, _ = reachable(Phone(after_seconds=2.0), loses=True)
    began = asyncio.get_running_loop().time()
    assert await residents.call("PJSIP/501", 20.0) is RingResult.UNREACHABLE
    assert asyncio.get_running_loop().time() - began == pytest.approx(2.0 + LEG_SECONDS)
    assert "asterisk.engine_address" in caplog.text


async def test_a_leg_that_comes_too_late_is_a_stranger() -> None:
    """Once nobody waits for it any more, its UUID admits nobody."""
    residents, telephone = reachable(Phone(after_seconds=1.0), loses=True)
    await residents.call("PJSIP/501", 20.0)
    lost = await telephone.answered()
    assert not residents.claim(FakeLeg(lost.leg_id))


async def test_a_leg_that_arrived_while_the_call_was_given_up_is_hung_up_on() -> None:
    """Nobody is left listening to silence."""
    residents, telephone = reachable(Phone(after_seconds=1.0))
    telephone.phones = {"PJSIP/501": Phone(after_seconds=5.0)}
    calling = asyncio.create_task(residents.call("PJSIP/501", 20.0))
    await asyncio.sleep(1.0)
    (expected,) = residents._expected
    leg = FakeLeg(expected)
    assert residents.claim(leg)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await leg.wait_closed()


async def test_strangers_are_not_residents() -> None:
    """A UUID of one's own invention is worth nothing."""
    residents, _ = reachable(Phone())
    assert not residents.claim(FakeLeg(uuid4()))

"""Visits that reach nobody: the door stays shut, and the visitor is told why."""

from __future__ import annotations

from dev.stage.prompts import check_heard
from dev.stage.stage import DECLINING_UNIT, EMPTY_UNIT
from tests.system.house import CALL_SECONDS, STOP_SECONDS, House
from voice_engine.core.prompts import Prompt


async def test_nobody_takes_the_phone(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = house.stage.phones["501"]
    ringing = await resident.rings(CALL_SECONDS)
    end = await call.ended()
    await house.hung_up(visitor)

    assert ringing.closed.is_set()
    assert not ringing.answered.is_set()
    assert call.events == ["ring", "ringing", "no_answer", "ended"]
    assert end["disposition"] == "no_answer"
    await house.shows("no_answer")
    await check_heard(visitor, Prompt.NO_ANSWER_VISITOR, Prompt.GOODBYE)


async def test_the_phone_is_busy(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("302#")
    resident = house.stage.phones["302"]
    await resident.rings(CALL_SECONDS)
    await resident.hang_up()
    end = await call.ended()
    await house.hung_up(visitor)

    assert call.events == ["ring", "ringing", "no_answer", "ended"]
    assert end["disposition"] == "busy"
    await house.shows("busy")
    await check_heard(visitor, Prompt.BUSY_VISITOR, Prompt.GOODBYE)


async def test_the_resident_declines(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press(f"{DECLINING_UNIT}#")
    end = await call.ended()
    await house.hung_up(visitor)

    assert call.events == ["ring", "ringing", "no_answer", "ended"]
    assert (end["disposition"], end["decided_by"]) == ("declined", None)
    await house.shows("declined")
    await check_heard(visitor, Prompt.DECLINED_VISITOR, Prompt.GOODBYE)


async def test_the_phone_is_not_plugged_in(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press(f"{EMPTY_UNIT}#")
    end = await call.ended()
    await house.hung_up(visitor)

    assert end["disposition"] == "unreachable"
    await check_heard(visitor, Prompt.UNREACHABLE_VISITOR, Prompt.GOODBYE)


async def test_the_visitor_leaves_while_the_phone_rings(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("501#")
    ringing = await house.stage.phones["501"].rings(CALL_SECONDS)
    await visitor.hang_up()
    end = await call.ended()
    await house.hung_up(visitor)

    # Well before it would have stopped by itself.
    await ringing.ends(STOP_SECONDS)
    assert not ringing.answered.is_set()
    assert call.events == ["ring", "ringing", "missed", "ended"]
    assert end["disposition"] == "missed"
    await house.shows("missed")

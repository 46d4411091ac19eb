"""Visits that Home Assistant decides: over its own action, on real phones."""

from __future__ import annotations

from dev.stage.prompts import check_heard
from tests.system.house import CALL_SECONDS, STOP_SECONDS, House
from voice_engine.core.prompts import Prompt


async def test_home_assistant_is_quicker_than_a_ringing_phone(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("501#")
    ringing = await house.stage.phones["501"].rings(CALL_SECONDS)
    message = "Please take the lift on the left."
    await house.stage.home_assistant.act("answer_visitor", decision="grant", message=message)
    end = await call.ended()
    await house.hung_up(visitor)

    # Well before it would have stopped by itself.
    await ringing.ends(STOP_SECONDS)
    assert not ringing.answered.is_set()
    assert call.events == ["ring", "ringing", "granted", "ended"]
    assert (end["unit"], end["disposition"], end["decided_by"]) == ("501", "granted", "home_assistant")
    await house.shows("granted")
    await check_heard(visitor, Prompt.GRANTED_VISITOR, message, Prompt.GOODBYE)


async def test_a_resident_on_the_phone_is_told(house: House) -> None:
    visitor, call = await house.visit()
    await visitor.press("302#")
    resident = await house.answered_by("302")
    await resident.hearing.speech(CALL_SECONDS)
    await house.stage.home_assistant.act("answer_visitor", decision="deny")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert call.events == ["ring", "ringing", "answered", "denied", "ended"]
    assert end["decided_by"] == "home_assistant"
    await house.shows("denied")
    await check_heard(visitor, Prompt.DENIED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, Prompt.DENIED_ELSEWHERE_RESIDENT)


async def test_home_assistant_hangs_up(house: House) -> None:
    visitor, call = await house.visit()
    await call.until("ring")
    await house.stage.home_assistant.act("hang_up")
    end = await call.ended()
    await house.hung_up(visitor)

    assert (end["disposition"], end["decided_by"]) == ("denied", "home_assistant")
    await check_heard(visitor, Prompt.GOODBYE)

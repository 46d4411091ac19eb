"""A door that speaks Portuguese, which the recogniser that comes with the engine does not: keys lead through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dev.stage.prompts import check_heard
from dev.stage.stage import put_up
from tests.system.conftest import LOGS
from tests.system.house import CALL_SECONDS, SETTINGS, House
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language

STATION_ABROAD = "1002"
"""At the other door, which speaks Portuguese."""
DOORS = [
    {"name": "Front door", "stations": ["1000", "1001"]},
    {"name": "Garagem", "stations": [STATION_ABROAD], "language": "pt-BR"},
]


@pytest.fixture(scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A stage of its own: doors do not come and go while the engine runs."""
    logs = LOGS.with_name("system-doors")
    async with put_up(tmp_path_factory.mktemp("doors"), logs, {**SETTINGS, "doors": DOORS}) as stage:
        yield House(stage)


async def test_so_com_o_teclado(doors: House) -> None:
    house = doors
    await house.at_rest()
    visitor, call = await house.visit(STATION_ABROAD)
    await visitor.hearing.speech(CALL_SECONDS)
    await visitor.press("501#")
    resident = await house.answered_by("501")
    await resident.hearing.prompt(CALL_SECONDS)
    await resident.press("1")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert (end["unit"], end["disposition"], end["decided_by"]) == ("501", "granted", "keypad")
    told = ((Prompt.CALLING, "501"), Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(visitor, *told, language=Language.PORTUGUESE)
    await check_heard(resident, Prompt.GRANTED_RESIDENT, language=Language.PORTUGUESE)


async def test_two_doors_at_once_each_in_its_language(doors: House) -> None:
    """Each resident is asked in the language of the door that rings."""
    house = doors
    await house.at_rest()
    (here, here_call), (abroad, abroad_call) = await house.visit("1001"), await house.visit(STATION_ABROAD)
    await asyncio.gather(here.press("501#"), abroad.press("302#"))
    of_here, of_abroad = await asyncio.gather(house.answered_by("501"), house.answered_by("302"))
    await asyncio.gather(*(phone.hearing.prompt(CALL_SECONDS) for phone in (of_here, of_abroad)))
    await asyncio.gather(of_here.press("2"), of_abroad.press("1"))
    ends = [await here_call.ended(), await abroad_call.ended()]
    await house.hung_up(here, abroad, of_here, of_abroad)

    told = [(end["door"], end["unit"], end["disposition"]) for end in ends]
    assert told == [("Front door", "501", "denied"), ("Garagem", "302", "granted")]
    await check_heard(here, (Prompt.CALLING, "501"), Prompt.DENIED_VISITOR, Prompt.GOODBYE)
    await check_heard(of_here, Prompt.DENIED_RESIDENT)
    told = ((Prompt.CALLING, "302"), Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(abroad, *told, language=Language.PORTUGUESE)
    await check_heard(of_abroad, Prompt.GRANTED_RESIDENT, language=Language.PORTUGUESE)

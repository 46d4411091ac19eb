"""What callers feel of a machine at its limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.door.stage import heard, open_door, until
from tests.engine.fakes import FakeLeg
from voice_engine.core.events import CallEventKind, Disposition
from voice_engine.core.load import Relief, Throttling
from voice_engine.core.prompts import Prompt
from voice_engine.door.calls import Calls
from voice_engine.door.conversation import rules_of
from voice_engine.door.doors import Doors

pytestmark = pytest.mark.virtual_time

WITHOUT_ALL = Throttling(reliefs=tuple(Relief))


async def test_calls_that_begin_now_are_held_by_keypad() -> None:
    """From the greeting to the resident's answer, and one that speech holds already goes on with it."""
    async with open_door() as door:
        throttling = [Throttling()]
        tools = replace(door.tools, throttling=lambda: throttling[0])
        assert rules_of(tools).speech
        throttling[0] = WITHOUT_ALL
        async with Calls(Doors(tools, {})) as calls:
            door.telephone.admission = calls
            visitor = FakeLeg()
            assert calls.admit_visitor(visitor)
            assert await heard(visitor, 1) == tools.prompts.render(Prompt.WELCOME_KEYPAD)
            visitor.press("501#")
            resident = await door.resident()
            assert await heard(resident, 1) == tools.prompts.render(Prompt.QUESTION_KEYPAD, "501")
            resident.press("1")
            await until(lambda: CallEventKind.ENDED in door.kinds)
        assert door.disposition is Disposition.GRANTED
        assert door.transcriber.asked == []


@pytest.mark.parametrize(("reliefs", "times"), [((), 2), (tuple(Relief)[:2], 1)])
async def test_nothing_is_transcribed_before_its_end_is_certain(reliefs: tuple[Relief, ...], times: int) -> None:
    """In a pause of half a second the recogniser is left alone where it is wanted elsewhere."""
    async with open_door() as door:
        tools = replace(door.tools, throttling=lambda: Throttling(reliefs=reliefs))
        async with Calls(Doors(tools, {})) as calls:
            visitor = FakeLeg()
            assert calls.admit_visitor(visitor)
            await heard(visitor, 1)
            visitor.say("good morning I am here", after_seconds=0.4)
            visitor.say("for the apartment five zero one", after_seconds=0.7)
            await until(lambda: len(visitor.playouts) > 1)
            assert len(door.transcriber.asked) == times

"""What is changed while calls go on counts for the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.door.stage import heard, open_door
from tests.engine.fakes import FakeLeg
from voice_engine.core.load import Relief, Throttling
from voice_engine.core.prompts import Prompt
from voice_engine.core.quiet import Quiet
from voice_engine.core.transcript import Language
from voice_engine.door.calls import Calls
from voice_engine.door.conversation import rules_of
from voice_engine.door.doors import Doors

pytestmark = pytest.mark.virtual_time


async def test_a_call_that_goes_on_keeps_the_language_it_began_with() -> None:
    async with open_door() as door:
        other = next(language for language in Language if language is not door.tools.language)
        async with Calls(Doors(door.tools, {})) as calls:
            before, after = FakeLeg(), FakeLeg()
            assert calls.admit_visitor(before)
            assert await heard(before, 1) == door.tools.prompts.render(Prompt.WELCOME)
            calls.take(Doors(replace(door.tools, language=other), {}))
            assert calls.admit_visitor(after)
            assert await heard(after, 1) == door.tools.packs[other].render(Prompt.WELCOME)
            before.press("999#")
            assert await heard(before, 2) == door.tools.prompts.render(Prompt.UNIT_UNKNOWN, "999")


@pytest.mark.parametrize("throttling", [Throttling(), Throttling(reliefs=tuple(Relief))])
async def test_do_not_disturb_holds_from_the_next_call_on(throttling: Throttling) -> None:
    """Also where the machine is too loaded for speech."""
    async with open_door() as door:
        quiet = [Quiet()]
        tools = replace(door.tools, quiet=lambda: quiet[0], throttling=lambda: throttling)
        before = rules_of(tools)
        quiet[0] = Quiet(house=True)
        assert (before.quiet, rules_of(tools).quiet) == (Quiet(), Quiet(house=True))

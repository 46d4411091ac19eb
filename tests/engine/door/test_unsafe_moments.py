"""Moments in which something else than a clear permission could open, or somebody could be left in silence."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, FakeSynthesizer, FakeTranscriber
from voice_engine.core.events import CallEventKind, DecidedBy, Disposition, Party
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language
from voice_engine.door.conversation import CLOSING_SECONDS, CUT_SECONDS

pytestmark = pytest.mark.virtual_time

MESSAGE = "The second floor, please."


async def asking(door: Door) -> tuple[FakeLeg, FakeLeg]:
    """A resident to whom the question is being put."""
    visitor = door.visitor()
    await asyncio.sleep(0.2)
    visitor.press("501#")
    resident = await door.resident()
    await until(lambda: bool(resident.playouts) and resident.playouts[0].started_at is not None)
    return visitor, resident


async def before_the_end(leg: FakeLeg, seconds: float) -> None:
    """Wait until what is being said ends in ``seconds``."""
    await asyncio.sleep(leg.playouts[-1].ends_at - asyncio.get_running_loop().time() - seconds)


@pytest.mark.parametrize(("no_seconds", "outcome"), [(0.4, None), (0.6, Disposition.DENIED)])
async def test_a_no_behind_our_echo_leaves_no_permission_of_what_follows(
    no_seconds: float, outcome: Disposition | None
) -> None:
    """On a loudspeaker nobody can be told from our echo; what is heard after it may be the second half of a refusal."""
    async with open_door(language=Language.PORTUGUESE) as door:
        _, resident = await asking(door)
        resident.echo_seconds = 0.06
        await before_the_end(resident, 0.4)
        resident.say("não", no_seconds)
        resident.say("pode entrar", 1.2)
        await until(lambda: len(resident.playouts) == 2)
        assert door.disposition is outcome
        assert (resident.prompts[1] == resident.prompts[0]) is (outcome is None)


async def test_an_answer_after_the_echo_has_died_away_counts() -> None:
    async with open_door(language=Language.PORTUGUESE) as door:
        _, resident = await asking(door)
        resident.echo_seconds = 0.06
        await heard(resident, 1)
        resident.say("pode entrar", 1.2, after_seconds=0.2)
        await until(lambda: door.disposition is not None)
    assert door.disposition is Disposition.GRANTED


async def test_words_that_home_assistant_ended_in_are_no_answer() -> None:
    """They may be its echo, later than any echo should be; said after the question, they are one."""
    async with open_door() as door:
        visitor, resident = await asking(door)
        await heard(resident, 1)
        door.tools.desk.say(str(visitor.leg_id), Party.RESIDENT, "Your guest is here. Yes, let them in")
        await heard(resident, 2)
        resident.say("yes let them in", after_seconds=0.7)
        await heard(resident, 3)
        assert door.disposition is None
        assert resident.prompts[2] == resident.prompts[0]
        resident.say("yes let them in", after_seconds=0.7)
        await until(lambda: door.disposition is not None)
    assert door.observer.events[-1].call.decided_by is DecidedBy.VOICE


async def test_what_home_assistant_has_yet_to_say_is_not_cut_with_the_sentence_before() -> None:
    async with open_door() as door:
        visitor = door.visitor()
        await until(lambda: bool(visitor.playouts))
        door.tools.desk.say(str(visitor.leg_id), Party.VISITOR, MESSAGE)
        visitor.say("a delivery for apartment five zero one", after_seconds=1.0)
        assert await heard(visitor, 2) == MESSAGE
    assert visitor.playouts[0].heard_to_end


@pytest.mark.parametrize("party", Party)
async def test_a_slow_recogniser_leaves_nobody_in_silence(party: Party) -> None:
    async with open_door(transcriber=FakeTranscriber(delay_seconds=6.0)) as door:
        visitor = door.visitor()
        leg = visitor
        await asyncio.sleep(0.2)
        if party is Party.RESIDENT:
            visitor.press("501#")
            leg = await door.resident()
        await heard(leg, 1)
        leg.say("hum", 0.4, after_seconds=0.5)
        ends_at = asyncio.get_running_loop().time() + 0.9
        assert await heard(leg, 2) == door.tools.prompts.sentences[Prompt.THINKING]
        assert leg.playouts[1].starts_at - ends_at <= 2.0


class HangingSynthesizer(FakeSynthesizer):
    """Never gets done with one sentence."""

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Wait for longer than any call."""
        self._delay_seconds = 10_000.0 if text == MESSAGE else 0.1
        return await super().synthesize(text, language)


async def test_a_farewell_that_never_comes_does_not_hold_the_call() -> None:
    async with open_door(synthesizer=HangingSynthesizer()) as door:
        visitor = door.visitor()
        await heard(visitor, 1)
        door.tools.desk.decide(str(visitor.leg_id), granted=True, message=MESSAGE)
        decided_at = asyncio.get_running_loop().time()
        await until(lambda: door.kinds[-1:] == [CallEventKind.ENDED])
        assert asyncio.get_running_loop().time() - decided_at <= CLOSING_SECONDS + CUT_SECONDS + 0.1
        assert visitor.closed

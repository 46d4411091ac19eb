"""The pools of the other two ports, and the speaker's memory of who spoke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from tests.engine.fakes import FakeLeg, FakeSynthesizer
from voice_engine.core.engines import BackendState
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendRefused,
    BackendTimeout,
    BackendUnavailable,
)
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.pool import LanguageModelPool, Member, SynthesizerPool, Terms
from voice_engine.voice.ports import LanguageModel, LanguageTask, Synthesizer
from voice_engine.voice.speaker import Speaker

pytestmark = pytest.mark.virtual_time

TERMS = Terms(8.0)
ENGLISH = Language.ENGLISH


class FakeModel:
    """Answers with its name."""

    def __init__(self, name: str, *, broken: bool = False, error: BackendError | None = None) -> None:
        self.name = name
        self.broken = broken
        self.error = error
        self.prepared: list[str] = []

    async def prepare(self, instructions: str) -> None:
        self.prepared.append(instructions)

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        if self.broken:
            raise BackendUnavailable("away")
        if self.error is not None:
            raise self.error
        return {"by": self.name}


def voices(*synthesizers: FakeSynthesizer) -> SynthesizerPool:
    members: list[Member[Synthesizer]] = [Member(one.identity, "fake", one) for one in synthesizers]
    return SynthesizerPool(members, TERMS, lambda: None)


async def test_the_preferred_voice_speaks_and_the_others_stand_in_for_it() -> None:
    first, second = FakeSynthesizer("first"), FakeSynthesizer("second")
    async with voices(first, second) as pool:
        served = []
        for name in ("second", "", "second"):
            pool.prefer(name)
            served.append((pool.status.serving, pool.identity_for(ENGLISH)))
        second.broken = True
        said = [speech.backend async for speech in pool.speak("hello", ENGLISH)]
    assert served == [("second", "second"), ("first", "first"), ("second", "second")]
    assert said == ["first"]


async def test_a_sentence_ends_with_the_voice_it_began_with() -> None:
    """And is remembered as that voice's, though another was chosen meanwhile."""
    before, after = FakeSynthesizer("before"), FakeSynthesizer("after")
    async with voices(before) as pool, aclosing(pool.speak("hello", ENGLISH)) as speaking:
        first = asyncio.ensure_future(anext(speaking))
        await asyncio.sleep(0)
        pool.replace("before", after)
        assert (await first).identity == "before"
        assert [speech.identity async for speech in pool.speak("hello", ENGLISH)] == ["after"]


async def test_a_fallbacks_voice_is_not_kept_as_the_firsts() -> None:
    """The first is heard again as soon as it is back, and what each said is remembered under its own name."""
    first, second = FakeSynthesizer("first"), FakeSynthesizer("second")
    async with voices(first, second) as pool, Speaker(pool, Capacity(1)) as speaker:
        first.broken = True
        spoken = [await speaker.say(FakeLeg(), "hello", ENGLISH) for _ in range(3)]
        assert [(one.backend, one.cached) for one in spoken] == [("second", False), ("second", False), ("", True)]
        assert (len(first.asked), len(second.asked)) == (2, 2)

        first.broken = False
        leg = FakeLeg()
        for _ in range(3):
            await leg.play(bytes(16000)).finished()
        spoken = [await speaker.say(leg, "hello", ENGLISH) for _ in range(2)]
        assert [(one.backend, one.cached) for one in spoken] == [("first", False), ("", True)]


async def test_all_voices_fail() -> None:
    broken = FakeSynthesizer("only")
    broken.broken = True
    async with voices(broken) as pool, Speaker(pool, Capacity(1)) as speaker:
        with pytest.raises(BackendError, match="only: "):
            await speaker.say(FakeLeg(), "hello", ENGLISH)


async def test_voices_are_made_ready_and_may_be_kept_to_a_language() -> None:
    english, both = FakeSynthesizer("english"), FakeSynthesizer("both")
    members: list[Member[Synthesizer]] = [
        Member("english", "fake", english, frozenset({ENGLISH})),
        Member("both", "fake", both),
    ]
    async with SynthesizerPool(members, TERMS, lambda: None) as pool:
        await pool.prepare(Language.PORTUGUESE)
        assert [backend.state for backend in pool.status.backends] == [BackendState.IDLE, BackendState.READY]
        assert [pool.identity_for(language) for language in Language] == ["english", "both"]
        assert [speech.backend async for speech in pool.speak("olá", Language.PORTUGUESE)] == ["both"]
        assert english.asked == []


async def test_models_are_made_ready_and_stand_in_for_each_other() -> None:
    first, second = FakeModel("first", broken=True), FakeModel("second")
    members: list[Member[LanguageModel]] = [Member(one.name, "fake", one) for one in (first, second)]
    async with LanguageModelPool(members, TERMS, lambda: None) as pool:
        await pool.prepare("be brief")
        assert await pool.answer(LanguageTask("be brief", "hello", {})) == {"by": "second"}
    assert (first.prepared, second.prepared) == (["be brief"], ["be brief"])


class Streaming(FakeSynthesizer):
    """Speaks in three pieces, a second apart; as many as it is told to."""

    def __init__(self, identity: str, pieces: int = 3) -> None:
        super().__init__(identity)
        self.pieces = pieces
        self.closed = 0

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        self.asked.append(text)
        try:
            for number in range(3):
                await asyncio.sleep(1.0)
                if number == self.pieces:
                    raise BackendGarbled("cut in the middle")
                yield bytes([number]) * 320
        finally:
            self.closed += 1


async def test_the_first_sound_decides_who_speaks_and_the_rest_follows() -> None:
    mute, second = Streaming("mute", 0), Streaming("second")
    async with voices(mute, second) as pool:
        began = asyncio.get_running_loop().time()
        told = [
            (speech.backend, speech.pcm[0], round(asyncio.get_running_loop().time() - began))
            async for speech in pool.speak("hello", ENGLISH)
        ]
    assert told == [("second", 0, 2), ("second", 1, 3), ("second", 2, 4)]
    assert (mute.closed, second.closed) == (1, 1)


async def test_a_voice_that_breaks_off_in_the_middle_is_followed_by_another_when_said_anew() -> None:
    cut, second = Streaming("cut", 1), FakeSynthesizer("second")
    async with voices(cut, second) as pool:
        with pytest.raises(BackendGarbled):
            await pool.synthesize("hello", ENGLISH)
        assert [speech.backend async for speech in pool.speak("hello", ENGLISH)] == ["second"]


async def test_who_stops_listening_stops_the_voice() -> None:
    first = Streaming("first")
    async with voices(first) as pool:
        async with aclosing(pool.speak("hello", ENGLISH)) as pieces:
            await anext(pieces)
        assert first.closed == 1
        assert pool.status.backends[0].failures == {}


@pytest.mark.parametrize("error", [BackendMisused("no such schema"), BackendGarbled("cut"), BackendTimeout("late")])
async def test_what_somebody_else_made_up_keeps_no_model_from_the_calls(error: BackendError) -> None:
    """However often it fails; a key that is wrong is wrong for all."""
    model = FakeModel("only", error=error)
    members: list[Member[LanguageModel]] = [Member("only", "fake", model)]
    foreign = LanguageTask("", "Write a novel.", {}, foreign=True)
    async with LanguageModelPool(members, TERMS, lambda: None) as pool:
        for _ in range(5):
            with pytest.raises(BackendUnavailable, match=str(error)):
                await pool.answer(foreign)
        assert pool.status.serving == "only"
        model.error = None
        assert await pool.answer(LanguageTask("", "delivery", {})) == {"by": "only"}
        model.error = BackendRefused("wrong key")
        with pytest.raises(BackendUnavailable):
            await pool.answer(foreign)
        assert pool.status.backends[0].state is BackendState.FAILED

"""Sentences that are heard while they are still being made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import pairwise

import pytest

from tests.engine.fakes import FRAME_BYTES, FakeLeg, audible, words_in
from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

pytestmark = pytest.mark.virtual_time

ENGLISH = Language.ENGLISH
TEXT = "let me see whether anybody is at home"
SOUND = audible(TEXT, seconds=3.0)
FAST = 4.0
"""Seconds of sound a second."""


class GrowingSynthesizer:
    """A ``StreamingSynthesizer``: 0.1 s of sound at a time, in pieces that end within a frame."""

    def __init__(self, speed: float = FAST) -> None:
        self.speed = speed
        self.asked = 0
        self.given_up = 0
        self.fails_after_seconds: list[float] = []
        """Of sound; one for each time it is asked, until there are none left."""

    @property
    def identity(self) -> str:
        return "growing"

    async def synthesize(self, text: str, language: Language) -> bytes:
        raise AssertionError("asked for the whole, though it can do better")

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        self.asked += 1
        fails_at = self.fails_after_seconds.pop(0) * 16000 if self.fails_after_seconds else None
        try:
            for start in range(0, len(SOUND), 1602):
                await asyncio.sleep(0.1 / self.speed)
                if fails_at is not None and start >= fails_at:
                    raise BackendError("broke off")
                yield SOUND[start : start + 1602]
        except (GeneratorExit, asyncio.CancelledError):
            self.given_up += 1
            raise


@pytest.fixture
def synthesizer() -> GrowingSynthesizer:
    """Four times as fast as speech."""
    return GrowingSynthesizer()


@pytest.fixture
async def speaker(synthesizer: GrowingSynthesizer) -> AsyncIterator[Speaker]:
    """One synthesis at a time."""
    async with Speaker(synthesizer, Capacity(1)) as speaker:
        yield speaker


def heard(leg: FakeLeg) -> bytes:
    return b"".join(playout.pcm for playout in leg.playouts)


def gaps(leg: FakeLeg) -> list[float]:
    """Seconds of silence between the pieces."""
    pieces = leg.playouts
    return [round(after.starts_at - before.ends_at, 6) for before, after in pairwise(pieces)]


async def test_the_beginning_is_heard_long_before_the_end_is_made(speaker: Speaker) -> None:
    leg = FakeLeg()
    spoken = await speaker.say(leg, TEXT, ENGLISH)
    assert spoken.synthesis_seconds == pytest.approx(0.075)  # three pieces, 0.3 s of sound
    assert await spoken.playout.finished()
    assert heard(leg) == SOUND
    assert set(gaps(leg)) == {0.0}
    assert all(len(playout.pcm) % FRAME_BYTES == 0 for playout in leg.playouts[:-1])
    assert spoken.playout.started_at == leg.playouts[0].starts_at


async def test_what_comes_too_late_leaves_a_gap_and_nothing_is_lost(
    speaker: Speaker, synthesizer: GrowingSynthesizer
) -> None:
    synthesizer.speed = 0.5
    leg = FakeLeg()
    spoken = await speaker.say(leg, TEXT, ENGLISH)
    assert await spoken.playout.finished()
    assert heard(leg) == SOUND
    assert max(gaps(leg)) > 0


async def test_it_is_kept_once_it_is_whole(speaker: Speaker, synthesizer: GrowingSynthesizer) -> None:
    first, second = FakeLeg(), FakeLeg()
    await (await speaker.say(first, TEXT, ENGLISH)).playout.finished()
    spoken = await speaker.say(second, TEXT, ENGLISH)
    assert spoken.cached
    assert heard(second) == SOUND
    assert synthesizer.asked == 1


async def test_who_comes_later_joins_and_hears_all(speaker: Speaker, synthesizer: GrowingSynthesizer) -> None:
    legs = [FakeLeg() for _ in range(3)]

    async def say(leg: FakeLeg, after_seconds: float) -> bool:
        await asyncio.sleep(after_seconds)
        return await (await speaker.say(leg, TEXT, ENGLISH)).playout.finished()

    assert await asyncio.gather(say(legs[0], 0), say(legs[1], 0.05), say(legs[2], 0.4)) == [True, True, True]
    assert [heard(leg) for leg in legs] == [SOUND] * 3
    assert synthesizer.asked == 1


async def test_one_who_leaves_does_not_stop_it_for_the_others(
    speaker: Speaker, synthesizer: GrowingSynthesizer
) -> None:
    stays, leaves = FakeLeg(), FakeLeg()
    staying = await speaker.say(stays, TEXT, ENGLISH)
    leaving = asyncio.ensure_future((await speaker.say(leaves, TEXT, ENGLISH)).playout.finished())
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying.playout.finished()
    assert heard(stays) == SOUND
    assert synthesizer.given_up == 0


async def test_the_last_who_leaves_stops_it_and_half_is_not_kept(
    speaker: Speaker, synthesizer: GrowingSynthesizer
) -> None:
    leg = FakeLeg()
    spoken = await speaker.say(leg, TEXT, ENGLISH)
    waiting = asyncio.ensure_future(spoken.playout.finished())
    await asyncio.sleep(0.2)
    leg.stop_playing()
    waiting.cancel()
    await asyncio.sleep(5)
    assert synthesizer.given_up == 1
    assert len(heard(leg)) < len(SOUND) / 2
    assert not (await speaker.say(FakeLeg(), TEXT, ENGLISH)).cached


async def test_nothing_is_played_after_it_was_hushed(speaker: Speaker) -> None:
    """At any moment: whoever hushes has opened an ear."""
    for step in range(40):
        leg = FakeLeg()
        waiting = asyncio.ensure_future((await speaker.say(leg, f"{TEXT} {step}", ENGLISH)).playout.finished())
        await asyncio.sleep(step * 0.0125)
        leg.stop_playing()
        waiting.cancel()
        pieces = len(leg.playouts)
        await asyncio.sleep(1)
        assert len(leg.playouts) == pieces


async def test_a_party_that_leaves_in_the_middle(speaker: Speaker, synthesizer: GrowingSynthesizer) -> None:
    leg = FakeLeg()
    asyncio.get_running_loop().call_later(0.3, leg.drop)
    spoken = await speaker.say(leg, TEXT, ENGLISH)
    assert not await spoken.playout.finished()
    await asyncio.sleep(1)
    assert synthesizer.given_up == 1


async def test_what_breaks_off_before_its_first_sound_is_told(
    speaker: Speaker, synthesizer: GrowingSynthesizer
) -> None:
    synthesizer.fails_after_seconds = [0.1]
    leg = FakeLeg()
    with pytest.raises(BackendError):
        await speaker.say(leg, TEXT, ENGLISH)
    assert leg.playouts == []


async def test_what_breaks_off_in_the_middle_is_told_to_all_and_not_kept(
    speaker: Speaker, synthesizer: GrowingSynthesizer
) -> None:
    synthesizer.fails_after_seconds = [1.0]
    spoken = [await speaker.say(FakeLeg(), TEXT, ENGLISH) for _ in range(2)]
    results = await asyncio.gather(*(one.playout.finished() for one in spoken), return_exceptions=True)
    assert [type(result) for result in results] == [BackendError, BackendError]
    leg = FakeLeg()
    assert not (again := await speaker.say(leg, TEXT, ENGLISH)).cached
    assert await again.playout.finished()
    assert words_in(heard(leg)) == [TEXT]


async def test_preparing_waits_for_the_whole(speaker: Speaker) -> None:
    await speaker.prepare([TEXT], ENGLISH)
    assert (await speaker.say(FakeLeg(), TEXT, ENGLISH)).cached


async def test_its_place_is_free_once_it_is_over(synthesizer: GrowingSynthesizer) -> None:
    capacity = Capacity(1)
    async with Speaker(synthesizer, capacity) as speaker:
        synthesizer.fails_after_seconds = [1.0]
        spoken = await speaker.say(FakeLeg(), TEXT, ENGLISH)
        assert capacity.running == 1
        with pytest.raises(BackendError):
            await spoken.playout.finished()
        assert capacity.running == 0


async def test_leaving_ends_what_is_under_way(synthesizer: GrowingSynthesizer) -> None:
    leg = FakeLeg()
    async with Speaker(synthesizer, Capacity(1)) as speaker:
        spoken = await speaker.say(leg, TEXT, ENGLISH)
        waiting = asyncio.ensure_future(spoken.playout.finished())
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert synthesizer.given_up == 1

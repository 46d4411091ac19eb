"""The fakes themselves: a dialog rests on them."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.fakes import FakeLeg, FakePlayout, audible, words_in
from voice_engine.voice.ports import Leg, Playout

pytestmark = pytest.mark.virtual_time


class _Sink:
    def __init__(self) -> None:
        self.frames = b""
        self.digits = ""
        self.closed = 0

    def on_frame(self, frame: bytes) -> None:
        self.frames += frame

    def on_digit(self, digit: str) -> None:
        self.digits += digit

    def on_closed(self) -> None:
        self.closed += 1


def test_sound_carries_its_words() -> None:
    pcm = audible("não, obrigado") + bytes(640) + audible("yes", 0.1) + audible("no", 0.1)

    assert words_in(pcm) == ["não, obrigado", "yes", "no"]


async def test_a_leg_sends_a_frame_every_20_ms() -> None:
    leg, sink = FakeLeg(), _Sink()
    leg.listen(sink)
    leg.say("hello", 0.2, after_seconds=0.1)

    await asyncio.sleep(1.0)
    leg.press("1#")
    leg.drop()
    await asyncio.sleep(1.0)

    assert len(sink.frames) == 50 * 320
    assert words_in(sink.frames) == ["hello"]
    assert sink.digits == "1#"
    assert sink.closed == 1


async def test_sounds_are_played_one_after_the_other() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    leg: Leg = FakeLeg()
    first: Playout = leg.play(audible("first", 1.0))
    second = leg.play(audible("second", 2.0))

    assert await first.finished()
    assert loop.time() == pytest.approx(began + 1.0)
    assert await second.finished()
    assert second.started_at == pytest.approx(began + 1.0)
    assert loop.time() == pytest.approx(began + 3.0)


async def test_cut_sound_was_not_heard() -> None:
    leg = FakeLeg()
    cut: FakePlayout = leg.play(audible("a long story", 10.0))
    asyncio.get_running_loop().call_later(1.0, leg.stop_playing)

    assert not await cut.finished()
    after = leg.play(audible("bye", 1.0))
    leg.hang_up()
    await leg.wait_closed()

    assert after.heard_to_end
    assert leg.prompts == ["a long story", "bye"]

"""Sentences whose sound breaks off on its way: said anew, and nobody decides on half a question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.engine.door.stage import heard, open_door, until
from tests.engine.fakes import FRAME_BYTES, FakeSynthesizer, audible
from voice_engine.core.errors import BackendError
from voice_engine.core.events import Disposition
from voice_engine.core.transcript import Language

pytestmark = pytest.mark.virtual_time


class BrokenSynthesizer(FakeSynthesizer):
    """Breaks off half-way through the first sentences it is asked for."""

    def __init__(self, breaks: int) -> None:
        super().__init__()
        self._breaks = breaks

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        """A ``StreamingSynthesizer``'s."""
        sound = audible(text)
        self.asked.append(text)
        middle = len(sound) // 2 // FRAME_BYTES * FRAME_BYTES
        yield sound[:middle]
        await asyncio.sleep(0.5)
        if self._breaks:
            self._breaks -= 1
            raise BackendError("the connection broke")
        yield sound[middle:]


async def test_it_is_said_anew(caplog: pytest.LogCaptureFixture) -> None:
    async with open_door(synthesizer=BrokenSynthesizer(1)) as door:
        visitor = door.visitor()
        await until(lambda: len(door.synthesizer.asked) == 2 and visitor.playouts[-1].heard_to_end)
        visitor.say("five zero one")
        await heard(await door.resident(), 1)
        assert door.synthesizer.asked[0] == door.synthesizer.asked[1]
        visitor.drop()
    assert "broke off and is said anew" in caplog.text


async def test_once() -> None:
    async with open_door(synthesizer=BrokenSynthesizer(99)) as door:
        visitor = door.visitor()
        await until(lambda: visitor.closed)
        await until(lambda: door.disposition is not None)
        assert door.synthesizer.asked[0] == door.synthesizer.asked[1]
        assert door.disposition is Disposition.FAILED
        assert door.telephone.rung == []

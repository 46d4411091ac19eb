"""A server of both ports on a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.engine.servers.audiosocket.asterisk import AsteriskEnd, FakeAdmission, ManualClock
from voice_engine.core.events import RefusedPeer
from voice_engine.core.settings import AudioSocketSettings
from voice_engine.servers.audiosocket import AudioSocketServer
from voice_engine.voice.ports import Leg

STEP_SECONDS = 0.1
SETTINGS = AudioSocketSettings(host="127.0.0.1", visitor_port=0, resident_port=0)


@dataclass(slots=True)
class House:
    """A running server and all that surrounds it."""

    server: AudioSocketServer
    clock: ManualClock
    admission: FakeAdmission
    refused: list[RefusedPeer] = field(default_factory=list)

    async def visitor(self) -> tuple[AsteriskEnd, Leg]:
        """Both ends of a new visitor's leg; its first frame was read."""
        end = await AsteriskEnd.call(self.server.visitor_port)
        await end.read_frames(1)
        return end, self.admission.visitors[-1]

    async def pass_time(self, seconds: float) -> None:
        """Let time pass while Asterisk reads."""
        for _ in range(round(seconds / STEP_SECONDS)):
            self.clock.advance(STEP_SECONDS)
            await asyncio.sleep(0)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Loopback may connect."""
    clock, admission, refused = ManualClock(), FakeAdmission(), list[RefusedPeer]()
    async with AudioSocketServer(SETTINGS, 10, admission, refused.append, clock=clock) as server:
        yield House(server, clock, admission, refused)

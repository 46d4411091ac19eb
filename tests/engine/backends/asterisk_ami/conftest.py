"""A scripted Asterisk and a manager that is, or will be, logged in to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.engine.backends.asterisk_ami.scripted import ScriptedAsterisk
from voice_engine.backends.asterisk_ami import AsteriskManager
from voice_engine.backends.asterisk_ami.manager import Retries
from voice_engine.core.problems import Problem
from voice_engine.core.settings import AsteriskSettings

QUICK_RETRIES = Retries(first_seconds=0.01, longest_seconds=0.02, refused_seconds=0.01)


@dataclass(slots=True)
class States:
    """What ``on_state`` was told."""

    queue: asyncio.Queue[tuple[bool, Problem | None]] = field(default_factory=asyncio.Queue)
    last: Problem | None = None
    """The problem of the state that was taken last."""

    def __call__(self, connected: bool, problem: Problem | None) -> None:
        self.queue.put_nowait((connected, problem))

    async def next(self) -> tuple[bool, str]:
        """The next state; no problem is an empty one."""
        connected, self.last = await self.queue.get()
        return connected, str(self.last or "")


def settings_for(asterisk: ScriptedAsterisk, password: str = "secret") -> AsteriskSettings:
    return AsteriskSettings("127.0.0.1", asterisk.port, "door", password, "192.0.2.1:9093")


@pytest.fixture
async def asterisk() -> AsyncIterator[ScriptedAsterisk]:
    async with ScriptedAsterisk() as scripted:
        yield scripted


@pytest.fixture
def states() -> States:
    return States()


@pytest.fixture
async def manager(asterisk: ScriptedAsterisk, states: States) -> AsyncIterator[AsteriskManager]:
    """Logged in."""
    async with AsteriskManager(settings_for(asterisk), states, retries=QUICK_RETRIES) as entered:
        assert await states.next() == (True, "")
        yield entered

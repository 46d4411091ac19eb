"""The watch over a machine that does as it is told, on virtual time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from voice_engine.core.load import CALM_SECONDS, Load, LoadLimits, MemoryAlert, Reason, Relief
from voice_engine.voice.load_watch import LoadWatch

pytestmark = pytest.mark.virtual_time

BUSY = Load(cpu=0.95)
MEGABYTE = 1_000_000


class Machine:
    """Tells what it is told to."""

    def __init__(self) -> None:
        self.load = Load(cpu=0.1)

    async def look(self) -> Load:
        return self.load


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def changes() -> list[tuple[Relief, ...]]:
    """Reliefs after each change."""
    return []


@pytest.fixture
async def watch(machine: Machine, changes: list[tuple[Relief, ...]]) -> AsyncIterator[LoadWatch]:
    """With four calls going on."""
    watch = LoadWatch(machine, LoadLimits(), lambda: 4, lambda: changes.append(watch.throttling.reliefs))
    running = asyncio.ensure_future(watch.run())
    yield watch
    running.cancel()


async def test_told_when_it_begins_and_when_it_ends(
    watch: LoadWatch, machine: Machine, changes: list[tuple[Relief, ...]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await asyncio.sleep(10)
        assert (watch.load, changes) == (Load(cpu=0.1), [])
        machine.load = BUSY
        await asyncio.sleep(8)
        assert watch.throttling.reasons == {Reason.BUSY}
        assert Relief.NO_SPECULATION in watch.throttling
        machine.load = Load(cpu=0.1)
        await asyncio.sleep(5 * CALM_SECONDS)
    assert not watch.throttling.active
    assert changes[-1] == ()
    assert ["holds back (" in message or "(busy)" in message for message in caplog.messages] == [True, False]


async def test_memory_that_runs_short(
    watch: LoadWatch, machine: Machine, changes: list[tuple[Relief, ...]], caplog: pytest.LogCaptureFixture
) -> None:
    machine.load = Load(memory_bytes=85, memory_limit_bytes=100)
    await asyncio.sleep(10)
    assert watch.throttling.memory_alert is MemoryAlert.WARNING
    assert changes == [()]
    assert caplog.messages == ["Memory runs short: 85% of what there is for the engine is in use"]


async def test_a_leak_is_told_once(watch: LoadWatch, machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    for minute in range(120):
        machine.load = Load(own_memory_bytes=100 * MEGABYTE + minute * MEGABYTE)
        await asyncio.sleep(60)
    assert watch.growth_bytes_per_hour == pytest.approx(60 * MEGABYTE, rel=0.05)
    assert caplog.messages == ["The engine's memory grows steadily, by 60.0 MB an hour"]

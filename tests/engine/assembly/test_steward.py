"""What a loaded machine has the engine do, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from voice_engine.assembly.steward import SHRUNK_SHARE, Steward, hardware_jobs
from voice_engine.core.load import Load, LoadLimits, Relief
from voice_engine.core.settings_machine import LimitSettings
from voice_engine.voice.capacity import Capacities, Priority

pytestmark = pytest.mark.virtual_time


class Machine:
    """Tells what it is told to."""

    def __init__(self) -> None:
        self.load = Load(cpu=0.1, memory_bytes=10, memory_limit_bytes=100)

    async def look(self) -> Load:
        return self.load


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def capacities() -> Capacities:
    return Capacities.within(LimitSettings(), 2)


@pytest.fixture
async def steward(machine: Machine, capacities: Capacities) -> AsyncIterator[Steward]:
    """With four calls going on."""
    steward = Steward(machine, LoadLimits(), capacities, lambda: 4)
    running = asyncio.ensure_future(steward.run())
    yield steward
    running.cancel()


async def test_effects_come_and_go_in_order(steward: Steward, machine: Machine, capacities: Capacities) -> None:
    states: dict[Relief, bool] = {}
    came: list[Relief] = []

    def effect(relief: Relief, active: bool) -> None:
        if active and not states.get(relief):
            came.append(relief)
        states[relief] = active

    for relief in Relief:
        steward.relieve(relief, lambda active, relief=relief: effect(relief, active))
    machine.load = Load(cpu=0.99)
    await asyncio.sleep(60)
    assert came == list(Relief)
    assert capacities.requests.limit == 1
    async with capacities.transcriptions.lease(Priority.REQUEST):
        pass
    batch = asyncio.ensure_future(capacities.transcriptions.lease(Priority.BATCH).__aenter__())
    await asyncio.sleep(1)
    assert not batch.done()

    machine.load = Load(cpu=0.1)
    await asyncio.sleep(300)
    assert not any(states.values())
    assert capacities.requests.limit == 2
    assert batch.done()


async def test_caches_shrink_as_long_as_memory_is_short(steward: Steward, machine: Machine) -> None:
    asked: list[float] = []
    steward.shrink(lambda share: asked.append(share) or 5_000_000)
    await asyncio.sleep(15)
    assert asked == []
    machine.load = Load(memory_bytes=85, memory_limit_bytes=100)
    await asyncio.sleep(3)
    assert asked == [SHRUNK_SHARE]
    await asyncio.sleep(20)
    assert len(asked) == 5
    machine.load = Load(memory_bytes=10, memory_limit_bytes=100)
    await asyncio.sleep(3)
    asked.clear()
    await asyncio.sleep(60)
    assert asked == []


async def test_figures_are_told_every_five_seconds_and_reliefs_at_once(steward: Steward, machine: Machine) -> None:
    told: list[bool] = []
    figures: list[float | None] = []
    steward.follow(
        lambda: told.append(steward.report().throttling.active), lambda: figures.append(steward.report().load.cpu)
    )
    for tenth in range(30):
        machine.load = Load(cpu=tenth / 100)
        await asyncio.sleep(1)
    assert len(figures) in (5, 6)
    assert told == []
    machine.load = Load(cpu=0.99)
    await asyncio.sleep(2.5)
    assert told == [True]


@pytest.mark.parametrize("memory", [None, 2 * 1024**3])
def test_a_small_or_silent_machine_does_one_thing_at_a_time(memory: int | None) -> None:
    assert hardware_jobs(Load(memory_limit_bytes=memory)) == 1

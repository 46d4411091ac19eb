"""Each relief reaches those who are to do without, in an engine that runs, and ends there too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import aiohttp
import pytest

from tests.engine.assembly.whole_engine import furnish, running, settings_in, told
from voice_engine.assembly.engines import Engines
from voice_engine.core.load import Load, Relief
from voice_engine.door.calls import Calls
from voice_engine.door.conversation import rules_of
from voice_engine.door.doors import Doors
from voice_engine.servers.audiosocket import reception
from voice_engine.servers.audiosocket.leg import SocketLeg
from voice_engine.simulation.party import Party

CALM, SHORT_OF_MEMORY = Load(memory_bytes=10, memory_limit_bytes=100), Load(memory_bytes=99, memory_limit_bytes=100)


class SteppedMachine:
    """Is looked at when the test says so: once by the start, and then once a step."""

    def __init__(self) -> None:
        self.load = CALM
        self._looks = asyncio.Semaphore(1)

    async def look(self) -> Load:
        await self._looks.acquire()
        return self.load

    def step(self) -> None:
        self._looks.release()


class Parts:
    """What runs inside the engine, caught as it is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.legs: list[SocketLeg] = []
        self.engines: list[Engines] = []
        self.doors: list[Doors] = []
        legs, engines, doors = self.legs, self.engines, self.doors

        class CaughtLeg(SocketLeg):
            def __init__(self, *given: Any) -> None:
                super().__init__(*given)
                legs.append(self)

        class CaughtEngines(Engines):
            async def __aenter__(self) -> Self:
                engines.append(self)
                return await super().__aenter__()

        class CaughtCalls(Calls):
            def __init__(self, given: Doors) -> None:
                super().__init__(given)
                doors.append(given)

        monkeypatch.setattr(reception, "SocketLeg", CaughtLeg)
        monkeypatch.setattr("voice_engine.app.Engines", CaughtEngines)
        monkeypatch.setattr("voice_engine.app.Calls", CaughtCalls)

    async def in_force(self, client: aiohttp.ClientSession) -> dict[Relief, bool]:
        """Which reliefs those who are to do without do without."""
        status = await told(client, "/api/status")
        tools = self.doors[0].first
        (whisper,) = self.engines[0]._whispers
        assert whisper._whisper is not None
        paces = {leg._pacer.transmission_delay_ms for leg in self.legs}
        assert len(paces) == 1
        return {
            Relief.SLOWER_LEAD: paces == {15.0},
            Relief.NO_SPECULATION: tools.does_without(Relief.NO_SPECULATION),
            Relief.SMALLER_AUDIO_CONTEXT: whisper._whisper._server.frugal,
            Relief.BATCH_PAUSED: status["inbox"]["paused"],
            Relief.ONE_API_SLOT: status["capacity"]["requests"]["limit"] == 1,
            Relief.KEYPAD_CALLS: not rules_of(tools).speech,
        }


async def test_reliefs_come_and_go_one_by_one_where_they_are_felt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pace of a leg that runs, and of one that comes later, among them."""
    machine, parts = SteppedMachine(), Parts(monkeypatch)
    monkeypatch.setattr("voice_engine.app.Host", lambda data_directory: machine)
    monkeypatch.setattr("voice_engine.core.load.STEP_SECONDS", 0.0)
    monkeypatch.setattr("voice_engine.core.load.CALM_SECONDS", 0.0)
    monkeypatch.setattr("voice_engine.voice.load_watch.LOOK_SECONDS", 0.0)
    directory = furnish(tmp_path)
    visitor_port = settings_in(directory).audiosocket.visitor_port

    async def relieved(client: aiohttp.ClientSession, steps: int) -> None:
        machine.step()
        while len((await told(client, "/api/status"))["throttling"]["reliefs"]) != steps:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.01)

    async def another_leg(group: asyncio.TaskGroup) -> asyncio.Task[None]:
        before = len(parts.legs)
        calling = group.create_task(Party([]).call("127.0.0.1", visitor_port, uuid4()))
        while len(parts.legs) == before:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        return calling

    async with running(directory) as client, asyncio.TaskGroup() as group:
        calls = [await another_leg(group)]
        while parts.engines[0]._whispers[0]._whisper is None:  # noqa: ASYNC110 - its model is looked for
            await asyncio.sleep(0.01)
        assert not any((await parts.in_force(client)).values())
        machine.load = SHORT_OF_MEMORY
        for steps in range(1, len(Relief) + 1):
            await relieved(client, steps)
            if steps == 1:
                calls.append(await another_leg(group))
            assert [relief for relief, held in (await parts.in_force(client)).items() if held] == list(Relief)[:steps]
        machine.load = CALM
        for steps in reversed(range(len(Relief))):
            await relieved(client, steps)
            assert [relief for relief, held in (await parts.in_force(client)).items() if held] == list(Relief)[:steps]
        for call in calls:
            call.cancel()

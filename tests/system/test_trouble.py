"""What must hold when something goes wrong around a call."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from pathlib import Path

from dev.stage.engine import Engine, EnginePorts
from dev.stage.prompts import check_heard
from dev.stage.waiting import eventually
from tests.system.house import CALL_SECONDS, House
from voice_engine.core.prompts import Prompt


async def test_asterisk_restarts_between_calls(house: House) -> None:
    await house.stage.asterisk.stop()
    await house.states.until(lambda: house.states.state("telephone_system") == "off", CALL_SECONDS)
    await house.stage.asterisk.start()
    await house.at_rest()

    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = await house.answered_by("501")
    await resident.press("1")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert end["disposition"] == "granted"
    await check_heard(visitor, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)


async def test_the_engine_restarts_during_a_call(house: House) -> None:
    engine = house.stage.engine
    visitor, call = await house.visit()
    await visitor.press("501#")
    resident = await house.answered_by("501")
    await resident.hearing.speech(CALL_SECONDS)
    await engine.process.stop()
    await house.hung_up(visitor, resident)

    assert await engine.process.wait() == 0
    assert "granted" not in call.events
    await check_heard(visitor, Prompt.FAILED)
    await check_heard(resident, Prompt.FAILED)
    await house.states.until(lambda: house.states.state("active_calls") == "unavailable", CALL_SECONDS)

    await engine.start()
    await house.at_rest()


async def test_a_stranger_is_no_resident(house: House) -> None:
    """A machine that reaches the resident port knows no UUID of ours, so its keys open nothing."""
    visitor, call = await house.visit()
    await visitor.press("501#")
    await house.stage.phones["501"].rings(CALL_SECONDS)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.stage.engine.ports.resident)
    writer.write(b"\x01\x00\x10" + uuid.uuid4().bytes + b"\x03\x00\x011")
    answer = await asyncio.wait_for(reader.read(), CALL_SECONDS)
    writer.close()
    end = await call.ended()
    await house.hung_up(visitor)

    # Hung up on, and no sound: neither a prompt nor silence.
    assert answer in (b"", b"\x00\x00\x00")
    assert call.events == ["ring", "ringing", "no_answer", "ended"]
    assert end["disposition"] == "no_answer"


async def test_a_killed_engine_leaves_no_child(house: House, tmp_path: Path) -> None:
    """Killed outright while other programs speak its sentences for it."""
    units = [{"unit": str(number), "phones": [f"PJSIP/{number}"]} for number in range(100, 200)]
    ports = EnginePorts(*house.stage.processes.ports.take(4))
    engine = Engine(house.stage.processes, tmp_path, ports, {"units": units})
    await engine.start()
    process = engine.process

    async def children_at_work() -> set[int] | None:
        return _children(process.pid) or None

    children = await eventually(children_at_work, CALL_SECONDS, OSError)  # threads come and go
    process.signal_group(signal.SIGSTOP)
    children |= _children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    async def all_gone() -> bool | None:
        return not any(Path(f"/proc/{child}/exe").exists() for child in children) or None

    await eventually(all_gone, CALL_SECONDS)


def _children(pid: int) -> set[int]:
    """The processes that ``pid`` started and that still run."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}

"""Local servers killed in the middle of a turn: who answers it, and what stands between them and their return.

How long that takes on a given machine is measured by ``bench/restarts.py``.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.assembly.test_engines import ANSWER, SILENCE, TASK, has_unread_request, opened
from tests.engine.backends import cloud
from tests.engine.backends.processes import children
from tests.engine.backends.stt_whisper_cpp.model import write_silent_model
from tests.engine.backends.tiny_llama import write_tiny_llama
from voice_engine.assembly.engines import Engines
from voice_engine.backends.child_server import Crashes, RestartPolicy, ServerState
from voice_engine.core.engines import PortStatus
from voice_engine.core.errors import BackendUnavailable
from voice_engine.voice.pool.breaker import Breaker

BACK_SECONDS = 5.0
"""In which a killed server is to be back. Most of it belongs to its start, which no test can promise."""
OUR_SECONDS = 2.0
"""What we may add by waiting, the restart's pause and the pool's together."""
RESTART_TOLD = "%s; it is started again in %g s"


def process(program: str) -> int:
    (pid,) = [pid for pid, command in children().items() if program in command]
    return pid


async def killed_in_a_turn[Result](program: str, ask: Callable[[], Awaitable[Result]]) -> Result:
    """Kill ``program`` while it has a request in hand; what became of that."""
    server = process(program)
    os.kill(server, signal.SIGSTOP)
    asking = asyncio.ensure_future(ask())
    while not has_unread_request(server):  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.01)
    os.kill(server, signal.SIGKILL)
    return await asking


async def kill_until_back(engines: Engines, port: Callable[[], PortStatus], name: str) -> None:
    """Kill it, and wait until it is the one that is asked next, and being started once more."""
    back = asyncio.Event()
    before = port().backends[0].report.restarts or 0

    def look() -> None:
        report = port().backends[0].report
        if port().serving == name and port().backends[0].problem is None and (report.restarts or 0) > before:
            back.set()

    engines.follow(look)
    os.kill(process("llama-server" if name == "llama_cpp" else "whisper-server"), signal.SIGKILL)
    await back.wait()


async def check_back_by_one_start(
    engines: Engines, port: Callable[[], PortStatus], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed for the second time in a minute, it is started again once, after a pause that leaves time for it."""
    before = port().backends[0].report.restarts or 0
    caplog.clear()
    await kill_until_back(engines, port, name)
    assert port().backends[0].report.restarts == before + 1
    pauses = [record.args[1] for record in caplog.records if record.msg == RESTART_TOLD and record.args]
    assert pauses == [2 * RestartPolicy().first_seconds]


async def test_whisper(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "models").mkdir()
    write_silent_model(tmp_path / "models" / "silent.bin")
    raw: dict[str, Any] = {
        "engines": {"stt": ["whisper_cpp", "pocketsphinx"]},
        "backends": [{"name": "whisper_cpp", "model": "silent.bin", "threads": 1}],
    }
    async with opened(tmp_path, raw) as engines:
        await engines.transcriber.prepare(ANSWER)
        heard = await killed_in_a_turn("whisper-server", lambda: engines.transcriber.transcribe(SILENCE, ANSWER))
        assert heard.backend == "pocketsphinx"
        while engines.status().stt.serving != "whisper_cpp":  # noqa: ASYNC110 - any status will do
            await asyncio.sleep(0.05)
        await check_back_by_one_start(engines, lambda: engines.status().stt, "whisper_cpp", caplog)
        assert (await engines.transcriber.transcribe(SILENCE, ANSWER)).backend == "whisper_cpp"


async def test_llama(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "models").mkdir()
    write_tiny_llama(tmp_path / "models" / "tiny.gguf")
    answer = {"choices": [{"message": {"role": "assistant", "content": '{"who": "Ana"}'}, "finish_reason": "stop"}]}
    async with cloud.serving(cloud.says(answer)) as service:
        raw: dict[str, Any] = {
            "engines": {"llm": ["llama_cpp", "mine"]},
            "backends": [
                {"name": "llama_cpp", "model": "tiny.gguf", "threads": 1},
                {"name": "mine", "kind": "ollama", "url": service.endpoint.base_url, "model": "any"},
            ],
        }
        async with opened(tmp_path, raw) as engines:
            model = engines.language_model
            assert model is not None
            await model.prepare(TASK.instructions)
            assert await killed_in_a_turn("llama-server", lambda: model.consult(TASK)) == ({"who": "Ana"}, "mine")
            while engines.status().llm.serving != "llama_cpp":  # noqa: ASYNC110 - any status will do
                await asyncio.sleep(0.05)
            await check_back_by_one_start(engines, lambda: engines.status().llm, "llama_cpp", caplog)
            report = engines.status().llm.backends[0].report
            assert (report.restarts or 0) >= 2
            assert report.statistics["evaluated_tokens"] > 0


def test_what_we_wait_leaves_time_for_the_start() -> None:
    """By the policies in force, for a server that has just been killed once already."""
    crashes, breaker = Crashes(RestartPolicy()), Breaker()
    crashes.add(0.0)
    state, pause_seconds = crashes.add(BACK_SECONDS)
    breaker.fail(BackendUnavailable("it was killed"), 0.0)
    assert state is ServerState.CRASHED
    assert pause_seconds + breaker.retry_at <= OUR_SECONDS <= BACK_SECONDS / 2

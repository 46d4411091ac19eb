"""Real servers as children, well-behaved and not."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from tests.engine.backends import local_server
from tests.engine.backends.processes import PATIENCE_SECONDS, children, gone
from voice_engine.backends.child import Program
from voice_engine.backends.child_server import ChildServer, Crashes, RestartPolicy, ServerState, ServerStatus
from voice_engine.backends.model_file import ModelFile
from voice_engine.core.errors import BackendUnavailable, BackendWithoutModel

PYTHON = Program(sys.executable, "python3")
QUICK = RestartPolicy(first_seconds=0.01, start_seconds=PATIENCE_SECONDS)


class Watched:
    """A server of ours, all its statuses and its process."""

    def __init__(
        self,
        *conduct: str,
        policy: RestartPolicy = QUICK,
        program: Program = PYTHON,
        model: ModelFile | None = None,
    ) -> None:
        self.statuses: list[ServerStatus] = []
        self.ports: list[int] = []
        self._conduct = conduct
        self._told = asyncio.Event()
        self.server = ChildServer(program, self._arguments, model=model, policy=policy, on_change=self._on_change)

    def _arguments(self, port: int) -> Sequence[str]:
        self.ports.append(port)
        return [local_server.__file__, str(port), *self._conduct]

    def _on_change(self, status: ServerStatus) -> None:
        self.statuses.append(status)
        self._told.set()

    @property
    def states(self) -> list[ServerState]:
        """What it went through."""
        return [status.state for status in self.statuses]

    async def until(self, state: ServerState, starts: int = 1) -> ServerStatus:
        """Wait for a status."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(status.state is state and status.starts >= starts for status in self.statuses):
                self._told.clear()
                await self._told.wait()
        return self.server.status

    async def get(self, path: str) -> int:
        """Ask it something."""
        url = await self.server.base_url(PATIENCE_SECONDS)
        async with aiohttp.ClientSession() as session, session.get(url + path) as response:
            return response.status


def pid() -> int:
    """The only child there is."""
    (number,) = children()
    return number


async def test_it_is_ready_when_it_says_so_and_gone_when_left() -> None:
    watched = Watched()
    async with watched.server:
        assert await watched.get("/health") == 200
        process = pid()
    assert watched.states == [ServerState.STARTING, ServerState.READY, ServerState.STOPPED]
    assert (watched.server.status.starts, watched.server.status.restarts) == (1, 0)
    assert children() == {}
    await gone(process)


async def test_it_is_not_ready_before() -> None:
    watched = Watched("never-ready")
    async with watched.server:
        await watched.until(ServerState.STARTING)
        with pytest.raises(BackendUnavailable, match="is still starting"):
            await watched.server.base_url(0)
    with pytest.raises(BackendUnavailable, match="is not running"):
        await watched.server.base_url(PATIENCE_SECONDS)


async def test_after_a_crash_it_is_started_again_and_says_why() -> None:
    watched = Watched()
    async with watched.server:
        with pytest.raises(aiohttp.ClientError):
            await watched.get("/crash")
        status = await watched.until(ServerState.READY, starts=2)
        assert await watched.get("/health") == 200
    assert status.restarts == 1
    assert status.problem is not None
    assert status.problem.endswith("ended with status 7: out of memory")
    assert watched.states == [
        *(ServerState.STARTING, ServerState.READY, ServerState.CRASHED),
        *(ServerState.STARTING, ServerState.READY, ServerState.STOPPED),
    ]


async def test_killed_it_is_back() -> None:
    watched = Watched()
    async with watched.server:
        await watched.until(ServerState.READY)
        os.kill(pid(), signal.SIGKILL)
        status = await watched.until(ServerState.READY, starts=2)
    assert status.problem is not None
    assert "ended with status -9" in status.problem


async def test_one_that_hangs_is_started_again_and_one_that_works_is_not() -> None:
    watched = Watched()
    async with watched.server:
        await watched.until(ServerState.READY)
        await watched.server.suspect()
        assert await watched.get("/health") == 200
        assert watched.server.status.starts == 1
        os.kill(pid(), signal.SIGSTOP)
        await watched.server.suspect()
        await watched.until(ServerState.READY, starts=2)


async def test_after_too_many_crashes_it_rests_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched("broken", policy=replace(QUICK, max_crashes=3))
    async with watched.server:
        status = await watched.until(ServerState.RESTING)
        with pytest.raises(BackendUnavailable, match="ended with status 3: no such model"):
            await watched.server.base_url(PATIENCE_SECONDS)
    assert status.starts == 3
    assert len(set(watched.ports)) > 1
    assert "no such model; it is started again in 120 s" in caplog.text


async def test_after_its_rest_it_is_tried_again() -> None:
    watched = Watched("broken", policy=replace(QUICK, max_crashes=1, rest_seconds=0.01))
    async with watched.server:
        await watched.until(ServerState.RESTING, starts=2)


async def test_what_is_not_installed_is_not_tried_in_a_hurry() -> None:
    watched = Watched(program=Program("no-such-server", "no-such-package"))
    async with watched.server:
        status = await watched.until(ServerState.RESTING, starts=1)
        with pytest.raises(BackendUnavailable, match=r"no-such-server is not installed.* package no-such-package"):
            await watched.server.base_url(PATIENCE_SECONDS)
    assert status.starts == 1


async def test_one_that_never_gets_ready_is_killed() -> None:
    watched = Watched("never-ready", policy=replace(QUICK, start_seconds=0.5, max_crashes=1))
    async with watched.server:
        status = await watched.until(ServerState.RESTING)
    assert status.problem is not None
    assert "was not ready within 0.5 s" in status.problem


async def test_one_that_does_not_stop_is_made_to(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched("stubborn", policy=replace(QUICK, stop_seconds=0.2))
    async with watched.server:
        await watched.until(ServerState.READY)
    assert children() == {}
    assert "did not stop when asked" in caplog.text


async def test_what_it_writes_never_holds_it_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "voice_engine.backends.child_server")
    watched = Watched("loud")
    async with watched.server:
        assert await watched.get("/health") == 200
    assert f"{sys.executable}: line" in caplog.messages


async def test_an_error_of_the_body_comes_out_as_it_is() -> None:
    watched = Watched()

    async def fail() -> None:
        async with watched.server:
            await watched.until(ServerState.READY)
            raise ValueError("my own")

    with pytest.raises(ValueError, match="my own"):
        await fail()
    assert children() == {}


async def test_cancelled_it_leaves_nothing() -> None:
    watched = Watched()

    async def hold() -> None:
        async with watched.server:
            await asyncio.Event().wait()

    holding = asyncio.ensure_future(hold())
    await watched.until(ServerState.STARTING)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert children() == {}


async def test_it_has_low_priority() -> None:
    watched = Watched()
    async with watched.server:
        await watched.until(ServerState.READY)
        assert os.getpriority(os.PRIO_PROCESS, pid()) == os.getpriority(os.PRIO_PROCESS, 0) + 5


async def test_it_dies_with_us(tmp_path: Path) -> None:
    """Even where we are killed outright and can clean up nothing."""
    told = tmp_path / "pid"
    os.mkfifo(told)
    engine = (
        "import asyncio, sys\n"
        "from tests.engine.backends.processes import children\n"
        "from tests.engine.backends.test_child_server import Watched, ServerState\n"
        "async def main():\n"
        "    watched = Watched()\n"
        "    async with watched.server:\n"
        "        await watched.until(ServerState.READY)\n"
        f"        open({str(told)!r}, 'w').write(str(*children()))\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", engine, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    process = int(await asyncio.to_thread(told.read_text))
    parent.kill()
    await parent.wait()

    await gone(process)


def test_each_crash_doubles_the_wait_until_they_are_too_many() -> None:
    crashes = Crashes(RestartPolicy(1, 3, max_crashes=4, window_seconds=100, rest_seconds=50, longest_rest_seconds=200))
    assert [crashes.add(at) for at in (0, 1, 2)] == [(ServerState.CRASHED, wait) for wait in (1, 2, 3)]
    assert crashes.add(3) == (ServerState.RESTING, 50)
    # However long ago that was: it has not worked since.
    assert [crashes.add(at) for at in (60, 170, 500)] == [(ServerState.RESTING, wait) for wait in (100, 200, 200)]
    crashes.works()
    assert crashes.add(501) == (ServerState.CRASHED, 2)
    # Once it has run for long, it is as good as new.
    crashes.works()
    assert crashes.add(1000) == (ServerState.CRASHED, 1)


# --- its model --------------------------------------------------------------------------------------------------------

LOOKING = replace(QUICK, look_seconds=0.02)


def model_of(folder: Path) -> ModelFile:
    """A file that is a model as soon as it begins with ``MODEL``."""
    return ModelFile(folder / "small.model", "a model of ours", b"MODEL", "from the shop")


async def until_said(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Wait for a line of the log."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while words not in caplog.text:  # noqa: ASYNC110 - the log is all that tells
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "small.model is not there: put a model of ours there (from the shop)"), (b"PK", "is not a model of ours")],
)
async def test_without_a_model_it_is_never_started_and_told_once(
    content: bytes | None, told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However often somebody asks for it; it is there soon after its model is."""
    caplog.set_level(logging.INFO, "voice_engine.backends.child_server")
    model = model_of(tmp_path)
    if content is not None:
        model.path.write_bytes(content)
    looks = 0

    class Counted(ModelFile):
        def check(self) -> None:
            nonlocal looks
            looks += 1
            super().check()

    watched = Watched(policy=LOOKING, model=Counted(model.path, model.kind, model.magic, model.advice))
    async with watched.server:
        assert watched.states == [ServerState.RESTING]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while looks < 20:  # noqa: ASYNC110 - it looks by itself
                await asyncio.sleep(0.01)
        with pytest.raises(BackendWithoutModel, match=re.escape(told)):
            await watched.server.base_url(PATIENCE_SECONDS)
        assert (watched.ports, watched.server.status.starts) == ([], 0)
        assert caplog.text.count(told) == 1

        model.path.write_bytes(b"MODEL and its weights")
        await watched.until(ServerState.READY)
        assert await watched.get("/health") == 200
    assert caplog.text.count("is started: its model is there now") == 1
    assert watched.states == [ServerState.RESTING, ServerState.STARTING, ServerState.READY, ServerState.STOPPED]


async def test_a_model_it_cannot_use_is_told_once_and_another_is_tried_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What begins like a model may be none all the same: given up is given up, until the file is another."""
    caplog.set_level(logging.INFO, "voice_engine.backends.child_server")
    model = model_of(tmp_path)
    model.path.write_bytes(b"MODEL, cut off")
    policy = replace(LOOKING, max_crashes=2, rest_seconds=0.02, longest_rest_seconds=0.02)
    watched = Watched("broken", policy=policy, model=model)
    async with watched.server:
        await watched.until(ServerState.RESTING, starts=6)
        told = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert len(told) == 2, "the crash, and that it is given up"
        lines = len(caplog.records)
        await watched.until(ServerState.RESTING, starts=8)
        assert len(caplog.records) == lines


async def test_a_rest_ends_when_the_model_is_another(tmp_path: Path) -> None:
    model = model_of(tmp_path)
    model.path.write_bytes(b"MODEL, cut off")
    watched = Watched("broken", policy=replace(LOOKING, max_crashes=1), model=model)
    async with watched.server:
        await watched.until(ServerState.RESTING)
        model.path.write_bytes(b"MODEL, another one")
        await watched.until(ServerState.RESTING, starts=2)


async def test_what_is_there_no_more_does_not_harm_a_server_that_runs(tmp_path: Path) -> None:
    """It has its model in memory."""
    model = model_of(tmp_path)
    model.path.write_bytes(b"MODEL")
    watched = Watched(policy=LOOKING, model=model)
    async with watched.server:
        assert await watched.get("/health") == 200
        model.path.unlink()
        assert await watched.get("/health") == 200
        os.kill(pid(), signal.SIGKILL)
        status = await watched.until(ServerState.RESTING)
        assert status.problem is not None
        assert "is not there" in status.problem

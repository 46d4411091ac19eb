"""Real child processes, well-behaved and not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.engine.backends.processes import PATIENCE_SECONDS, gone
from voice_engine.backends.child import Program, run_child
from voice_engine.core.errors import BackendError, BackendTimeout, BackendUnavailable

CAT = Program("cat", "coreutils")
SHELL = Program("sh", "dash")
PYTHON = Program(sys.executable, "python3")


def shell(script: str) -> list[str]:
    """Arguments of a shell that runs ``script``."""
    return ["-c", script]


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A named pipe for a process to tell its number through."""
    path = tmp_path / "pid"
    os.mkfifo(path)
    return path


async def pid_from(told: Path) -> int:
    """Wait for the number."""
    return int(await asyncio.to_thread(told.read_text))


async def test_bytes_in_bytes_out() -> None:
    """More than any pipe holds, both ways at once."""
    data = os.urandom(3_000_000)
    completed = await run_child(CAT, [], data, PATIENCE_SECONDS)

    assert completed.succeeded() == data


async def test_a_program_need_not_listen() -> None:
    completed = await run_child(SHELL, shell("echo done"), bytes(3_000_000), PATIENCE_SECONDS)

    assert completed.succeeded() == b"done\n"


async def test_what_it_complains_about_is_told() -> None:
    noisy = "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; echo no such voice >&2; exit 3"
    completed = await run_child(SHELL, shell(noisy), b"", PATIENCE_SECONDS)

    assert completed.status == 3
    with pytest.raises(BackendError, match=r"sh failed with status 3: .*line 19999 no such voice$"):
        completed.succeeded()


async def test_a_program_that_is_not_there_is_named_with_its_package() -> None:
    with pytest.raises(BackendUnavailable, match=r"no-such-program is not installed.* package no-such-package"):
        await run_child(Program("no-such-program", "no-such-package"), [], b"", PATIENCE_SECONDS)


async def test_a_crash_is_told() -> None:
    completed = await run_child(SHELL, shell("kill -SEGV $$"), b"", PATIENCE_SECONDS)

    assert completed.status == -signal.SIGSEGV


async def test_files_may_be_handed_over() -> None:
    """Such as one that exists in memory only."""
    handle = os.memfd_create("sound")
    try:
        os.write(handle, b"heard")
        completed = await run_child(CAT, [f"/proc/self/fd/{handle}"], b"", PATIENCE_SECONDS, pass_fds=[handle])
    finally:
        os.close(handle)

    assert completed.succeeded() == b"heard"


async def test_it_is_killed_when_late(told: Path) -> None:
    script = f"sleep 1000 & echo $! > {told}; wait"
    late = asyncio.ensure_future(run_child(SHELL, shell(script), b"", 0.5))
    for _ in range(3):
        await asyncio.sleep(0)  # a turn of the loop each: by the third the process is forked
    pid = int(told.read_text())  # noqa: ASYNC240 - holds the loop up, and so its clock, until the script is under way

    with pytest.raises(BackendTimeout, match=r"sh did not finish within 0.5 s"):
        await late
    await gone(pid)


async def test_what_it_left_behind_is_killed_too(told: Path) -> None:
    """Or its pipes would stay open, and we would wait for their end."""
    late = asyncio.ensure_future(run_child(SHELL, shell(f"sleep 1000 & echo $! > {told}"), b"", 0.5))
    pid = await pid_from(told)

    with pytest.raises(BackendTimeout, match=r"sh did not finish within 0.5 s"):
        await late
    await gone(pid)


async def test_it_is_killed_with_its_children_when_cancelled(told: Path) -> None:
    script = f"sleep 1000 & echo $! > {told}; wait"
    running = asyncio.ensure_future(run_child(SHELL, shell(script), b"", PATIENCE_SECONDS))
    pid = await pid_from(told)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    await gone(pid)


async def test_it_is_killed_with_its_children_when_cancelled_before_the_loop_knows_that_it_runs(told: Path) -> None:
    script = f"sleep 1000 & echo $! > {told}; wait"
    running = asyncio.ensure_future(run_child(SHELL, shell(script), b"", PATIENCE_SECONDS))
    for _ in range(3):
        await asyncio.sleep(0)  # a turn of the loop each: by the third the process is forked
    pid = int(told.read_text())  # noqa: ASYNC240 - to hold the loop up until the script is under way is the point
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    await gone(pid)


async def test_endless_output_is_stopped() -> None:
    with pytest.raises(BackendError, match="wrote more than 100000 bytes"):
        await run_child(Program("yes", "coreutils"), [], b"", PATIENCE_SECONDS, max_output_bytes=100_000)


async def test_low_priority() -> None:
    completed = await run_child(Program("nice", "coreutils"), [], b"", PATIENCE_SECONDS, low_priority=True)

    assert int(completed.succeeded()) == os.nice(0) + 5


async def test_it_dies_with_us(told: Path) -> None:
    """Even where we are killed outright and can clean up nothing."""
    engine = (
        "import asyncio, sys\n"
        "from voice_engine.backends.child import Program, run_child\n"
        "shell = Program('sh', 'dash')\n"
        f"asyncio.run(run_child(shell, ['-c', 'echo $$ > {told}; exec sleep 1000'], b'', 999))\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", engine, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    pid = await pid_from(told)
    parent.kill()
    await parent.wait()

    await gone(pid)

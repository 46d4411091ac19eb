"""Other programs as children that leave nothing behind however they or we end; run once, bytes in, bytes out."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio import StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from voice_engine.core.errors import BackendError, BackendTimeout, BackendUnavailable

MAX_OUTPUT_BYTES = 32_000_000
"""Ten minutes of synthesised speech; whatever writes more has gone wrong."""
_LAST_WORDS_BYTES = 1000
_CHUNK_BYTES = 65536
_LOW_PRIORITY = 5
"""Recognisers take all the processor they get; the metronome of the legs must come first."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program we rely on."""

    name: str
    package: str
    """The Debian package that brings it."""

    @property
    def path(self) -> str:
        """Where it is. Raises: BackendUnavailable."""
        path = shutil.which(self.name)
        if path is None:
            raise BackendUnavailable(f"{self.name} is not installed: it comes with the Debian package {self.package}")
        return path


_SETPRIV = Program("setpriv", "util-linux")
_NICE = Program("nice", "coreutils")


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended."""

    program: Program
    status: int
    """Its exit status; minus the signal that ended it."""
    output: bytes
    last_words: str
    """The end of what it wrote to its standard error."""

    def succeeded(self) -> bytes:
        """What it wrote, where its status is zero. Raises: BackendError."""
        if self.status:
            why = self.last_words or "it did not say why"
            raise BackendError(f"{self.program.name} failed with status {self.status}: {why}")
        return self.output


async def run_child(
    program: Program,
    arguments: Sequence[str],
    stdin: bytes,
    timeout_seconds: float,
    *,
    low_priority: bool = False,
    max_output_bytes: int = MAX_OUTPUT_BYTES,
    pass_fds: Sequence[int] = (),
) -> Completed:
    """Run ``program`` to its end; cancelled or late, it is killed with all it started.

    It inherits the open files of ``pass_fds`` and no others.
    Raises: BackendUnavailable (not installed, cannot start), BackendTimeout, BackendError (writes without end).
    """
    process = await start_child(program, arguments, low_priority=low_priority, pass_fds=pass_fds)
    try:
        async with asyncio.timeout(timeout_seconds):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_feed(_pipe(process.stdin), stdin))
                output = tasks.create_task(_collect(process, max_output_bytes))
                last_words = tasks.create_task(read_last_words(process))
            status = await process.wait()
    except TimeoutError as error:
        raise BackendTimeout(f"{program.name} did not finish within {timeout_seconds:g} s") from error
    finally:
        await end_child(process)
    if len(output.result()) > max_output_bytes:
        raise BackendError(f"{program.name} was stopped: it wrote more than {max_output_bytes} bytes")
    return Completed(program, status, output.result(), last_words.result())


async def start_child(
    program: Program,
    arguments: Sequence[str],
    *,
    low_priority: bool = False,
    stdin: int = PIPE,
    stderr: int = PIPE,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start ``program`` in a process group of its own, to die with us even where we are killed outright.

    Who starts it reads its pipes and ends it. Raises: BackendUnavailable.
    """
    command = [program.path, *arguments]
    if low_priority:
        command = [_NICE.path, "-n", str(_LOW_PRIORITY), *command]
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            _SETPRIV.path, "--pdeathsig", "KILL", "--", *command,
            stdin=stdin, stdout=PIPE, stderr=stderr, start_new_session=True, pass_fds=pass_fds,
        )
    )  # fmt: skip
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It may run already: left to asyncio, it would be killed alone, without what it has started.
        with suppress(OSError):
            await end_child(await starting)
        raise
    except OSError as error:
        raise BackendUnavailable(f"{command[0]} cannot be started: {error.strerror}") from error


async def end_child(process: Process) -> None:
    """Kill what is left of its group and close the pipes, which a program killed in mid-sentence leaves open."""
    signal_child(process, signal.SIGKILL)
    if process.returncode is not None and any(pipe and not pipe.at_eof() for pipe in (process.stdout, process.stderr)):
        # It has ended, and what it started holds its pipes: so its group is there, and its number no other's yet.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()


def signal_child(process: Process, number: signal.Signals) -> None:
    """Send a signal to the group of a child that may have ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


async def _feed(pipe: StreamWriter, data: bytes) -> None:
    # Who has heard enough stops reading; the exit status tells whether that was in order.
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(data)
        await pipe.drain()
    pipe.close()


async def _collect(process: Process, limit: int) -> bytes:
    """Read all it writes; beyond ``limit`` it is killed."""
    pipe = _pipe(process.stdout)
    output = bytearray()
    while chunk := await pipe.read(_CHUNK_BYTES):
        output += chunk
        if len(output) > limit:
            signal_child(process, signal.SIGKILL)
            break
    return bytes(output)


async def read_last_words(process: Process) -> str:
    """Read all that a child writes to its standard error; gives the end of it, in one line."""
    pipe = _pipe(process.stderr)
    tail = b""
    while chunk := await pipe.read(_CHUNK_BYTES):
        tail = (tail + chunk)[-_LAST_WORDS_BYTES:]
    return " ".join(tail.decode(errors="replace").split())


def _pipe[Stream](stream: Stream | None) -> Stream:
    assert stream is not None  # noqa: S101 - for the type checker: all three pipes were asked for
    return stream

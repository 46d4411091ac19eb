"""A local server as our child: started, watched, started again after a crash, and gone when we are."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from voice_engine.backends.child import Program, end_child, signal_child, start_child
from voice_engine.backends.model_file import ModelFile
from voice_engine.core.errors import BackendUnavailable, BackendWithoutModel

_LOGGER = logging.getLogger(__name__)

HOST = "127.0.0.1"

_PROBE_SECONDS = 2.0
"""A health check is answered in milliseconds, even while the server works; on a busy Pi it has its time."""
_PROBE_EVERY_SECONDS = 0.1
"""How late we may notice that it is ready; each probe of a port not yet open costs next to nothing."""
_LAST_LINES = 5
_LAST_WORDS_CHARACTERS = 500
"""Enough to say what went wrong, and to be read in a message."""
_STACK_FRAME = re.compile(r"\[0x[0-9a-f]+\]$")
"""Of a crash: dozens of lines after the one that says what went wrong."""
_DRAIN_SECONDS = 1.0
"""What it wrote before its end is read at once; longer, something else holds its pipe."""


class ServerState(StrEnum):
    """How a server is doing."""

    STOPPED = "stopped"
    """Not entered yet, or left."""
    STARTING = "starting"
    """The process runs, and is not ready for requests."""
    READY = "ready"
    CRASHED = "crashed"
    """It ended by itself, and is started again shortly."""
    RESTING = "resting"
    """It cannot be started, has no model, or crashed too often: given up for a while."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server as the world sees it."""

    state: ServerState = ServerState.STOPPED
    starts: int = 0
    """How often its start was tried since we are."""
    problem: str | None = None
    """Why it is not ready, or was last started again, in a sentence."""

    @property
    def restarts(self) -> int:
        """How often it had to be started again."""
        return max(0, self.starts - 1)


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a server is started again, and how long anything may take."""

    first_seconds: float = 0.25
    """Before the first restart: a caller is waiting; each further crash in the window doubles it."""
    longest_seconds: float = 15.0
    max_crashes: int = 6
    """So many in the window are no accident: it is given up for a while, for others to have the processor."""
    window_seconds: float = 300.0
    """Longer ago, a crash is forgotten."""
    rest_seconds: float = 120.0
    """After that one more start is tried: somebody may have freed memory."""
    longest_rest_seconds: float = 1800.0
    """Each start that comes to nothing doubles the rest: loading half a gigabyte in vain takes its time from calls."""
    look_seconds: float = 5.0
    """Between looks at the model's file while there is no use in a start; whoever puts one there sees it used soon."""
    start_seconds: float = 120.0
    """Until it is ready: half a gigabyte of model from a slow memory card takes a minute."""
    stop_seconds: float = 3.0
    """From the asking to the killing: whisper-server and llama-server stop within one step of their model."""


class Crashes:
    """Decides how long to wait after each crash. Times in seconds, on any clock that does not go backwards."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._at: deque[float] = deque(maxlen=policy.max_crashes)
        self._rests = 0

    @property
    def is_given_up(self) -> bool:
        """Whether it has rested and not worked since."""
        return self._rests > 0

    def add(self, now: float) -> tuple[ServerState, float]:
        """Count one; CRASHED or RESTING, and the seconds until the next start."""
        while self._at and now - self._at[0] > self._policy.window_seconds:
            self._at.popleft()
        self._at.append(now)
        if self.is_given_up or len(self._at) >= self._policy.max_crashes:
            return self.rest()
        doubled = self._policy.first_seconds * 2 ** (len(self._at) - 1)
        return ServerState.CRASHED, min(doubled, self._policy.longest_seconds)

    def rest(self) -> tuple[ServerState, float]:
        """Give it up: RESTING, and the seconds until one more start, twice as many each time it does not work."""
        doubled = self._policy.rest_seconds * 2 ** min(self._rests, 10)
        self._rests += 1
        return ServerState.RESTING, min(doubled, self._policy.longest_rest_seconds)

    def works(self) -> None:
        """It has been ready: whatever kept it from that is over."""
        self._rests = 0

    def forget(self) -> None:
        """It has another model: what came of the last one says nothing."""
        self._rests = 0
        self._at.clear()


class ChildServer:
    """A server that is kept running while it is entered; used once."""

    def __init__(
        self,
        program: Program,
        arguments: Callable[[int], Sequence[str]],
        *,
        model: ModelFile | None = None,
        health_path: str = "/health",
        policy: RestartPolicy | None = None,
        on_change: Callable[[ServerStatus], None] | None = None,
    ) -> None:
        """``arguments`` are made for the port it is to listen on, which is another at each start.

        It is started only while there is its ``model``, where it needs one. ``health_path`` answers 200 as soon as
        requests are taken. ``on_change`` is told each new status, in the loop.
        """
        self._program = program
        self._arguments = arguments
        self._model = model
        self._health_path = health_path
        self._policy = policy or RestartPolicy()
        self._crashes = Crashes(self._policy)
        self._on_change = on_change
        self._status = ServerStatus()
        self._base_url = ""
        self._process: Process | None = None
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._changed = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._supervising: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to start it; returns at once."""
        await self._group.__aenter__()
        if (missing := self._missing()) is None:
            self._tell_start()
        else:
            self._tell_missing(missing)
        self._supervising = self._group.create_task(self._supervise())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it, by force where asking does not help."""
        if self._supervising is not None:
            self._supervising.cancel()
        # Not told of an error of the context's body: it comes out as it is then, and not wrapped in a group.
        await self._group.__aexit__(None, None, None)

    @property
    def status(self) -> ServerStatus:
        """How it is doing now."""
        return self._status

    async def base_url(self, within_seconds: float) -> str:
        """Where it listens, such as ``http://127.0.0.1:40123``, as soon as it is ready; each start has another port.

        Raises: BackendUnavailable where it is not ready in time; at once where nothing is to be waited for.
        """
        try:
            async with asyncio.timeout(within_seconds):
                while self._status.state is not ServerState.READY:
                    if self._status.state is ServerState.STOPPED:
                        raise BackendUnavailable(f"{self._program.name} is not running")
                    if (missing := self._missing()) is not None:
                        raise missing
                    if self._status.state is ServerState.RESTING:
                        raise BackendUnavailable(f"{self._status.problem}; it was given up for now")
                    await self._changed.wait()
        except TimeoutError:
            raise BackendUnavailable(self._status.problem or f"{self._program.name} is still starting") from None
        return self._base_url

    async def suspect(self) -> None:
        """Have it started again unless it passes its health check now: for who waited for it in vain."""
        process, url = self._process, self._base_url
        if process is None or self._status.state is not ServerState.READY:
            return
        async with self._prober() as session:
            if not await self._is_healthy(session, url):
                _LOGGER.warning("%s hangs, and is killed", self._program.name)
                signal_child(process, signal.SIGKILL)

    # --- keeping it running -------------------------------------------------------------------------------------------

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                if self._status.state is not ServerState.STARTING:
                    await self._await_model()
                    self._tell_start()
                stamp = self._stamp()
                was_given_up = self._crashes.is_given_up
                try:
                    problem = await self._run()
                except BackendUnavailable as error:  # not installed: no sooner there for being tried again at once
                    problem, (state, delay) = str(error), self._crashes.rest()
                else:
                    state, delay = self._crashes.add(loop.time())
                # What is given up was told when that began.
                level = logging.DEBUG if was_given_up and self._crashes.is_given_up else logging.WARNING
                _LOGGER.log(level, "%s; it is started again in %g s", problem, delay)
                self._tell(replace(self._status, state=state, problem=problem))
                await self._pause(delay, stamp)
        finally:
            self._tell(replace(self._status, state=ServerState.STOPPED))

    async def _pause(self, seconds: float, stamp: object) -> None:
        """Wait, but no longer than until its model is another than that of ``stamp``."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while (left := until - clock()) > 0:
            await asyncio.sleep(min(left, self._policy.look_seconds))
            if self._stamp() != stamp:
                await self._until_written()
                return

    async def _await_model(self) -> None:
        """Wait until it has a model; told once each way."""
        if self._missing() is None:
            return
        while (missing := self._missing()) is not None:
            if str(missing) != self._status.problem:
                self._tell_missing(missing)
            await asyncio.sleep(self._policy.look_seconds)
        await self._until_written()
        _LOGGER.info("%s is started: its model is there now", self._program.name)

    async def _until_written(self) -> None:
        """Wait while a new model is still being copied: half of one would crash the server again and again."""
        stamp = None
        while stamp != (stamp := self._stamp()):  # noqa: ASYNC110 - no event tells of a file
            await asyncio.sleep(self._policy.look_seconds)
        self._crashes.forget()

    def _missing(self) -> BackendWithoutModel | None:
        """Why there is no use in starting it; None: it may be."""
        try:
            if self._model is not None:
                self._model.check()
        except BackendWithoutModel as error:
            return error
        return None

    def _stamp(self) -> object:
        return self._model.stamp() if self._model is not None else None

    async def _run(self) -> str:
        """Run it once, to its end, and say how it ended. Raises: BackendUnavailable."""
        port = _free_port()
        self._base_url = f"http://{HOST}:{port}"
        self._last_lines.clear()
        process = await start_child(
            self._program, self._arguments(port), low_priority=True, stdin=DEVNULL, stderr=STDOUT
        )
        self._process = process
        try:
            return await self._attend(process)
        finally:
            self._process = None
            await self._stop(process)

    async def _attend(self, process: Process) -> str:
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(self._drain(process))
            starting = tasks.create_task(self._await_readiness(process))
            status = await process.wait()
            starting.cancel()
            await asyncio.wait({draining}, timeout=_DRAIN_SECONDS)
            draining.cancel()
        if not starting.cancelled() and starting.result() is not None:
            return f"{self._program.name} {starting.result()}{self._last_words()}"
        return f"{self._program.name} ended with status {status}{self._last_words()}"

    async def _drain(self, process: Process) -> None:
        """Read all it writes, for it to go on, and keep the end."""
        pipe = process.stdout
        assert pipe is not None  # noqa: S101 - for the type checker: it was asked for
        while not pipe.at_eof():
            try:
                line = (await pipe.readline()).decode(errors="replace").strip()
            except ValueError:  # longer than any line worth reading
                continue
            if line:
                if not _STACK_FRAME.search(line):
                    self._last_lines.append(line)
                _LOGGER.debug("%s: %s", self._program.name, line)

    async def _await_readiness(self, process: Process) -> str | None:
        """Wait until it takes requests. None: it does; else what is wrong, and it was killed."""
        try:
            async with asyncio.timeout(self._policy.start_seconds), self._prober() as session:
                while not await self._is_healthy(session, self._base_url):  # noqa: ASYNC110 - another process sets no event of ours
                    await asyncio.sleep(_PROBE_EVERY_SECONDS)
        except TimeoutError:
            signal_child(process, signal.SIGKILL)
            return f"was not ready within {self._policy.start_seconds:g} s"
        self._crashes.works()
        self._tell(replace(self._status, state=ServerState.READY))
        return None

    @staticmethod
    def _prober() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PROBE_SECONDS))

    async def _is_healthy(self, session: aiohttp.ClientSession, url: str) -> bool:
        try:
            async with session.get(f"{url}{self._health_path}") as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _stop(self, process: Process) -> None:
        """Ask it to stop, then make it."""
        try:
            signal_child(process, signal.SIGTERM)
            async with asyncio.timeout(self._policy.stop_seconds):
                await process.communicate()
        except TimeoutError:
            _LOGGER.warning("%s did not stop when asked, and is killed", self._program.name)
        finally:
            await end_child(process)

    # --- what is told -------------------------------------------------------------------------------------------------

    def _last_words(self) -> str:
        words = " ".join(self._last_lines)[-_LAST_WORDS_CHARACTERS:]
        return f": {words}" if words else ", without a word"

    def _tell_missing(self, missing: BackendWithoutModel) -> None:
        _LOGGER.warning("%s is not started: %s", self._program.name, missing)
        self._tell(replace(self._status, state=ServerState.RESTING, problem=str(missing)))

    def _tell_start(self) -> None:
        status = self._status
        self._tell(replace(status, state=ServerState.STARTING, starts=status.starts + 1))

    def _tell(self, status: ServerStatus) -> None:
        """Take on a status and wake who waits for one."""
        self._status = status
        _LOGGER.log(
            logging.DEBUG if self._crashes.is_given_up else logging.INFO, "%s: %s", self._program.name, status.state
        )
        self._changed.set()
        self._changed = asyncio.Event()
        if self._on_change is not None:
            self._on_change(status)


def _free_port() -> int:
    """A port nobody has now. Should another take it before the server does, that is a crash like any other."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port

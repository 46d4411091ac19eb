"""Child processes of the stage: each in its own group, its output in a file, none outliving the stage."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from dev.stage.ports import Ports

GRACE_SECONDS = 10.0
"""How long a process may take to end by itself: Home Assistant writes its database on the way out."""


class StageError(Exception):
    """A part of the stage did not do what it must; the message says which and where its log is."""


class Child:
    """A running process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path, grace_seconds: float) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._grace_seconds = grace_seconds
        self._stopped = False

    @property
    def pid(self) -> int:
        """Its id, which is also the id of its process group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and all its descendants that stayed in its group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def wait(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it and its group: asked first, forced when its grace is over."""
        if self._stopped:
            return
        if self.running:
            self.signal_group(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self._grace_seconds)
        self.signal_group(signal.SIGKILL)
        await self._process.wait()
        self._stopped = True

    def tail(self, lines: int = 30) -> str:
        """The last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def check(self) -> None:
        """Raise StageError with the log's end if it is not running any more."""
        if not self.running:
            raise StageError(f"{self.name} ended with status {self._process.returncode}:\n{self.tail()}")


class Processes:
    """Starts children and ends all of them when left."""

    def __init__(self, logs: Path) -> None:
        """``logs`` is the folder of their output; logs of earlier children in it are removed."""
        self.ports = Ports()
        """Those of the children."""
        self._logs = logs
        self._children: list[Child] = []

    async def __aenter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for old in self._logs.glob("*.log"):
            old.unlink()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.gather(*(child.stop() for child in self._children))
        finally:
            self.ports.close()

    async def start(
        self,
        name: str,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        grace_seconds: float = GRACE_SECONDS,
    ) -> Child:
        """Start ``command``; ``env`` is added to our own environment. Its output is appended to ``NAME.log``."""
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *map(str, command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        child = Child(name, process, log, grace_seconds)
        self._children.append(child)
        return child

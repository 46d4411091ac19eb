"""An engine in a process of its own."""

import asyncio
from asyncio.subprocess import PIPE, Process
import json
import os
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
PYTHON = "/opt/dev/engine/bin/python"
"""The interpreter of the engine's environment in the development image."""
TOKEN = "a-token-for-tests"
INSTANCE_ID = "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041"
ANSWER_SECONDS = 60
"""Longer than the slowest machine takes to start Python."""


class Engine:
    """The engine's real HTTP server, on a port that it keeps when it is started again."""

    host = "127.0.0.1"
    token = TOKEN
    instance_id = INSTANCE_ID

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.port = 0
        self._process: Process | None = None

    async def start(self, version: str = "0.1.0") -> None:
        """Start the server and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            *(PYTHON, "-m", "tests.contract.driver", str(self.port), self.token, version, self.instance_id),
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "addon")},
            stdin=PIPE,
            stdout=PIPE,
        )
        self.port = int(await self._answer())

    async def happens(self, what: str, **fields: Any) -> None:
        """Make something happen: ``asterisk``, ``refused``, figures, or an event of a call."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([what, fields]).encode() + b"\n")
        await self._process.stdin.drain()
        assert await self._answer() == "happened"

    async def stop(self) -> None:
        """Let the server shut down as it does when the app is stopped."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(ANSWER_SECONDS):
            assert await self._process.wait() == 0
        self._process = None

    async def kill(self) -> None:
        """End the server without a word."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        self._process = None

    async def _answer(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            return (await self._process.stdout.readline()).decode().strip()

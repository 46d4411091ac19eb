"""The control connection of a baresip phone: JSON in netstrings, commands out, answers and events in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dev.stage.waiting import eventually

type Event = dict[str, Any]
"""What baresip tells, such as ``{"type": "CALL_ESTABLISHED", "class": "call", "param": …}``."""

ANSWER_SECONDS = 60.0
"""baresip answers commands at once, once a cold disk has given it what it plays; this long means that it hangs."""
CONNECT_SECONDS = 60.0
"""baresip listens within half a second; the rest is for a busy machine."""


class Control:
    """Commands to one phone, and its events."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self._answers: asyncio.Queue[Event] = asyncio.Queue()
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def connect(self, port: int) -> None:
        """Connect to the phone, which may still be starting. Raises: TimeoutError."""
        reader, self._writer = await eventually(
            lambda: asyncio.open_connection("127.0.0.1", port), CONNECT_SECONDS, ConnectionError
        )
        self._task = asyncio.create_task(self._read(reader))

    async def close(self) -> None:
        """Stop listening to the phone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._writer is not None:
            self._writer.close()

    async def command(self, name: str, parameters: str = "") -> bool:
        """Send a command; whether the phone carried it out."""
        assert self._writer is not None
        body = json.dumps({"command": name, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        answer = await asyncio.wait_for(self._answers.get(), ANSWER_SECONDS)
        return bool(answer["ok"])

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                size = int((await reader.readuntil(b":"))[:-1])
                message: Event = json.loads((await reader.readexactly(size + 1))[:-1])
                if message.get("response"):
                    self._answers.put_nowait(message)
                elif message.get("event"):
                    self._on_event(message)

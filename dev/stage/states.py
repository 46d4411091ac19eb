"""What Home Assistant shows: the states of the integration's entities and each of their changes, over its WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import aiohttp

from dev.stage.processes import StageError
from dev.stage.waiting import eventually

ANSWER_SECONDS = 60.0
"""Home Assistant answers at once when idle, and reads what it needs for it from a cold disk first."""
ENTITIES_SECONDS = 60.0
"""Entities appear with the engine's first snapshot, a second after the config flow, a cold disk's reading aside."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entity of the integration took a state."""

    key: str
    """The entity's translation key, such as ``doorbell``."""
    state: str
    attributes: dict[str, Any]


class States:
    """One connection to Home Assistant's WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.changes: list[Change] = []
        """Every change of the integration's entities since they were learnt, oldest first."""
        self.on_change: Callable[[Change], None] = lambda _change: None
        """Told of each change as it comes."""
        self._socket = socket
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._keys: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, session: aiohttp.ClientSession, token: str) -> Self:
        """Connect and log in. Raises: StageError."""
        socket = await session.ws_connect("/api/websocket", max_msg_size=0)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        if (answer := await socket.receive_json())["type"] != "auth_ok":
            raise StageError(f"Home Assistant refused the token: {answer}")
        states = cls(socket)
        states._reader = asyncio.create_task(states._read())
        await states.ask("subscribe_events", event_type="state_changed")
        return states

    async def close(self) -> None:
        """Disconnect."""
        await self._socket.close()
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def ask(self, kind: str, **data: Any) -> Any:
        """Send one command and return its result. Raises: StageError, TimeoutError."""
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "type": kind, **data})
        try:
            return await asyncio.wait_for(self._answers[number], ANSWER_SECONDS)
        finally:
            del self._answers[number]

    async def learn_entities(self, domain: str) -> None:
        """Follow the entities of integration ``domain`` from now on, also when it was added anew."""

        async def registered() -> dict[str, str] | None:
            entries = await self.ask("config/entity_registry/list")
            return {
                entry["entity_id"]: entry["translation_key"] for entry in entries if entry["platform"] == domain
            } or None

        self._keys = await eventually(registered, ENTITIES_SECONDS)
        for state in await self.ask("get_states"):
            self._note(state)

    def entity(self, key: str) -> str:
        """The entity id of translation key ``key``."""
        (entity_id,) = (entity_id for entity_id, known in self._keys.items() if known == key)
        return entity_id

    def state(self, key: str) -> str:
        """The present state of an entity."""
        return next((change.state for change in reversed(self.changes) if change.key == key), "unknown")

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Wait until ``holds()``, looked at after every change. Raises: TimeoutError."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def _note(self, state: dict[str, Any] | None) -> None:
        if state is not None and (key := self._keys.get(state["entity_id"])):
            change = Change(key, state["state"], state["attributes"])
            self.changes.append(change)
            self.on_change(change)
            self._changed.set()

    async def _read(self) -> None:
        with suppress(TypeError):  # the connection was closed
            while True:
                message = await self._socket.receive_json()
                if message["type"] == "event":
                    self._note(message["event"]["data"]["new_state"])
                elif answer := self._answers.get(message["id"]):
                    if message["success"]:
                        answer.set_result(message["result"])
                    else:
                        answer.set_exception(StageError(f"Home Assistant refused: {message['error']}"))

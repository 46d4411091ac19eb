"""The voice engine as its own process, with its settings in a file."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from dev.stage.processes import Child, Processes
from dev.stage.waiting import eventually

ADDON = Path(__file__).parents[2] / "addon"
START_SECONDS = 120.0
"""A second on an idle machine."""
GRACE_SECONDS = 20.0
"""As the Supervisor gives it (``timeout`` in ``addon/config.yaml``): calls may take eight of them to end politely."""
TOKEN = secrets.token_hex(32)
"""Whoever is in the same network may reach an engine that announces itself."""


@dataclass(frozen=True, slots=True)
class EnginePorts:
    """Where on 127.0.0.1 the engine listens."""

    visitor: int
    resident: int
    http: int
    wyoming: int


class Engine:
    """Starts and ends it."""

    def __init__(
        self,
        processes: Processes,
        folder: Path,
        ports: EnginePorts,
        settings: Mapping[str, Any],
        *,
        announced: bool = False,
    ) -> None:
        """``settings`` are written to the engine's settings file, together with the ports.

        ``announced``: it is reached from the network and announces itself there, where others hear it; what is told on
        127.0.0.1 alone, Home Assistant does not listen to.
        """
        self.ports = ports
        self.url = f"http://127.0.0.1:{ports.http}"
        self._processes = processes
        self._child: Child | None = None
        self._data = folder / "data"
        self._settings = folder / "settings.yaml"
        self._data.mkdir(parents=True)
        everywhere, here = "0.0.0.0", "127.0.0.1"  # noqa: S104 - for as long as the stage lives
        listening = {
            "http": {"host": everywhere if announced else here, "port": ports.http, "token": TOKEN},
            "audiosocket": {"host": here, "visitor_port": ports.visitor, "resident_port": ports.resident},
            "wyoming": {"enabled": True, "host": here, "port": ports.wyoming},
        }
        self._settings.write_text(yaml.safe_dump({**settings, **listening}, sort_keys=False))

    async def start(self) -> None:
        """Start it and wait until it serves. Raises: StageError, TimeoutError."""
        self._child = child = await self._processes.start(
            "engine",
            *(sys.executable, "-m", "voice_engine", "run", "--settings", self._settings, "--data", self._data),
            env={"PYTHONPATH": str(ADDON)},
            grace_seconds=GRACE_SECONDS,
        )

        async def serving() -> bool | None:
            child.check()
            async with aiohttp.request("GET", f"{self.url}/api/health") as answer:
                return answer.ok or None

        await eventually(serving, START_SECONDS, aiohttp.ClientConnectionError)

    @property
    def process(self) -> Child:
        """The process that was started last."""
        assert self._child is not None
        return self._child

    async def status(self) -> dict[str, Any]:
        """What it tells of itself. Raises: aiohttp.ClientError."""
        return await self._get("/api/status")

    async def caches(self) -> dict[str, dict[str, Any]]:
        """What it tells of each of its caches, by name. Raises: aiohttp.ClientError."""
        return {cache["name"]: cache for cache in (await self._get("/api/caches"))["caches"]}

    async def _get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.request("GET", f"{self.url}{path}", headers=headers, raise_for_status=True) as answer:
            body: dict[str, Any] = await answer.json()
            return body

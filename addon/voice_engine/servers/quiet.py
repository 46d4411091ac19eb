"""Do not disturb over HTTP: the house's switch and those of the units, kept over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from voice_engine.core.quiet import Quiet
from voice_engine.servers.requests import WrongRequest, answering, read_storable_json


class QuietStore(Protocol):
    """Where it is kept."""

    @property
    def current(self) -> Quiet:
        """What holds for a call that begins now."""
        ...

    async def keep(self, quiet: Quiet) -> None:
        """Have ``quiet`` hold from now on. Raises: BackendError."""
        ...


class QuietRequests:
    """Serves it. Calls that go on keep what held when they began."""

    def __init__(self, store: QuietStore, units: tuple[str, ...], on_change: Callable[[], None]) -> None:
        """``units`` are all there are, spelt as the settings do; ``on_change`` must return at once."""
        self._store = store
        self._units = units
        self._on_change = on_change
        self._changing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.get("/api/do_not_disturb", answering(self._get), allow_head=False),
            web.post("/api/do_not_disturb", answering(self._change)),
        ]

    async def _get(self, _: web.Request) -> web.Response:
        return self._shown()

    async def _change(self, request: web.Request) -> web.Response:
        house, units = self._wanted(await read_storable_json(request))
        async with self._changing:
            quiet = self._store.current.changed(house, units)
            if quiet != self._store.current:
                await self._store.keep(quiet)
                self._on_change()
        return self._shown()

    def _wanted(self, body: Mapping[str, Any]) -> tuple[bool | None, Mapping[str, bool]]:
        """Raises: WrongRequest."""
        house, units = body.get("house"), body.get("units", {})
        if not isinstance(house, bool | None):
            raise WrongRequest("house must be true or false.")
        if not isinstance(units, dict) or not all(isinstance(muted, bool) for muted in units.values()):
            raise WrongRequest('units must tell of each unit whether it is muted, such as {"501": true}.')
        if unknown := sorted(units.keys() - set(self._units)):
            raise WrongRequest(f"There is no unit {unknown[0]!r}; GET /api/directory lists those there are.")
        if house is None and not units:
            raise WrongRequest("Tell house, or units.")
        return house, units

    def _shown(self) -> web.Response:
        quiet = self._store.current
        muted = [unit for unit in self._units if unit in quiet.units]
        return web.json_response({"house": quiet.house, "muted_units": muted})

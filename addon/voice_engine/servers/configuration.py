"""The settings over HTTP: shown without secrets, changed as a whole or not at all, and told from when on they count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings, masked, parse_settings
from voice_engine.core.settings_changes import change_settings
from voice_engine.servers.requests import WrongRequest, answering, read_storable_json

LONGEST_SETTINGS_BYTES = 1024 * 1024
"""A directory of five thousand homes."""


class SettingsStore(Protocol):
    """Where the settings are kept."""

    async def read(self) -> Mapping[str, Any]:
        """The settings as they are written there, secrets too. Raises: BackendError."""
        ...

    async def write(self, settings: Mapping[str, Any]) -> None:
        """Put ``settings`` in their place, whole or not at all. Raises: BackendError."""
        ...


class InForce(Protocol):
    """The settings the engine works by."""

    def take(self, stored: Settings) -> None:
        """Work by what is stored now, as far as that can be without a new start."""
        ...

    def waits(self, stored: Settings) -> bool:
        """Whether some of what is stored counts from the next start only."""
        ...


class ConfigurationRequests:
    """Serves the settings and the directory in them."""

    def __init__(
        self,
        store: SettingsStore,
        in_force: InForce,
        check: Callable[[Settings], object],
        overridden: Callable[[Settings], Settings] = lambda stored: stored,
    ) -> None:
        """``check`` raises SettingsError for what the engine would not start with.

        ``overridden`` makes of stored settings those that would be in force, where they are not all there is.
        """
        self._store = store
        self._in_force = in_force
        self._check = check
        self._overridden = overridden
        self._changing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.get("/api/config", answering(self._get), allow_head=False),
            web.post("/api/config", answering(self._change)),
            web.get("/api/directory", answering(self._get_directory), allow_head=False),
            web.put("/api/directory", answering(self._put_directory)),
        ]

    async def _get(self, _: web.Request) -> web.Response:
        return await self._shown(await self._stored())

    async def _change(self, request: web.Request) -> web.Response:
        return await self._shown(await self._apply(await read_storable_json(request)))

    async def _get_directory(self, _: web.Request) -> web.Response:
        return await self._shown_directory(await self._stored())

    async def _put_directory(self, request: web.Request) -> web.Response:
        body = await read_storable_json(request)
        if not isinstance(body.get("units"), list):
            raise WrongRequest("units must be a list of homes.")
        return await self._shown_directory(await self._apply({"units": body["units"]}))

    async def _stored(self) -> Settings:
        # Beside the event loop, as all that goes through a whole directory: frames are sent meanwhile.
        return (await asyncio.to_thread(parse_settings, await self._store.read())).settings

    async def _apply(self, changes: Mapping[str, Any]) -> Settings:
        """Write changes, unless any of them is wrong. Raises: SettingsError, BackendError."""
        async with self._changing:
            try:
                changed = await asyncio.to_thread(change_settings, await self._store.read(), changes)
            except RecursionError as error:
                raise SettingsError("", "the settings are nested too deeply") from error
            await asyncio.to_thread(self._check, changed.settings)
            await self._store.write(changed.raw)
            self._in_force.take(self._overridden(changed.settings))
        return changed.settings

    async def _shown(self, settings: Settings) -> web.Response:
        shown = await asyncio.to_thread(masked, settings)
        return web.json_response({"settings": shown, "restart_needed": self._is_new(settings)})

    async def _shown_directory(self, settings: Settings) -> web.Response:
        units = (await asyncio.to_thread(masked, settings))["units"]
        return web.json_response({"units": units, "restart_needed": self._is_new(settings)})

    def _is_new(self, stored: Settings) -> bool:
        return self._in_force.waits(self._overridden(stored))

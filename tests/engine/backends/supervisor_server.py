"""Stands in for Home Assistant's Supervisor: the three paths an app may use with its own token.

As its source of August 2026 has them (``api/middleware/security.py``, ``api/apps.py``, ``api/utils.py``,
``apps/options.py``): ``/addons/self/…`` and ``/discovery`` need the app's token and no role; ``options/validate``
would need ``hassio_api``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SLUG = "local_voice_processor"
NOT_READY = "System is not ready with state: setup"
NOT_LISTED = "Apps must list services they provide via discovery in their config!"


@dataclass(slots=True)
class SupervisorServer:
    """One app is installed."""

    token: str
    defaults: dict[str, Any]
    """``options`` of the app's ``config.yaml``; each has to stand in what is written."""
    services: tuple[str, ...] = ("voice_processor",)
    """``discovery`` of the same file."""
    ready: bool = True
    """Whether it has started; its apps run on while it is started again."""
    stored: dict[str, Any] = field(default_factory=dict)
    """What was written."""
    running: dict[str, Any] = field(default_factory=dict)
    """What ``/data/options.json`` holds: written when the app starts, and only then."""
    announced: list[dict[str, Any]] = field(default_factory=list)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Listen; gives the base URL."""
        app = web.Application(middlewares=[self._checked])
        app.router.add_post("/discovery", self._discover)
        app.router.add_get("/addons/self/info", self._info)
        app.router.add_post("/addons/self/options", self._options)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    @property
    def options(self) -> dict[str, Any]:
        """What the next start will find."""
        return _merged(self.defaults, self.stored)

    def start_app(self) -> None:
        """Start the app, again where it runs."""
        self.running = self.options

    @web.middleware
    async def _checked(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not self.ready:
            return _error(NOT_READY)
        token = request.headers.get("Authorization", "").split(" ")[-1]
        if not token:
            raise web.HTTPUnauthorized
        if token != self.token:
            raise web.HTTPForbidden
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _discover(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["service"] not in self.services:
            return _error(NOT_LISTED, status=403)
        self.announced.append(body)
        return _ok({"uuid": "9d8b5a3c0f6e4b8c9a7d2e1f0c3b4a59"})

    async def _info(self, _: web.Request) -> web.Response:
        return _ok({"slug": SLUG, "state": "started", "long_description": "x" * 2**20, "options": self.options})

    async def _options(self, request: web.Request) -> web.Response:
        body = await request.json()
        if set(body) - {"options", "boot", "auto_update", "network", "watchdog", "ingress_panel"}:
            return _error(f"extra keys not allowed @ data['{next(iter(body))}']. Got {body!r}"[:500])
        options = body["options"]
        if missing := set(self.defaults) - set(options):
            wrong = f"Missing option '{min(missing)}' in root in Voice Processor ({SLUG})"
            return self._invalid(wrong, options)
        for key, value in options.items():
            if key in self.defaults and value is None:
                return self._invalid(f"Missing required option '{key}' in Voice Processor ({SLUG})", options)
        self.stored = {key: value for key, value in options.items() if key in self.defaults}
        return _ok({})

    def _invalid(self, wrong: str, options: dict[str, Any]) -> web.Response:
        """Its validator adds what it was given, up to 500 characters."""
        told = f"{wrong}. Got {options!r}"[:500]
        return _error(
            f"App {SLUG} has invalid options: {told}",
            error_key="app_configuration_invalid_error",
            extra_fields={"app": SLUG, "validation_error": told},
        )


def _merged(defaults: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _merged(value, stored[key])
        if isinstance(value, dict) and isinstance(stored.get(key), dict)
        else stored.get(key, value)
        for key, value in {**stored, **defaults}.items()
    }


def _ok(data: dict[str, Any]) -> web.Response:
    return web.json_response({"result": "ok", "data": data})


def _error(message: str, status: int = 400, **more: Any) -> web.Response:
    return web.json_response({"result": "error", "message": message, **more}, status=status)

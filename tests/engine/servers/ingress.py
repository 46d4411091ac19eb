"""A proxy that does to requests what Home Assistant's ingress does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from tests.engine.servers.serving import INGRESS_PEER, Served

INGRESS_PATH = "/api/hassio_ingress/abcdef"


@asynccontextmanager
async def ingress(served: Served) -> AsyncIterator[str]:
    """Give the page's address behind a proxy that does to requests what ingress does."""

    async def forward(request: web.Request) -> web.StreamResponse:
        headers = {"X-Ingress-Path": INGRESS_PATH}
        offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        path = request.path.removeprefix(INGRESS_PATH)
        if path == "/api/events":
            browser = web.WebSocketResponse(protocols=offered)
            await browser.prepare(request)
            async with supervisor.ws_connect(path, headers=headers, protocols=offered) as engine:
                async for message in engine:
                    await browser.send_str(message.data)
            return browser
        if request.can_read_body:
            headers["Content-Type"] = request.content_type
        body, query = await request.read(), request.query
        async with supervisor.request(request.method, path, headers=headers, params=query, data=body) as answer:
            return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)

    app = web.Application()
    app.router.add_route("*", INGRESS_PATH + "{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    connector = aiohttp.TCPConnector(local_addr=(INGRESS_PEER, 0))
    async with aiohttp.ClientSession(served.url, connector=connector) as supervisor:
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}{INGRESS_PATH}/"
        finally:
            await runner.cleanup()

"""Work for somebody who may go away meanwhile: nobody's sentence needs to be understood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

LOOK_SECONDS = 0.5
"""How often it is looked whether anybody still waits for the answer: a phone should not go on ringing for nobody."""


class NobodyWaits(Exception):
    """Who asked for it has gone away."""


@asynccontextmanager
async def while_awaited(is_left: Callable[[], bool]) -> AsyncIterator[None]:
    """Break off what is under way once ``is_left`` says that nobody waits for it. Raises: NobodyWaits then."""
    loop = asyncio.get_running_loop()
    looking: asyncio.TimerHandle | None = None
    awaited = asyncio.timeout(None)

    def look() -> None:
        nonlocal looking
        if is_left():
            awaited.reschedule(loop.time())
        else:
            looking = loop.call_later(LOOK_SECONDS, look)

    try:
        async with awaited:
            look()
            try:
                yield
            finally:
                if looking is not None:
                    looking.cancel()
    except TimeoutError as error:
        if not awaited.expired():
            raise
        raise NobodyWaits from error


def by_client_of(request: web.Request) -> Callable[[], bool]:
    """Whether the client of a request has closed its connection."""
    return lambda: request.transport is None or request.transport.is_closing()

"""Waiting for what gives no sign of itself: a port that opens, a file that appears, a page that is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

LOOK_SECONDS = 0.05
"""Between two looks: short against what is waited for, long against a look."""


async def eventually[Found](
    look: Callable[[], Awaitable[Found | None]], seconds: float, *not_yet: type[Exception]
) -> Found:
    """Look again and again until something is found; errors named in ``not_yet`` mean that it is not there yet.

    Raises: TimeoutError after ``seconds``.
    """
    async with asyncio.timeout(seconds):
        while True:
            with suppress(*not_yet):
                if (found := await look()) is not None:
                    return found
            await asyncio.sleep(LOOK_SECONDS)

"""Sound that is sent with a request: read as it comes, and no more of it than may be."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from voice_engine.servers.requests import WrongRequest

LONGEST_UPLOAD_BYTES = 16 * 1024 * 1024
"""A minute of uncompressed stereo at 48 kHz, which is the longest clip, is 11.5 MB."""
_UPLOAD_SECONDS = 60.0
"""The longest clip, over a network that carries sound at all."""


async def read_upload(request: web.Request) -> bytes:
    """Read the body. Raises: WrongRequest; HTTPRequestEntityTooLarge as soon as there is too much of it."""
    if not request.can_read_body:
        raise WrongRequest("The body must be a sound, such as a WAV file.")
    content = bytearray()
    try:
        async with asyncio.timeout(_UPLOAD_SECONDS):
            async for chunk in request.content.iter_any():
                content += chunk
                if len(content) > LONGEST_UPLOAD_BYTES:
                    raise web.HTTPRequestEntityTooLarge(LONGEST_UPLOAD_BYTES, len(content))
    except TimeoutError as cause:
        raise WrongRequest(f"The sound was not here within {_UPLOAD_SECONDS:g} s.") from cause
    return bytes(content)


def media_type(request: web.Request) -> str:
    """What the body is said to be, with parameters."""
    return request.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")

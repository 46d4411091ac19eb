"""One file over HTTP, continued where it was broken off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from io import FileIO
from pathlib import Path

import aiohttp

from voice_engine.backends.web import retry_after_seconds
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendRateLimited,
    BackendRefused,
    BackendTimeout,
    BackendUnavailable,
)

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=30)
"""No bound for the whole: a slow line takes an hour for the largest. Half a minute of silence is a broken line."""
_WRITTEN_BYTES = 1 << 20
"""At a time, by a thread: a memory card may hold a writer up for a second."""


async def download(url: str, part: Path, size_bytes: int, on_bytes: Callable[[int], None]) -> None:
    """Fetch what is missing of ``part``, ``size_bytes`` in all; ``on_bytes`` is told how much there is.

    What has arrived stays however this ends. Raises: BackendError.
    """
    etag = part.with_name(f"{part.name}.etag")
    done, version = await asyncio.to_thread(_begun, part, etag)
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
        if version:
            headers["If-Range"] = version
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(url, headers=headers) as response:
            start = _start(response, done)
            if response.content_length is not None and start + response.content_length != size_bytes:
                raise BackendMisused(
                    f"{url} has {start + response.content_length} bytes, and the model {size_bytes}: it is another file"
                )
            version = response.headers.get("ETag", "")
            await asyncio.to_thread(etag.write_text, "" if version.startswith("W/") else version)
            await _receive(response, part, start, size_bytes, on_bytes)
    except TimeoutError as error:
        raise BackendTimeout(f"{url} does not answer") from error
    except aiohttp.ClientError as error:
        raise BackendUnavailable(f"{url} cannot be reached, or broke off: {error}") from error
    except OSError as error:
        raise BackendError(f"{part} cannot be written: {error.strerror}") from error
    await asyncio.to_thread(etag.unlink, missing_ok=True)


async def size_of(url: str) -> int:
    """How many bytes the file has, of which nothing is fetched. Raises: BackendError."""
    headers = {"Accept-Encoding": "identity"}
    try:
        # Not HEAD, which some stores of files refuse.
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(url, headers=headers) as response:
            _start(response, 0)
            size = response.content_length
    except TimeoutError as error:
        raise BackendTimeout(f"{url} does not answer") from error
    except aiohttp.ClientError as error:
        raise BackendUnavailable(f"{url} cannot be reached: {error}") from error
    if not size:
        raise BackendMisused(f"{url} does not tell how large it is")
    return size


def _begun(part: Path, etag: Path) -> tuple[int, str]:
    """How much there is, and of which version of the file."""
    done = part.stat().st_size if part.exists() else 0
    return done, etag.read_text() if done and etag.exists() else ""


def _start(response: aiohttp.ClientResponse, done: int) -> int:
    """Where in the file the answer begins. Raises: BackendError."""
    status, url = response.status, response.request_info.url
    if status == HTTPStatus.OK:
        return 0
    if status == HTTPStatus.PARTIAL_CONTENT:
        if not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            raise BackendGarbled(f"{url} answers with another part than was asked for")
        return done
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise BackendRefused(f"{url} is not for us (status {status})")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait_seconds = retry_after_seconds(response.headers, datetime.now(UTC))
        raise BackendRateLimited(f"{url} was asked too often (status {status})", wait_seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise BackendOverloaded(f"{url} failed with status {status}")
    raise BackendMisused(f"{url} is not there (status {status})")


async def _receive(
    response: aiohttp.ClientResponse, part: Path, start: int, size_bytes: int, on_bytes: Callable[[int], None]
) -> None:
    done = start
    file = await asyncio.to_thread(_opened, part, start)
    try:
        async for chunk in response.content.iter_chunked(_WRITTEN_BYTES):
            done += len(chunk)
            if done > size_bytes:
                raise BackendGarbled(f"{response.url} is longer than the model")
            await _to_its_end(asyncio.ensure_future(asyncio.to_thread(file.write, chunk)))
            on_bytes(done)
    finally:
        file.close()
    if done < size_bytes:
        raise BackendUnavailable(f"{response.url} broke off after {done} of {size_bytes} bytes")


def _opened(part: Path, start: int) -> FileIO:
    """The file, cut off at ``start`` and to be written from there."""
    file = FileIO(part, "r+" if part.exists() else "w")
    file.truncate(start)
    file.seek(start)
    return file


async def _to_its_end(writing: asyncio.Future[int]) -> None:
    """Wait for a thread even where we are cancelled: nobody may carry on with a file that is still written to."""
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait({writing})
        raise

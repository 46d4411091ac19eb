"""The paths of calls that are over: listed, read and deleted."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web

from voice_engine.servers.answers import error
from voice_engine.servers.requests import WrongRequest, answering
from voice_engine.voice.ports import CallArchive

_DEFAULT_LIMIT = 50
_LARGEST_LIMIT = 200
"""Some 70 KB of calls, which is what one answer may hold without a client noticing the wait."""
_LARGEST_NUMBER = 2**53 - 1
"""What every client's numbers can hold; calls are counted from 1."""


class ArchiveRequests:
    """Serves the call log. Who may ask for it is the server's business."""

    def __init__(self, archive: CallArchive) -> None:
        self._archive = archive

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.get("/api/calls", answering(self._list), allow_head=False),
            web.delete("/api/calls", answering(self._clear)),
            web.get("/api/calls/{call_id}", answering(self._read), allow_head=False),
            web.get("/api/calls/{call_id}/recording", answering(self._play), allow_head=False),
            web.delete("/api/calls/{call_id}", answering(self._delete)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        limit = _number(request, "limit", _LARGEST_LIMIT)
        before = _number(request, "before", _LARGEST_NUMBER)
        page = await self._archive.page(limit or _DEFAULT_LIMIT, before)
        return web.json_response(page.to_wire())

    async def _read(self, request: web.Request) -> web.Response:
        recorded = await self._archive.read(request.match_info["call_id"])
        return web.json_response(recorded.to_wire()) if recorded else _unknown_call()

    async def _play(self, request: web.Request) -> web.StreamResponse:
        path = await self._archive.recording(request.match_info["call_id"])
        size = await asyncio.to_thread(_size_of, path) if path else None
        if path is None or size is None:
            message = "There is no recording of such a call: it was not recorded, was forgotten, or still goes on."
            return error(HTTPStatus.NOT_FOUND, "recording_not_found", message)
        if not _is_within(request, size):
            # aiohttp would say so too, but not in the contract's words.
            response = error(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "bad_range", f"The recording has {size} bytes."
            )
            response.headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
            return response
        return web.FileResponse(path, headers={"Content-Type": "audio/wav"})

    async def _delete(self, request: web.Request) -> web.Response:
        deleted = await self._archive.delete(request.match_info["call_id"])
        return web.Response(status=HTTPStatus.NO_CONTENT) if deleted else _unknown_call()

    async def _clear(self, _: web.Request) -> web.Response:
        await self._archive.clear()
        return web.Response(status=HTTPStatus.NO_CONTENT)


def _number(request: web.Request, name: str, largest: int) -> int | None:
    """A query parameter from 1 to ``largest``; None where it is not given."""
    given = request.query.get(name)
    if given is None:
        return None
    if not re.fullmatch("[0-9]{1,16}", given) or not 1 <= int(given) <= largest:
        raise WrongRequest(f"{name} must be a whole number from 1 to {largest}.")
    return int(given)


def _size_of(path: Path) -> int | None:
    """None: it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _is_within(request: web.Request, size: int) -> bool:
    """Whether the part of a file that is asked for begins in it; all of it where none is."""
    try:
        start = request.http_range.start
    except ValueError:
        return False
    return start is None or start < size


def _unknown_call() -> web.Response:
    message = "The call log has no such call; those going on are in /api/status."
    return error(HTTPStatus.NOT_FOUND, "call_not_found", message)

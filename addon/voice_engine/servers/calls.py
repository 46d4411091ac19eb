"""What may be asked of calls that go on: ``/api/hangup``, and the paths below ``/api/calls/{call_id}`` that act."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from voice_engine.core.events import Party
from voice_engine.door.desk import Desk
from voice_engine.servers.requests import answering, chosen, raw_text_of, read_json, text_of

LONGEST_TEXT = 200
"""Characters: some fifteen seconds of speech, which is what a farewell may take and people at a door listen to."""

_DECISIONS: Mapping[object, bool] = {"grant": True, "deny": False}
_PARTIES: Mapping[object, Party] = {party.value: party for party in Party}
_LONGEST_ID = 100


class CallRequests:
    """Serves decisions, announcements and hang-ups. Who may ask for them is the server's business."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.post("/api/calls/{call_id}/decision", answering(self._decide)),
            web.post("/api/calls/{call_id}/say", answering(self._say)),
            web.post("/api/calls/{call_id}/hang_up", answering(self._hang_up)),
            web.post("/api/hangup", answering(self._hang_up_some)),
        ]

    async def _decide(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        granted = chosen(body, "decision", _DECISIONS)
        message = text_of(body, "message", LONGEST_TEXT) if body.get("message") is not None else ""
        self._desk.decide(request.match_info["call_id"], granted=granted, message=message)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _say(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        party = chosen(body, "party", _PARTIES)
        self._desk.say(request.match_info["call_id"], party, text_of(body, "text", LONGEST_TEXT))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _hang_up(self, request: web.Request) -> web.Response:
        self._desk.hang_up(request.match_info["call_id"])
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _hang_up_some(self, request: web.Request) -> web.Response:
        body = await read_json(request) if request.can_read_body else {}
        if body.get("call_id") is None:
            return web.json_response({"call_ids": self._desk.hang_up_all()})
        call_id = raw_text_of(body, "call_id", _LONGEST_ID)
        self._desk.hang_up(call_id)
        return web.json_response({"call_ids": [call_id]})

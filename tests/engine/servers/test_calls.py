"""What may be asked of a call over HTTP: by whom, in which words, and how it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest

from tests.engine.servers.contract import assert_conforms, contract
from tests.engine.servers.serving import Served, serving
from voice_engine.core.dialog import Stage, State
from voice_engine.core.dialog.messages import Announced, Decided, Dismissed, Event
from voice_engine.core.events import Disposition, Party
from voice_engine.servers.calls import LONGEST_TEXT

CALL = "/api/calls/1c7c2f70-6d0c-4e0a-8f0e-0a4b8d2f3c11"
REQUESTS: dict[str, dict[str, Any]] = {
    "decision": {"decision": "grant"},
    "say": {"party": "visitor", "text": "Hello"},
    "hang_up": {},
}


class ScriptedCall:
    """A call that writes down what it is asked."""

    call_id = CALL.rpartition("/")[2]

    def __init__(self, state: State) -> None:
        self.state = state
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        """Kept."""
        self.events.append(event)


@contextmanager
def going_on(served: Served, stage: Stage = Stage.RINGING, **state: Any) -> Iterator[ScriptedCall]:
    """A call with a visitor on the line."""
    call = ScriptedCall(State(stage, frozenset({Party.VISITOR}), **state))
    with served.desk.holding(call):
        yield call


async def refused(response: aiohttp.ClientResponse) -> tuple[int, str]:
    """Status and code of an error that conforms."""
    body = await response.json()
    assert_conforms(body, "Error")
    return response.status, body["code"]


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ({"decision": "grant"}, Decided(granted=True)),
        ({"decision": "deny", "message": None}, Decided(granted=False)),
        ({"decision": "grant", "message": "Olá!\n Suba, por favor."}, Decided(True, "Olá! Suba, por favor.")),
        ({"decision": "deny", "message": "x" * LONGEST_TEXT}, Decided(False, "x" * LONGEST_TEXT)),
        ({"decision": "deny", "message": "a\x00b\ud800c"}, Decided(False, "a b c")),
    ],
)
async def test_a_decision_reaches_the_call(body: dict[str, Any], event: Event) -> None:
    """With its message as one plain line."""
    async with serving() as served:
        with going_on(served) as call:
            response = await served.client.post(f"{CALL}/decision", json=body)
            assert response.status == 204
        assert call.events == [event]


async def test_words_and_hang_ups_reach_the_call() -> None:
    """A hang-up needs no body."""
    async with serving() as served:
        with going_on(served) as call:
            for request in (
                served.client.post(f"{CALL}/say", json={"party": "visitor", "text": "<b>Hi</b>"}),
                served.client.post(f"{CALL}/hang_up"),
            ):
                assert (await request).status == 204
        assert call.events == [Announced(Party.VISITOR, "<b>Hi</b>"), Dismissed()]


@pytest.mark.parametrize("path", REQUESTS)
async def test_nobody_acts_without_the_token(path: str) -> None:
    """Nor with one that is almost right."""
    async with serving() as served, aiohttp.ClientSession(served.url) as stranger:
        with going_on(served) as call:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-Ingress-Path": "/api/hassio_ingress/abc"}):
                response = await stranger.post(f"{CALL}/{path}", json=REQUESTS[path], headers=headers)
                assert await refused(response) == (401, "unauthorized")
        assert call.events == []


@pytest.mark.parametrize("path", REQUESTS)
async def test_asking_is_not_acting(path: str) -> None:
    """Whatever only reads, as browsers do unasked, decides nothing."""
    async with serving() as served:
        with going_on(served) as call:
            response = await served.client.get(f"{CALL}/{path}")
            assert await refused(response) == (405, "method_not_allowed")
        assert call.events == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("decision", body) for body in ("", "yes", '"grant"', "null", "[]", "[" * 20_000, b"\xff{}")),
        *(("decision", {"decision": value}) for value in ("GRANT", "granted", "", None, True, 1, ["grant"], {})),
        ("decision", {}),
        ("decision", {"message": "Hello"}),
        *(
            ("decision", {"decision": "grant", "message": text})
            for text in ("", " ", "\n", "?!", "x" * (LONGEST_TEXT + 1), 5, ["Hello"], "\ud800")
        ),
        *(("say", {"party": party, "text": "Hello"}) for party in ("both", "", None, 0, "Visitor")),
        *(("say", {"party": "visitor", "text": text}) for text in ("", "...", None, "x" * (LONGEST_TEXT + 1))),
        ("say", {"text": "Hello"}),
        ("say", {"party": "visitor"}),
    ],
)
async def test_a_wrong_body_does_nothing(path: str, body: object) -> None:
    """Each is refused before the call hears of it."""
    async with serving() as served:
        with going_on(served) as call:
            if isinstance(body, dict):
                response = await served.client.post(f"{CALL}/{path}", json=body)
            else:
                headers = {"Content-Type": "application/json"}
                response = await served.client.post(f"{CALL}/{path}", data=body, headers=headers)
            assert await refused(response) == (400, "bad_request")
        assert call.events == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_of_another_site_decides_nothing(content_type: str) -> None:
    """These a browser would send without asking us first."""
    async with serving() as served:
        with going_on(served) as call:
            headers = {"Content-Type": content_type}
            response = await served.client.post(f"{CALL}/decision", data=b'{"decision": "grant"}', headers=headers)
            assert await refused(response) == (400, "bad_request")
        assert call.events == []


@pytest.mark.parametrize("path", REQUESTS)
@pytest.mark.parametrize("call", [CALL, "/api/calls/nonsense", "/api/calls/%C3%A9"])
async def test_a_call_that_does_not_go_on_is_not_found(path: str, call: str) -> None:
    """Whatever its name."""
    async with serving() as served:
        response = await served.client.post(f"{call}/{path}", json=REQUESTS[path])
        assert await refused(response) == (404, "call_not_found")
        with going_on(served, Stage.ENDED) as ended:
            response = await served.client.post(f"{CALL}/{path}", json=REQUESTS[path])
            assert await refused(response) == (404, "call_not_found")
        assert ended.events == []


@pytest.mark.parametrize("path", ["decision", "say"])
async def test_a_settled_outcome_is_told(path: str) -> None:
    """The first decision stands."""
    async with serving() as served:
        with going_on(served, Stage.CLOSING, disposition=Disposition.DENIED) as call:
            response = await served.client.post(f"{CALL}/{path}", json=REQUESTS[path])
            assert await refused(response) == (409, "already_decided")
        assert call.events == []


async def test_a_party_that_is_not_there_cannot_be_spoken_to() -> None:
    """The phone still rings."""
    async with serving() as served:
        with going_on(served) as call:
            response = await served.client.post(f"{CALL}/say", json={"party": "resident", "text": "Hello"})
            assert await refused(response) == (409, "party_absent")
        assert call.events == []


def test_the_contract_states_the_bound() -> None:
    """Clients can keep it."""
    schemas = contract()["components"]["schemas"]
    assert schemas["Decision"]["properties"]["message"]["maxLength"] == LONGEST_TEXT
    assert schemas["Announcement"]["properties"]["text"]["maxLength"] == LONGEST_TEXT

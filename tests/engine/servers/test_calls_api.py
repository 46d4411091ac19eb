"""Calls that are over, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import Served, call_event, serving
from voice_engine.core.errors import BackendError, BackendTimeout, BackendUnavailable
from voice_engine.core.events import CallEventKind, Party
from voice_engine.core.records import RecordedCall, RecordedTurn

EVERYTHING = [
    ("GET", "/api/calls"),
    ("DELETE", "/api/calls"),
    ("GET", "/api/calls/{id}"),
    ("GET", "/api/calls/{id}/recording"),
    ("DELETE", "/api/calls/{id}"),
]
TURNS = (
    RecordedTurn(Party.VISITOR, "five oh one", "unit 501", {"endpoint": 1.5, "first_frame": 1.9}),
    RecordedTurn(Party.RESIDENT, None, None, {}),
)


def keep(served: Served, count: int) -> list[str]:
    """Put calls into the archive; their ids, newest first."""
    for number in range(1, count + 1):
        call = call_event(CallEventKind.ENDED, number).call
        served.archive.calls.append(RecordedCall(call, TURNS))
    return [recorded.call.call_id for recorded in reversed(served.archive.calls)]


async def answer(served: Served, method: str, path: str, status: int) -> Any:
    """What a request is answered with, where it has the status it should have."""
    response = await served.client.request(method, path)
    body = await response.read()
    assert response.status == status, body
    return await response.json() if body else None


async def error_code(served: Served, method: str, path: str, status: int) -> str:
    """The same for a refusal."""
    body = await answer(served, method, path, status)
    assert_conforms(body, "Error")
    code: str = body["code"]
    return code


async def test_calls_are_listed_newest_first_page_by_page() -> None:
    """What each page says comes next is what comes next; the last one says that nothing does."""
    async with serving() as served:
        ids = keep(served, 5)
        told, query = [], ""
        while True:
            page = await answer(served, "GET", f"/api/calls?limit=2{query}", 200)
            assert_conforms(page, "CallPage")
            told.append([call["call_id"] for call in page["calls"]])
            if page["next_before"] is None:
                break
            query = f"&before={page['next_before']}"
    assert told == [ids[0:2], ids[2:4], ids[4:]]


async def test_without_parameters_the_latest_fifty_are_listed() -> None:
    async with serving() as served:
        page = await answer(served, "GET", "/api/calls", 200)
        assert served.archive.asked == [(50, None)]
    assert page == {"calls": [], "next_before": None}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1.0", "limit"),
        ("limit=%D9%A3", "limit"),
        ("before=0", "before"),
        ("before=9007199254740992", "before"),
        ("before=" + "9" * 500, "before"),
        ("before=2026-11-20", "before"),
    ],
)
async def test_parameters_out_of_range_are_named(query: str, named: str) -> None:
    """Neither quietly replaced nor passed on."""
    async with serving() as served:
        body = await answer(served, "GET", f"/api/calls?{query}", 400)
        assert served.archive.asked == []
    assert_conforms(body, "Error")
    assert body["code"] == "bad_request"
    assert body["message"].startswith(f"{named} must be a whole number from 1 to ")


async def test_a_call_is_read_with_its_turns() -> None:
    async with serving() as served:
        newest, _ = keep(served, 2)
        body = await answer(served, "GET", f"/api/calls/{newest}", 200)
    assert_conforms(body, "RecordedCall")
    assert body["call"]["call_id"] == newest
    assert body["turns"] == [turn.to_wire() for turn in TURNS]


async def test_a_call_is_deleted_once() -> None:
    """The others stay, and a second time it is not there."""
    async with serving() as served:
        newest, other = keep(served, 2)
        assert await answer(served, "DELETE", f"/api/calls/{newest}", 204) is None
        assert await error_code(served, "DELETE", f"/api/calls/{newest}", 404) == "call_not_found"
        assert await error_code(served, "GET", f"/api/calls/{newest}", 404) == "call_not_found"
        await answer(served, "GET", f"/api/calls/{other}", 200)


async def test_all_calls_are_deleted() -> None:
    """Again and again, if one likes."""
    async with serving() as served:
        keep(served, 3)
        for _ in range(2):
            assert await answer(served, "DELETE", "/api/calls", 204) is None
        assert served.archive.calls == []


@pytest.mark.parametrize("problem", [BackendUnavailable("the disk at /data is full"), BackendTimeout("the disk naps")])
@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_an_archive_that_cannot_be_used_is_told(method: str, path: str, problem: BackendError) -> None:
    """With the reason, for it is the operator's own disk."""
    async with serving() as served:
        (only,) = keep(served, 1)
        served.archive.problem = problem
        body = await answer(served, method, path.format(id=only), 503)
    assert_conforms(body, "Error")
    assert body["code"] == problem.code
    assert body["message"] == f"T{str(problem)[1:]}."


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_nobody_reads_or_deletes_without_the_token(method: str, path: str) -> None:
    """Nor learns whether there is such a call."""
    async with serving() as served, aiohttp.ClientSession(served.url) as stranger:
        (only,) = keep(served, 1)
        for call_id in (only, "another"):
            response = await stranger.request(method, path.format(id=call_id))
            assert response.status == 401
        assert len(served.archive.calls) == 1


async def test_a_recording_is_served_in_ranges(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"RIFF and so on")
    async with serving() as served:
        served.archive.recordings["c1"] = path
        response = await served.client.get("/api/calls/c1/recording", headers={"Range": "bytes=0-3"})
        assert (response.status, response.content_type, await response.read()) == (206, "audio/wav", b"RIFF")


@pytest.mark.parametrize("part", ["bytes=14-", "bytes=99-100", "bytes=5-2", "bytes=-", "lines=1-2"])
async def test_a_part_that_no_recording_has_is_refused_in_the_contract_s_words(part: str, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"RIFF and so on")
    async with serving() as served:
        served.archive.recordings["c1"] = path
        response = await served.client.get("/api/calls/c1/recording", headers={"Range": part})
        body = await response.json()
    assert (response.status, response.headers["Content-Range"]) == (416, "bytes */14")
    assert_conforms(body, "Error")
    assert body["code"] == "bad_range"


async def test_no_recording_is_said_so() -> None:
    async with serving() as served:
        body = await answer(served, "GET", "/api/calls/c1/recording", 404)
    assert body["code"] == "recording_not_found"
    assert_conforms(body, "Error")

"""A home that is called with a message, and a doorbell that rings as a test, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.engine.door.stage import Door, open_door
from tests.engine.fakes import Phone
from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import Behind, FakeStore, Served, serving
from voice_engine.core.settings import DoorSettings
from voice_engine.servers.state import Told
from voice_engine.voice.ports import RingResult

FOOD = {"unit": "501", "message": "Your food is at the desk."}
PATIENCE_SECONDS = 30.0
NEVER = Phone(RingResult.NO_ANSWER, after_seconds=600.0)


async def ask(served: Served, path: str, status: int, schema: str, body: object) -> Any:
    """What a request is answered with, where it is what it should be."""
    async with served.client.post(path, json=body) as response:
        told = await response.json()
        assert response.status == status, told
    assert_conforms(told, schema)
    return told


@asynccontextmanager
async def house(phone: Phone, settings: DoorSettings | None = None) -> AsyncIterator[tuple[Served, Door]]:
    """An engine whose door has a phone that does as told, in real time."""
    async with (
        open_door({"PJSIP/501": phone}, settings=settings) as door,
        serving(Behind(store=FakeStore({"units": [{"unit": "501"}]}))) as served,
        served.behind.notifier.on_duty(
            lambda: replace(door.tools, quiet=lambda: served.behind.quiet.current), lambda: door.calls.active
        ),
    ):
        yield served, door


async def soon(condition: Any) -> None:
    """Wait until ``condition`` holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_what_became_of_a_message_is_told() -> None:
    async with house(Phone(RingResult.DECLINED, 0.01)) as (served, _):
        told = await ask(served, "/api/notifications", 200, "Notified", FOOD)
    assert told == {"outcome": "declined", "answer": None}


async def test_a_question_is_answered() -> None:
    async with house(Phone(after_seconds=0.01)) as (served, door), asyncio.TaskGroup() as group:
        body = FOOD | {"question": True}
        asking = group.create_task(ask(served, "/api/notifications", 200, "Notified", body))
        resident = await door.resident()
        await soon(lambda: resident.playouts)
        resident.press("1")
        assert await asking == {"outcome": "delivered", "answer": "yes"}


@pytest.mark.parametrize(
    "body",
    [
        {"unit": "501"},
        {"unit": "501", "message": "?!"},
        {"unit": "501", "message": "x" * 201},
        {"unit": "", "message": "Hello"},
        {"unit": 501, "message": "Hello"},
        FOOD | {"question": "yes"},
        FOOD | {"message": "\ud800 hello"},
    ],
)
async def test_a_wrong_body_calls_nobody(body: dict[str, Any]) -> None:
    async with house(NEVER) as (served, door):
        assert (await ask(served, "/api/notifications", 400, "Error", body))["code"] == "bad_request"
        assert door.telephone.rung == []


async def test_what_cannot_be_done_is_refused_with_its_reason() -> None:
    async with house(NEVER, DoorSettings(max_calls=1)) as (served, door), asyncio.TaskGroup() as group:
        unknown = await ask(served, "/api/notifications", 404, "Error", FOOD | {"unit": "999"})
        assert unknown["code"] == "unit_not_found"
        waiting = group.create_task(served.client.post("/api/notifications", json=FOOD))
        await soon(lambda: door.telephone.rung)
        assert (await ask(served, "/api/notifications", 409, "Error", FOOD))["code"] == "unit_in_call"
        full = await ask(served, "/api/notifications", 503, "Error", FOOD | {"unit": "302"})
        assert full["code"] == "no_capacity"
        waiting.cancel()
        await soon(lambda: door.telephone.cancelled)
        door.telephone.connected = False
        assert (await ask(served, "/api/notifications", 503, "Error", FOOD))["code"] == "backend_unavailable"


@pytest.mark.parametrize("switched", [{"house": True}, {"units": {"501": True}}])
async def test_a_home_that_is_not_to_be_disturbed_is_not_called(switched: dict[str, Any]) -> None:
    """By the same switches that keep visitors from it."""
    async with house(Phone(RingResult.DECLINED, 0.01)) as (served, door):
        async with served.client.post("/api/do_not_disturb", json=switched) as response:
            assert response.status == 200
        told = await ask(served, "/api/notifications", 200, "Notified", FOOD | {"question": True})
        assert told == {"outcome": "do_not_disturb", "answer": None}
        assert door.telephone.rung == []
        async with served.client.post("/api/do_not_disturb", json={"house": False, "units": {"501": False}}):
            pass
        assert (await ask(served, "/api/notifications", 200, "Notified", FOOD))["outcome"] == "declined"


async def test_a_phone_does_not_go_on_ringing_for_nobody() -> None:
    """Who asked for it has gone away."""
    async with house(NEVER) as (served, door):
        async with aiohttp.ClientSession(served.url, headers=served.client.headers) as client:
            waiting = asyncio.ensure_future(client.post("/api/notifications", json=FOOD))
            await soon(lambda: door.telephone.rung)
            waiting.cancel()
        await soon(lambda: door.telephone.cancelled)


async def test_before_the_door_is_open_nobody_is_called() -> None:
    async with serving() as served:
        assert (await ask(served, "/api/notifications", 503, "Error", FOOD))["code"] == "backend_unavailable"


async def test_a_test_ring_is_told_as_a_ring_and_kept_nowhere() -> None:
    async with serving() as served:
        told: list[Told] = []
        before = served.state.snapshot()
        with served.state.subscribed(told.append):
            rung = await ask(served, "/api/test/ring", 200, "TestRung", {})
        assert rung["door"] == "Front door"
        messages = [event.to_wire() for event in told]
        for message in messages:
            assert_conforms(message, "CallMessage")
        assert [(message["event"], message["call"]["test"]) for message in messages] == [
            ("rang", True),
            ("ended", True),
        ]
        assert {message["call"]["call_id"] for message in messages} == {rung["call_id"]}
        assert served.state.snapshot() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({"door": "Cellar"}, 404, "door_not_found"), ({"door": 1}, 400, "bad_request"), ([], 400, "bad_request")],
)
async def test_a_door_that_is_not_there_does_not_ring(body: object, status: int, code: str) -> None:
    async with serving() as served:
        told: list[Told] = []
        with served.state.subscribed(told.append):
            assert (await ask(served, "/api/test/ring", status, "Error", body))["code"] == code
        assert told == []

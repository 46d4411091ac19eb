"""What the real server says, the real client understands."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import reduce
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.voice_processor.client import (
    EngineAuthError,
    EngineClient,
    EngineError,
    EngineRefusal,
    EngineUnreachable,
)
from custom_components.voice_processor.messages import CallEvent, Message, Snapshot, SystemEvent
from custom_components.voice_processor.models import (
    CallEventKind,
    CallPage,
    CallStage,
    DecidedBy,
    Decision,
    Disposition,
    Door,
    Intent,
    Party,
    ProblemCode,
    Status,
)

from .engine import Engine

CALL = {
    "call_id": "1c7c2f70-6d0c-4e0a-8f0e-0a4b8d2f3c11",
    "door": "Front door",
    "caller": "1000",
    "started_at": "2026-11-20T09:00:00+00:00",
}
TOLD = {"unit": "501", "intent": "delivery", "visitor": "Rui", "company": "iFood"}
GRANTED = {**TOLD, "disposition": "granted", "decided_by": "voice"}
VISIT: list[tuple[str, dict[str, Any]]] = [
    ("rang", {**CALL, "stage": "greeting"}),
    ("stage", {**CALL, "stage": "ringing", **TOLD}),
    ("answered", {**CALL, "stage": "asking", **TOLD}),
    ("granted", {**CALL, "stage": "informing", **GRANTED}),
    ("ended", {**CALL, "stage": "ended", **GRANTED, "ended_at": "2026-11-20T09:00:41+00:00"}),
]
PEER: dict[str, Any] = {
    "address": "192.168.1.20",
    "port": 9092,
    "reason": {
        "code": "foreign_network",
        "message": "192.168.1.20 is in none of audiosocket.allowed_networks.",
        "parameters": {"address": "192.168.1.20", "network": "192.168.1.20/32"},
    },
    "count": 1,
    "last_at": "2026-11-20T09:01:02+00:00",
}


type Heard = asyncio.Queue[Message | EngineError]


@asynccontextmanager
async def listening(client: EngineClient) -> AsyncGenerator[tuple[Heard, Status]]:
    """Listen for as long as the context lasts; give what is heard after the snapshot, and how it ended."""
    heard: Heard = asyncio.Queue()

    async def listen() -> None:
        try:
            await client.listen(heard.put_nowait)
        except EngineError as err:
            heard.put_nowait(err)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(listen())
        snapshot = await heard.get()
        assert isinstance(snapshot, Snapshot)
        yield heard, snapshot.status
        task.cancel()


async def test_the_state_is_told_alike_everywhere(client: EngineClient, session: ClientSession, engine: Engine) -> None:
    """The WebSocket's snapshot is what /api/status answers, with everything in it that there can be."""
    problem = {"code": "login_refused", "message": "Asterisk refused the login.", "parameters": {"detail": "No."}}
    await engine.happens("asterisk", configured=True, connected=False, problem=problem)
    await engine.happens("refused", **PEER)
    for what, call in VISIT:
        await engine.happens(what, **call)
    await engine.happens("rang", **CALL | {"call_id": "other", "caller": None})

    status = await client.fetch_status()
    headers = {"Authorization": f"Bearer {engine.token}"}
    async with session.get(f"http://{engine.host}:{engine.port}/api/status", headers=headers) as response:
        assert status == Status.from_wire(await response.json())

    assert (status.engine.version, status.engine.instance_id) == ("0.1.0", engine.instance_id)
    assert (status.system.asterisk_configured, status.system.asterisk_connected) == (True, False)
    assert status.system.asterisk_problem == "Asterisk refused the login."
    assert status.system.asterisk_problem_code is ProblemCode.LOGIN_REFUSED
    assert status.doors == (Door("Front door", "pt-BR"), Door("Garage", "en"))
    assert [(peer.address, peer.reason_code, peer.reason_parameters) for peer in status.system.refused_peers] == [
        (PEER["address"], ProblemCode.FOREIGN_NETWORK, PEER["reason"]["parameters"])
    ]
    assert [(call.call_id, call.caller, call.stage) for call in status.calls] == [("other", None, CallStage.GREETING)]
    assert status.last_call is not None
    assert (status.last_call.disposition, status.last_call.decided_by, status.last_call.unit) == (
        Disposition.GRANTED,
        DecidedBy.VOICE,
        "501",
    )
    assert (status.last_call.intent, status.last_call.visitor, status.last_call.company) == (
        Intent.DELIVERY,
        "Rui",
        "iFood",
    )


async def test_a_visit_is_told_in_order(client: EngineClient, engine: Engine) -> None:
    """Each event carries the call as it stands, and together they lead to the engine's own state."""
    async with listening(client) as (heard, status):
        for what, call in VISIT:
            await engine.happens(what, **call)
        events = [await heard.get() for _ in VISIT]

    calls = [event for event in events if isinstance(event, CallEvent)]
    assert [call.kind for call in calls] == [CallEventKind(what) for what, _ in VISIT]
    assert [call.call.stage for call in calls] == [CallStage(call["stage"]) for _, call in VISIT]
    state = reduce(Status.with_call, [event.call for event in calls], status)
    assert state == await client.fetch_status()


async def test_two_calls_at_once_are_kept_apart(client: EngineClient, engine: Engine) -> None:
    async with listening(client) as (heard, status):
        for what, call in VISIT[:4]:
            await engine.happens(what, **call)
            await engine.happens(what, **call | {"call_id": "other", "unit": "302"})
        events = [await heard.get() for _ in range(8)]

    state = reduce(Status.with_call, [event.call for event in events if isinstance(event, CallEvent)], status)
    assert [(call.unit, call.stage) for call in state.calls] == [
        ("501", CallStage.INFORMING),
        ("302", CallStage.INFORMING),
    ]
    assert state == await client.fetch_status()


async def test_the_surroundings_are_told(client: EngineClient, engine: Engine) -> None:
    async with listening(client) as (heard, status):
        await engine.happens("asterisk", configured=True, connected=True, problem=None)
        await engine.happens("refused", **PEER)
        events = [await heard.get() for _ in range(2)]

    first, last = (event.system for event in events if isinstance(event, SystemEvent))
    assert (first.asterisk_connected, first.refused_peers) == (True, ())
    assert replace(status, system=last) == await client.fetch_status()


async def test_the_first_decision_stands(client: EngineClient, engine: Engine) -> None:
    """It is taken once; what comes after it is refused with the outcome."""
    await engine.happens("rang", **CALL)
    await client.say(CALL["call_id"], Party.VISITOR, "One moment.")
    await client.decide(CALL["call_id"], Decision.GRANT, "Olá!")
    with pytest.raises(EngineRefusal, match="granted") as refusal:
        await client.decide(CALL["call_id"], Decision.DENY, None)
    assert refusal.value.code == "already_decided"
    with pytest.raises(EngineRefusal) as refusal:
        await client.say(CALL["call_id"], Party.VISITOR, "Wait!")
    assert refusal.value.code == "already_decided"


async def test_a_hang_up_settles_the_outcome(client: EngineClient, engine: Engine) -> None:
    await engine.happens("rang", **CALL)
    await client.hang_up(CALL["call_id"])
    with pytest.raises(EngineRefusal, match="denied"):
        await client.decide(CALL["call_id"], Decision.GRANT, None)


async def test_what_cannot_be_done_is_refused(client: EngineClient, engine: Engine) -> None:
    """Each with a code of its own."""
    await engine.happens("rang", **CALL)
    with pytest.raises(EngineRefusal) as refusal:
        await client.say(CALL["call_id"], Party.RESIDENT, "Hello")
    assert refusal.value.code == "party_absent"
    for text in ("", "?!", "x" * 201):
        with pytest.raises(EngineRefusal) as refusal:
            await client.say(CALL["call_id"], Party.VISITOR, text)
        assert refusal.value.code == "bad_request"
    await engine.happens("ended", **VISIT[-1][1])
    for call_id in (CALL["call_id"], "another", "a/../b"):
        with pytest.raises(EngineRefusal) as refusal:
            await client.decide(call_id, Decision.GRANT, None)
        assert refusal.value.code in ("call_not_found", "not_found")


async def test_nobody_decides_without_the_token(session: ClientSession, client: EngineClient, engine: Engine) -> None:
    await engine.happens("rang", **CALL)
    stranger = EngineClient(session, engine.host, engine.port, "wrong")
    with pytest.raises(EngineAuthError):
        await stranger.decide(CALL["call_id"], Decision.GRANT, None)
    with pytest.raises(EngineAuthError):
        await stranger.hang_up(CALL["call_id"])
    await client.decide(CALL["call_id"], Decision.DENY, None)


async def test_calls_that_are_over_are_asked_for(session: ClientSession, client: EngineClient, engine: Engine) -> None:
    """The engine of these tests keeps none; what it does not take it says."""
    assert await client.fetch_calls(10, 41) == CallPage(calls=(), next_before=None)
    with pytest.raises(EngineRefusal) as refusal:
        await client.fetch_calls(0, None)
    assert refusal.value.code == "bad_request"
    with pytest.raises(EngineAuthError):
        await EngineClient(session, engine.host, engine.port, "wrong").fetch_calls(10, None)


async def test_everybody_who_listens_is_told(client: EngineClient, engine: Engine) -> None:
    async with listening(client) as (first, _), listening(client) as (second, _):
        await engine.happens("rang", **CALL)
        assert await first.get() == await second.get()


@pytest.mark.parametrize("token", ["", "wrong", "a-token-for-test", "a-token-for-tests-"])
async def test_a_wrong_token(session: ClientSession, engine: Engine, token: str) -> None:
    with pytest.raises(EngineAuthError):
        await EngineClient(session, engine.host, engine.port, token).fetch_status()


async def test_the_engine_stops_and_starts_again(client: EngineClient, engine: Engine) -> None:
    """Listeners are told at once; the next connection finds the same engine with a fresh state."""
    async with listening(client) as (heard, before):
        await engine.happens("rang", **CALL)
        assert isinstance(await heard.get(), CallEvent)
        await engine.stop()
        assert isinstance(await heard.get(), EngineUnreachable)
    with pytest.raises(EngineUnreachable):
        await client.fetch_status()

    await engine.start(version="0.2.0")
    after = await client.fetch_status()
    assert after.engine.instance_id == before.engine.instance_id
    assert after.engine.version == "0.2.0"
    assert after.calls == ()


async def test_the_engine_dies(client: EngineClient, engine: Engine) -> None:
    async with listening(client) as (heard, _):
        await engine.kill()
        assert isinstance(await heard.get(), EngineUnreachable)

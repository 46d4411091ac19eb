"""The WebSocket against the wire contract, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.engine.servers.contract import assert_conforms, contract
from tests.engine.servers.serving import INGRESS_PEER, TOKEN, Served, call_event, serving
from voice_engine.core.events import CallEventKind
from voice_engine.core.inbox import InboxStatus, RecordingResult
from voice_engine.core.microphone import HeardUtterance, MicrophoneState, MicrophoneStatus
from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Language
from voice_engine.servers.controls import Controls
from voice_engine.servers.figures import Topic
from voice_engine.servers.machine import SettingsState
from voice_engine.servers.state import DoorFacts

UPGRADE_REQUEST = (
    b"GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    % TOKEN.encode()
)
SCHEMAS = {
    name.removesuffix("Message").lower(): name
    for name in contract()["components"]["schemas"]
    if name.endswith("Message")
}
"""Of all messages there are."""


async def _next(websocket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message: dict[str, Any] = await websocket.receive_json(timeout=60)
    assert_conforms(message, SCHEMAS[message["type"]])
    return message


async def _greeted(served: Served) -> aiohttp.ClientWebSocketResponse:
    """Connect and take the two first messages."""
    websocket = await served.client.ws_connect("/api/events")
    assert (await _next(websocket))["type"] == "hello"
    assert (await _next(websocket))["type"] == "snapshot"
    return websocket


async def _until_listening(served: Served, clients: int) -> None:
    async with asyncio.timeout(60):
        while len(served.state._listeners) != clients:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


async def test_hello_comes_first_then_the_snapshot() -> None:
    """A client learns with whom it talks before anything else."""
    async with serving() as served:
        served.state.on_call_event(call_event(CallEventKind.RANG))
        websocket = await served.client.ws_connect("/api/events")
        hello = await _next(websocket)
        snapshot = await _next(websocket)
    assert hello == {
        "type": "hello",
        "api_version": 1,
        "min_api_version": 1,
        "engine_version": "0.1.0",
        "instance_id": "6f1d1a5c4b0e4a2f9d3c7b8a1e2f3041",
    }
    assert snapshot == {"type": "snapshot", "status": served.state.snapshot()}


async def test_every_event_follows_in_order() -> None:
    """Calls and system as they happen, to every client."""
    async with serving() as served:
        sockets = [await _greeted(served) for _ in range(2)]
        for kind in CallEventKind:
            served.state.on_call_event(call_event(kind))
        served.state.set_asterisk(configured=True, connected=True, problem=None)
        for websocket in sockets:
            told = [await _next(websocket) for _ in range(len(CallEventKind) + 1)]
            assert [message.get("event", message["type"]) for message in told] == [*CallEventKind, "system"]


async def test_every_kind_comes_in_order_and_leads_to_the_state_that_a_snapshot_has() -> None:
    """Whoever followed the messages knows what the next to come is shown."""
    at = "2026-11-20T08:00:00+00:00"
    async with serving() as served:
        state = served.state
        websocket = await _greeted(served)
        english = replace(Settings(), language=Language.ENGLISH)
        state.on_call_event(call_event(CallEventKind.RANG))
        state.set_asterisk(configured=True, connected=True, problem=None)
        state.tell_engines()
        state.set_settings(SettingsState(changed=True))
        state.set_controls(Controls(english, ("espeak",), Quiet(house=True)), (DoorFacts("Gate", Language.ENGLISH),))
        state.set_inbox(InboxStatus(enabled=True, watching=True, waiting=2))
        state.on_transcribed(RecordingResult("visitor.wav", at, Language.ENGLISH, digest="ab" * 32))
        state.set_microphone(MicrophoneStatus(enabled=True, state=MicrophoneState.LISTENING, waiting=1))
        state.tell_heard(HeardUtterance("lights on", Language.ENGLISH, 0.9, 1.2, "whisper_cpp"))
        state.tell_figures()
        kinds = ["call", "system", "engines", "settings", "controls", "inbox", "transcribed", "microphone", "utterance"]
        told = {message["type"]: message for message in [await _next(websocket) for _ in [*kinds, *Topic]]}
        shown = state.snapshot()
    assert list(told) == [*kinds, *Topic]
    assert {*told} == SCHEMAS.keys() - {"hello", "snapshot"}
    for kind in set(kinds) - {"call", "transcribed", "utterance"}:
        assert told[kind][kind] == shown[kind]
    assert told["controls"]["doors"] == shown["doors"]
    assert [told["call"]["call"]] == shown["calls"]
    for topic in Topic:
        figures = {name: value for name, value in told[topic].items() if name not in ("type", "at")}
        assert figures == {name: shown[name] for name in figures}


async def test_nothing_is_lost_or_told_twice_around_the_snapshot() -> None:
    """Each of many calls that ring while clients connect is in the snapshot or in an event, never both."""
    async with serving() as served:

        async def follow() -> list[str]:
            async with served.client.ws_connect("/api/events") as websocket:
                await _next(websocket)
                known = [call["call_id"] for call in (await _next(websocket))["status"]["calls"]]
                while len(known) < 50:
                    known.append((await _next(websocket))["call"]["call_id"])
                return known

        async with asyncio.TaskGroup() as tasks:
            followers = [tasks.create_task(follow()) for _ in range(5)]
            for number in range(50):
                served.state.on_call_event(call_event(CallEventKind.RANG, number))
                await asyncio.sleep(0)
        expected = [call["call_id"] for call in served.state.snapshot()["calls"]]
        for follower in followers:
            assert follower.result() == expected


async def test_client_that_lags_too_far_is_closed_and_a_new_connection_heals() -> None:
    """Its memory is bounded; what it missed is in the next snapshot."""
    async with serving() as served:
        slow, other = await _greeted(served), await _greeted(served)
        for number in range(1000):
            served.state.on_call_event(call_event(CallEventKind.RANG, number))
        message = await slow.receive(timeout=60)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert (message.data, message.extra) == (1013, "too slow; connect again for a fresh snapshot")
        await other.close()

        again = await served.client.ws_connect("/api/events")
        await _next(again)
        assert len((await _next(again))["status"]["calls"]) == 1000


async def test_client_that_reads_nothing_is_cut_off_at_the_end() -> None:
    """Neither its full socket nor its silence keeps the engine from stopping."""
    async with serving() as served:
        with socket.create_connection(("127.0.0.1", served.server.port)) as deaf:
            deaf.sendall(UPGRADE_REQUEST)
            await _until_listening(served, 1)
            for number in range(40_000):  # some 13 MB: more than the kernel keeps for one connection
                served.state.on_call_event(call_event(CallEventKind.RANG, number % 200))
                if number % 100 == 0:
                    await asyncio.sleep(0)
            await served.server.__aexit__(None, None, None)
            assert served.state._listeners == []
            deaf.settimeout(60)
            with suppress(ConnectionResetError):
                while deaf.recv(1 << 20):
                    pass


async def test_what_clients_send_is_ignored_within_bounds() -> None:
    """They have nothing to say; one that floods us is closed."""
    async with serving() as served:
        websocket = await _greeted(served)
        await websocket.send_str("hello?")
        await websocket.send_bytes(b"\x00" * 1000)
        served.state.on_call_event(call_event(CallEventKind.RANG))
        assert (await _next(websocket))["event"] == "rang"
        await websocket.send_bytes(b"\x00" * 10_000)
        message = await websocket.receive(timeout=60)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_client_that_left_is_forgotten() -> None:
    """Leaving, politely or not, ends its subscription."""
    async with serving() as served:
        polite = await _greeted(served)
        witness = await _greeted(served)
        with socket.create_connection(("127.0.0.1", served.server.port)) as rude:
            rude.sendall(UPGRADE_REQUEST)
            await _until_listening(served, 3)
        await polite.close()
        await _until_listening(served, 1)
        served.state.on_call_event(call_event(CallEventKind.RANG))
        assert (await _next(witness))["event"] == "rang"


async def test_stopping_says_goodbye() -> None:
    """Clients learn that the engine stops and need not wait for a time-out."""
    async with serving() as served:
        websocket = await _greeted(served)
        message, _ = await asyncio.gather(websocket.receive(timeout=60), served.server.__aexit__(None, None, None))
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert (message.data, message.extra) == (aiohttp.WSCloseCode.GOING_AWAY, "the engine stops")


async def test_browser_sends_its_token_as_a_subprotocol() -> None:
    """It cannot set a header; the token is not agreed upon, so it does not come back."""
    async with serving() as served, aiohttp.ClientSession(served.url) as browser:
        websocket = await browser.ws_connect("/api/events", protocols=("voice-processor", f"bearer.{TOKEN}"))
        assert websocket.protocol == "voice-processor"
        assert (await _next(websocket))["type"] == "hello"


async def test_token_alone_is_no_offer_and_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The library would log subprotocols it does not know, a token among them."""
    async with serving() as served, aiohttp.ClientSession(served.url) as browser:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await browser.ws_connect("/api/events", protocols=(f"bearer.{TOKEN}",))
    assert caught.value.status == 400
    assert TOKEN not in caplog.text


async def test_wrong_token_opens_no_websocket() -> None:
    """Whichever way it is sent."""
    async with serving() as served, aiohttp.ClientSession(served.url) as stranger:
        for protocols in ((), ("voice-processor",), ("voice-processor", f"bearer.{TOKEN}x")):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await stranger.ws_connect("/api/events", protocols=protocols)
            assert caught.value.status == 401


async def test_ingress_opens_the_websocket_without_a_token() -> None:
    """As it does every path."""
    connector = aiohttp.TCPConnector(local_addr=(INGRESS_PEER, 0))
    async with serving() as served, aiohttp.ClientSession(served.url, connector=connector) as supervisor:
        websocket = await supervisor.ws_connect("/api/events", headers={"X-Ingress-Path": "/api/hassio_ingress/abc"})
        assert (await _next(websocket))["type"] == "hello"

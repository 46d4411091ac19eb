"""Figures over a real WebSocket: told at once where they matter, else when somebody says it is time, and once."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import Behind, Served, call_event, serving
from voice_engine.core.cache import CacheStatistics
from voice_engine.core.events import CallEventKind, Party, Turn
from voice_engine.core.load import Load, Reason, Throttling
from voice_engine.servers.machine import MachineReport
from voice_engine.voice.caches import CacheName, ManagedCache
from voice_engine.voice.capacity import Capacity

CALL_ID = "1c7c2f70-6d0c-4e0a-8f0e-000000000001"
SCHEMAS = {"machine": "MachineMessage", "caches": "CachesMessage", "visits": "VisitsMessage"}


class Shelf:
    """A cache that holds what it is told to."""

    def __init__(self) -> None:
        self.held = CacheStatistics(entries=3, size_bytes=300, hits=9, misses=1, recent_hits=1, recent_misses=1)

    def manage(self, served: Served) -> None:
        """Have it managed."""
        served.caches.add(CacheName.SPEECH, ManagedCache(lambda: self.held, self.clear, self.warm))

    async def clear(self) -> CacheStatistics:
        held, self.held = self.held, CacheStatistics(hits=9, misses=1, cleared_at=1_795_165_200.0)
        return held

    async def warm(self) -> int:
        self.held = CacheStatistics(entries=7)
        return 7


async def follow(served: Served) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    """Connect; gives the status of the snapshot too."""
    websocket = await served.client.ws_connect("/api/events")
    await websocket.receive_json(timeout=60)
    snapshot = await websocket.receive_json(timeout=60)
    assert_conforms(snapshot, "SnapshotMessage")
    return websocket, snapshot["status"]


async def told(websocket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = await websocket.receive_json(timeout=60)
    assert_conforms(message, SCHEMAS[message["type"]])
    return message


async def test_a_cache_that_is_cleared_or_warmed_is_told_at_once() -> None:
    shelf = Shelf()
    async with serving() as served:
        shelf.manage(served)
        websocket, status = await follow(served)
        (cache,) = status["caches"]
        assert (cache["name"], cache["entries"], cache["hit_rate"], cache["recent_hit_rate"]) == ("speech", 3, 0.9, 0.5)
        async with served.client.get("/api/status") as answer:
            assert (await answer.json())["caches"] == status["caches"]

        for path, entries in (("speech/clear", 0), ("speech/warm", 7), ("clear", 0)):
            async with served.client.post(f"/api/caches/{path}") as answer:
                assert answer.ok
            (cache,) = (await told(websocket))["caches"]
            assert cache["entries"] == entries
        assert cache["cleared_at"] == "2026-11-20T09:00:00+00:00"


async def test_figures_are_told_once() -> None:
    """Time after time, but not again before they change."""
    shelf = Shelf()
    reports = [MachineReport(Load(cpu=0.5))]
    async with serving(machine=lambda: reports[-1]) as served:
        shelf.manage(served)
        websocket, _ = await follow(served)
        for _ in range(3):
            served.state.tell_figures()
        assert [(await told(websocket))["type"] for _ in range(3)] == ["machine", "caches", "visits"]

        shelf.held = CacheStatistics(entries=4, hits=10, misses=1)
        served.state.tell_figures()
        assert (await told(websocket))["caches"][0]["hits"] == 10
        reports.append(MachineReport(Load(cpu=0.9), Throttling(frozenset({Reason.BUSY}))))
        served.state.tell_figures()
        message = await told(websocket)
        assert (message["load"]["cpu"], message["throttling"]["reasons"]) == (0.9, ["busy"])


async def test_visits_are_told_at_once() -> None:
    """Each visitor counts, and what they say is told in their words."""
    async with serving() as served:
        websocket, status = await follow(served)
        assert (status["visits"]["calls"], status["visits"]["last_words"]) == (0, None)
        served.visits.on_call_event(call_event(CallEventKind.RANG))
        served.visits.on_call_event(call_event(CallEventKind.STAGE))
        assert (await told(websocket))["visits"]["calls"] == 1
        served.visits.on_turn(Turn(CALL_ID, Party.RESIDENT, "yes", "grant", {}))
        served.visits.on_turn(Turn(CALL_ID, Party.VISITOR, "", "silence", {}))
        served.visits.on_turn(Turn(CALL_ID, Party.VISITOR, "apartment 501", "unit 501", {}))
        words = (await told(websocket))["visits"]["last_words"]
        assert (words["call_id"], words["text"]) == (CALL_ID, "apartment 501")


@pytest.mark.parametrize("path", ["/api/generate", "/api/transcribe"])
async def test_requests_that_are_turned_away_are_counted(path: str) -> None:
    slots = Capacity(1)
    capacity = {name: Capacity(1) for name in ("transcriptions", "syntheses", "language_tasks")} | {"requests": slots}
    async with serving(Behind(slots=slots), machine=lambda: MachineReport(capacity=capacity)) as served:
        async with slots.lease_now(), served.client.post(path, json={"prompt": "x"}) as answer:
            assert answer.status == 503
        websocket, status = await follow(served)
        assert status["capacity"]["requests"] == {"limit": 1, "free": 1, "waiting": 0, "refused": 1}
        await websocket.close()
        async with served.client.get("/metrics") as answer:
            metrics = await answer.text()
    assert 'voice_engine_capacity_refused_total{work="requests"} 1.0' in metrics
    assert 'voice_engine_capacity_free{work="transcriptions"} 1.0' in metrics
    assert 'voice_engine_throttled{reason="busy"} 0.0' in metrics
    assert "voice_engine_machine_cpu" not in metrics

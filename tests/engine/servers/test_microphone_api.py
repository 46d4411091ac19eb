"""The microphone over HTTP and the WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.engine.scribe.room import quiet, spoken
from tests.engine.scribe.test_memory import Memory
from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import Behind, Served, serving
from tests.engine.servers.test_api import ask, refused
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.transcript import Language


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(behind: Behind | None = None, *, enabled: bool = True) -> AsyncIterator[Served]:
    """A server whose microphone runs, and hears a quiet room where it is on."""
    behind = behind or Behind()
    behind.switch.enabled = enabled
    async with serving(behind) as served, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(behind.microphone.run())
        if enabled:
            await until(lambda: behind.room.capturing)
            behind.room.give(quiet(1))
            await until(lambda: behind.microphone.status.level_dbfs is not None)
        yield served
        running.cancel()


async def test_it_is_switched_and_tells_how_it_is() -> None:
    async with listening(enabled=False) as served:
        body = await ask(served, "GET", "/api/microphone", 200, "Microphone")
        assert (body["enabled"], body["state"], body["level_dbfs"]) == (False, "off", None)
        body = await ask(served, "POST", "/api/microphone", 200, "Microphone", json={"enabled": True})
        assert (body["enabled"], body["state"]) == (True, "starting")
        assert served.behind.switch.enabled
        body = await ask(served, "POST", "/api/microphone", 200, "Microphone", json={"enabled": False})
        assert (body["enabled"], body["state"]) == (False, "off")


@pytest.mark.parametrize("body", [{}, {"enabled": None}, {"enabled": 1}, {"enabled": "on"}, []])
async def test_what_is_no_switch_is_refused(body: object) -> None:
    async with listening() as served:
        assert (await refused(served, "POST", "/api/microphone", 400, json=body))[0] == "bad_request"
        assert served.behind.switch.enabled


async def test_a_switch_that_cannot_be_remembered_is_told() -> None:
    async with listening(enabled=False) as served:
        served.behind.switch.broken = True
        code, message = await refused(served, "POST", "/api/microphone", 503, json={"enabled": True})
        assert (code, message) == ("backend_unavailable", "It is switched, but the disk is full.")


async def test_what_is_said_is_told_to_those_who_listen_and_kept_nowhere() -> None:
    async with listening() as served, served.client.ws_connect("/api/events") as websocket:
        hello, snapshot = [await websocket.receive_json() for _ in range(2)]
        assert hello["type"] == "hello"
        assert_conforms(snapshot, "SnapshotMessage")
        assert snapshot["status"]["microphone"]["state"] == "listening"
        served.behind.room.give(spoken("anything") + quiet(1))
        told = await websocket.receive_json(timeout=60)
        assert_conforms(told, "UtteranceMessage")
        assert (told["utterance"]["text"], told["utterance"]["backend"]) == ("five oh one", "fake")
        await served.behind.microphone.switch(False)
        told = await websocket.receive_json(timeout=60)
        assert_conforms(told, "MicrophoneMessage")
        assert (told["microphone"]["state"], told["microphone"]["heard"]) == ("off", 1)
        status = await ask(served, "GET", "/api/status", 200, "Status")
        assert "five oh one" not in str(status)


async def test_a_live_test_without_a_recording_takes_what_is_said_next() -> None:
    """It is told to nobody else."""
    async with listening() as served, asyncio.TaskGroup() as tasks:
        testing = tasks.create_task(ask(served, "POST", "/api/test/live", 200, "LiveTest"))
        await until(lambda: served.behind.slots.running == 1)
        code, _ = await refused(served, "POST", "/api/test/live", 409)
        assert code == "microphone_busy"
        served.behind.room.give(spoken("anything") + quiet(1))
        body = await testing
        assert (body["text"], body["is_speech"]) == ("five oh one", True)
        assert set(body["stages"]) == {"capture", "voice_activity", "transcription", "language_model"}
        assert served.behind.microphone.status.heard == 0
        assert len(served.behind.transcriber.asked) == 1


async def test_what_a_live_test_hears_in_the_room_is_in_its_language_and_not_remembered() -> None:
    """A recording that is sent is remembered, where that is allowed."""
    memory = Memory()
    behind = Behind(memory=memory, room_language=Language.PORTUGUESE)
    async with listening(behind) as served, asyncio.TaskGroup() as tasks:
        testing = tasks.create_task(ask(served, "POST", "/api/test/live", 200, "LiveTest"))
        await until(lambda: served.behind.slots.running == 1)
        behind.room.give(spoken("anything") + quiet(1))
        assert (await testing)["language"] == "pt-BR"
        assert memory.kept == {}
        sound = {"data": spoken("anything"), "headers": {"Content-Type": "audio/pcm;rate=16000"}}
        assert (await ask(served, "POST", "/api/test/live", 200, "LiveTest", **sound))["language"] == "en"
        assert len(memory.kept) == 1
    assert [expectation.language for _, expectation in behind.transcriber.asked] == ["pt-BR", "en"]


async def test_a_live_test_without_a_microphone_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(enabled=False) as served:
        assert (await refused(served, "POST", "/api/test/live", 409))[0] == "microphone_off"
    monkeypatch.setattr("voice_engine.servers.clips.LISTENING_SECONDS", 0.05)
    async with listening() as served:
        code, message = await refused(served, "POST", "/api/test/live", 409)
        assert code == "nothing_heard"
        assert "the level is -" in message
        assert served.behind.slots.running == 0
        served.behind.room.break_off("it was unplugged")
        await until(lambda: served.behind.microphone.status.problem is not None)
        code, message = await refused(served, "POST", "/api/test/live", 409)
        assert (code, message) == ("microphone_unavailable", "The microphone gives no sound: it was unplugged.")


async def test_what_became_of_utterances_is_counted_for_prometheus() -> None:
    behind = Behind()
    async with listening(behind) as served:
        behind.room.give(spoken("anything") + quiet(1))
        await until(lambda: behind.microphone.status.heard == 1)
        behind.transcriber.problem = BackendUnavailable("it is away")
        behind.room.give(spoken("anything") + quiet(1))
        await until(lambda: behind.microphone.status.failed == 1)
        async with served.client.get("/metrics") as response:
            figures = await response.text()
    assert 'voice_engine_microphone_utterances_total{outcome="heard"} 1.0' in figures
    assert 'voice_engine_microphone_utterances_total{outcome="lost"} 0.0' in figures
    assert 'voice_engine_microphone_state{state="listening"} 1.0' in figures
    assert "five oh one" not in figures

"""Settings and switches that are turned while the engine runs, from HTTP to the next visitor and the next start."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.engine.fakes import FakeObserver, FakeSynthesizer, FakeTelephoneSystem, FakeTranscriber
from tests.engine.test_app import PATIENCE_SECONDS, listening, options
from voice_engine import app
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import SettingsFile, load_settings
from voice_engine.core.settings import AudioSocketSettings, Settings
from voice_engine.core.transcript import AT_THE_DOOR, Language
from voice_engine.door.desk import Desk
from voice_engine.simulation.party import Line, Party
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker


@asynccontextmanager
async def running(directory: Path, path: Path) -> AsyncIterator[tuple[Settings, aiohttp.ClientSession]]:
    """The engine with a file that is watched and changed, and a client of it."""
    source, stop = SettingsCache(path, load_settings, time.time), asyncio.Event()
    settings = source.current().settings
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(app.serve(settings, directory, None, stop, source, store=SettingsFile(path)))
        await listening(settings.audiosocket.visitor_port)
        token = json.loads((directory / "identity.json").read_text())["token"]
        url = f"http://127.0.0.1:{settings.http.port}"
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as client:
            yield settings, client
        stop.set()


async def answer(client: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with client.request(method, path, json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def told(events: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    """The next message of a type."""
    while (message := await events.receive_json())["type"] != kind:
        pass
    return message


async def test_what_is_turned_is_told_counts_and_is_there_after_a_restart(tmp_path: Path) -> None:
    path = options(tmp_path)
    async with running(tmp_path, path) as (settings, client):
        async with client.ws_connect("/api/events") as events:
            before = (await told(events, "snapshot"))["status"]
            change = {"language": "pt-BR", "engines": {"voice": "espeak/female"}}
            changed = await answer(client, "POST", "/api/config", change)
            turned = await told(events, "controls")
            await answer(client, "POST", "/api/do_not_disturb", {"units": {"501": True}})
            muted = await told(events, "controls")
            await Party([Line("", keys="501#")]).call("127.0.0.1", settings.audiosocket.visitor_port, uuid4())
            while (call := await told(events, "call"))["event"] != "ended":
                pass
        spoken = await answer(client, "GET", "/api/status")
    async with running(tmp_path, path) as (_, client):
        again = await answer(client, "GET", "/api/status")

    assert before["controls"]["language"]["value"] == "en"
    assert before["controls"]["voice"]["value"] == "espeak"
    assert not changed["restart_needed"]
    assert turned["doors"] == [{"name": "Gate", "language": "pt-BR"}]
    assert turned["controls"]["voice"]["value"] == "espeak/female"
    assert muted["controls"]["units"] == [{"unit": "501", "muted": True}]
    assert call["call"]["disposition"] == "do_not_disturb"
    assert not spoken["settings"]["changed"]
    assert again["controls"] == spoken["controls"] == muted["controls"]
    assert again["doors"] == spoken["doors"] == turned["doors"]


async def test_a_file_that_is_edited_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may change at once; what may not is told to wait."""
    monkeypatch.setattr("voice_engine.assembly.settings_watch.LOOK_SECONDS", 0.05)
    path = options(tmp_path)
    async with running(tmp_path, path) as (_, client), client.ws_connect("/api/events") as events:
        await told(events, "snapshot")
        raw = json.loads(path.read_text())
        path.write_text(json.dumps({**raw, "door": {"name": "Yard", "silence_threshold_seconds": 0.7}}))
        controls = (await told(events, "controls"))["controls"]
        waiting = await told(events, "settings")
    assert controls["silence_threshold_seconds"]["value"] == 0.7
    assert waiting["settings"] == {"changed": True, "problem": None}


async def test_sentences_and_recognisers_are_made_ready_anew_only_for_what_is_spoken_otherwise() -> None:
    """Not for each nudge of a slider; and an engine that stops begins nothing."""
    transcriber = FakeTranscriber(tuple(Language))
    settings = Settings(audiosocket=AudioSocketSettings("127.0.0.1", 0, 0))
    english = replace(settings, language=Language.ENGLISH)

    async def prepared(count: int) -> list[str]:
        while len(transcriber.prepared) < count:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
        return [expectation.language for expectation in transcriber.prepared]

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        Speaker(FakeSynthesizer(delay_seconds=0.0), Capacity(1)) as speaker,
        app.open_door(
            settings,
            telephone=FakeTelephoneSystem(),
            transcriber=transcriber,
            speaker=speaker,
            observer=FakeObserver(),
            desk=Desk(),
            on_refused=lambda _peer: None,
        ) as door,
    ):
        once = await prepared(len(AT_THE_DOOR))
        door.take(replace(settings, door=replace(settings.door, barge_in_seconds=1.0)))
        door.take(english)
        twice = await prepared(2 * len(AT_THE_DOOR))
    door.take(settings)
    assert once == [Language.PORTUGUESE] * len(AT_THE_DOOR)
    assert twice == [*once, *[Language.ENGLISH] * len(AT_THE_DOOR)]

"""The engine stops, or does not get as far as serving: nobody is left without a word, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.engine.backends.processes import children
from tests.engine.test_app import PATIENCE_SECONDS, listening, options
from voice_engine import app
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import load_settings
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings
from voice_engine.simulation.party import Party


def everything(directory: Path) -> Path:
    """Settings of an engine that listens to a room and watches a folder, too."""
    path = options(directory)
    (directory / "inbox").mkdir()
    os.mkfifo(directory / "room")
    more = {
        "inbox": {"folder": str(directory / "inbox")},
        "microphone": {"enabled": True, "source": "pipe", "device": str(directory / "room")},
        "call_log": {"recordings": True},
    }
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    return path


def serving(path: Path, stop: asyncio.Event) -> tuple[Settings, asyncio.Task[None]]:
    """The engine with its file, which it watches."""
    source = SettingsCache(path, load_settings, lambda: 0.0)
    settings = source.current().settings
    return settings, asyncio.ensure_future(app.serve(settings, path.parent, None, stop, source))


async def nothing_is_left(settings: Settings) -> None:
    """No task, no process, no port."""
    me = asyncio.current_task()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (left := asyncio.all_tasks() - {me}) or children():
            await asyncio.wait(left, timeout=0.05) if left else await asyncio.sleep(0.05)
    sockets = settings.audiosocket
    for port in (settings.http.port, sockets.visitor_port, sockets.resident_port):
        socket.create_server(("127.0.0.1", port)).close()


async def until(condition: Callable[[Any], bool], client: aiohttp.ClientSession) -> None:
    """Wait until the status is so."""
    while True:
        async with client.get("/api/status") as response:
            if condition(await response.json()):
                return
        await asyncio.sleep(0.05)


async def test_everybody_is_told(tmp_path: Path) -> None:
    """The visitor, who watches, and who waits for what is said next."""
    stop = asyncio.Event()
    settings, engine = serving(everything(tmp_path), stop)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await listening(settings.audiosocket.visitor_port)
        token = json.loads((tmp_path / "identity.json").read_text())["token"]
        url = f"http://127.0.0.1:{settings.http.port}"
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as client:
            events = await client.ws_connect("/api/events")
            visitor = asyncio.ensure_future(Party([]).call("127.0.0.1", settings.audiosocket.visitor_port, uuid4()))
            testing = asyncio.ensure_future(client.post("/api/test/live"))
            await until(lambda status: status["calls"] and status["capacity"]["requests"]["free"] == 1, client)
            stop.set()
            async with await testing as answer:
                assert (answer.status, (await answer.json())["code"]) == (409, "microphone_off")
            await visitor
            told = [message.json() async for message in events]
        await engine
    ended = [message["call"]["disposition"] for message in told if message.get("event") == "ended"]
    assert ended == ["failed"]
    assert events.close_code == aiohttp.WSCloseCode.GOING_AWAY
    await nothing_is_left(settings)


async def test_a_port_that_is_taken_leaves_nothing_open(tmp_path: Path) -> None:
    """The last thing that can fail at a start, when all else runs."""
    path = everything(tmp_path)
    taken = load_settings(path).settings.audiosocket.resident_port
    with socket.create_server(("127.0.0.1", taken)):
        settings, engine = serving(path, asyncio.Event())
        with pytest.raises(SettingsError) as caught:
            await engine
    assert caught.value.key == "audiosocket.resident_port"
    await nothing_is_left(settings)


@pytest.mark.parametrize("moment", ["at once", "http", "visitors"])
async def test_a_start_that_is_broken_off_leaves_nothing_open(tmp_path: Path, moment: str) -> None:
    settings, engine = serving(everything(tmp_path), asyncio.Event())
    ports = {"http": settings.http.port, "visitors": settings.audiosocket.visitor_port}
    await asyncio.sleep(0)
    if moment in ports:
        await listening(ports[moment])
    engine.cancel()
    with pytest.raises(asyncio.CancelledError):
        await engine
    await nothing_is_left(settings)

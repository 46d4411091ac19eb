"""The engine as a whole, with whisper.cpp and an inbox, spoken to over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.engine.backends.stt_whisper_cpp.model import write_speaking_model
from tests.engine.test_app import PATIENCE_SECONDS, listening, options
from voice_engine import app
from voice_engine.backends.settings_file import load_settings
from voice_engine.core.settings import Settings

WORDS = ("Yes,", "let", "them", "in.")


def furnish(directory: Path) -> Path:
    """Make settings, an inbox, and whisper.cpp with a model that hears ``WORDS`` in everything."""
    (directory / "inbox").mkdir()
    models = directory / "models"
    models.mkdir()
    write_speaking_model(models / "ggml-words.bin", WORDS)
    path = options(directory)
    settings = json.loads(path.read_text())
    settings["engines"] = {"stt": ["whisper"]}
    settings["backends"] = [{"name": "whisper", "kind": "whisper_cpp", "model": "ggml-words.bin", "threads": 1}]
    settings["inbox"] = {"folder": str(directory / "inbox"), "tell_text": True}
    path.write_text(json.dumps(settings))
    return directory


def settings_in(directory: Path) -> Settings:
    """As the engine reads them."""
    return load_settings(directory / "options.json").settings


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """The engine, for as long as the context lasts, and a client of its API."""
    settings = settings_in(directory)
    stop = asyncio.Event()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(app.serve(settings, directory, None, stop))
        await listening(settings.audiosocket.visitor_port)
        token = json.loads((directory / "identity.json").read_text())["token"]
        url = f"http://127.0.0.1:{settings.http.port}"
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as client:
            yield client
        stop.set()


async def told(client: aiohttp.ClientSession, path: str = "/api/inbox") -> Any:
    """What a path tells."""
    async with client.get(path) as response:
        return await response.json()

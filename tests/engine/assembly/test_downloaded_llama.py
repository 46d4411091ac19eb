"""A language model that is downloaded by its URL: from a hub, over llama-server, to an answer."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.engine.assembly.test_engines import TASK, opened
from tests.engine.backends.processes import PATIENCE_SECONDS
from tests.engine.backends.tiny_llama import write_tiny_llama
from voice_engine.assembly.engines import Engines
from voice_engine.core.engines import BackendState, DownloadProgress
from voice_engine.core.errors import BackendUnavailable, SettingsError
from voice_engine.core.settings import parse_settings

URL = "https://hub.example/owner/tiny.gguf"


def settings(model: str, sha256: str = "", **more: Any) -> dict[str, Any]:
    """With llama.cpp as the only language model."""
    entry = {"name": "llama_cpp", "model": model, "sha256": sha256, "threads": 1, **more}
    return {
        "engines": {"llm": ["llama_cpp"]},
        "backends": [{key: value for key, value in entry.items() if value}],
    }


async def test_it_is_downloaded_loaded_and_asked(tmp_path: Path) -> None:
    """How far it is, is told on the way; until it is there others would answer."""
    content = write_tiny_llama(tmp_path / "source.gguf").read_bytes()
    half, going_on = len(content) // 2, asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[:half])
        await going_on.wait()
        await response.write(content[half:])
        return response

    app = web.Application()
    app.router.add_get("/owner/tiny.gguf", serve)
    async with TestServer(app) as hub:
        raw = settings(str(hub.make_url("/owner/tiny.gguf")), hashlib.sha256(content).hexdigest())
        async with opened(tmp_path, raw) as engines, asyncio.TaskGroup() as tasks:
            model = engines.language_model
            assert model is not None
            told: list[DownloadProgress | None] = []

            def look() -> None:
                (backend,) = engines.status().llm.backends
                told.append(backend.report.progress)
                if backend.report.progress:
                    assert backend.state is BackendState.WARMING
                    going_on.set()

            engines.follow(look)
            preparing = tasks.create_task(model.prepare(TASK.instructions))
            await asyncio.wait_for(preparing, PATIENCE_SECONDS)
            (backend,) = engines.status().llm.backends
            assert (backend.state, backend.report.restarts, backend.report.progress) == (BackendState.READY, 0, None)
            assert {progress.bytes_total for progress in told if progress} == {len(content)}
            assert backend.report.statistics["evaluated_tokens"] > 0
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == content


async def test_a_hub_that_is_away_is_told_and_asked_again(tmp_path: Path) -> None:
    async with opened(tmp_path, settings("http://127.0.0.1:1/tiny.gguf", "0" * 64)) as engines:
        assert engines.language_model is not None
        with pytest.raises(BackendUnavailable, match="cannot be reached"):
            await engines.language_model.prepare(TASK.instructions)
        with pytest.raises(BackendUnavailable):
            await engines.language_model.answer(TASK)
        (backend,) = engines.status().llm.backends
        assert backend.state is BackendState.FAILED


@pytest.mark.parametrize(
    ("raw", "key", "told"),
    [
        (settings(URL), "backends[0].sha256", "is missing"),
        (settings("tiny.gguf", "0" * 64), "backends[0].sha256", "means nothing for a file"),
        (
            settings("https://hub.example/tiny.bin", "0" * 64),
            "backends[0].model",
            "must end in the name of a GGUF file",
        ),
    ],
)
def test_settings_that_name_no_model_are_refused(raw: dict[str, Any], key: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        Engines(parse_settings(raw).settings, tmp_path)
    assert refused.value.key == key


@pytest.mark.parametrize("sha256", ["0" * 63, "g" * 64, "A" * 64])
def test_what_is_no_checksum_is_refused(sha256: str) -> None:
    with pytest.raises(SettingsError, match="64 digits"):
        parse_settings(settings(URL, sha256))

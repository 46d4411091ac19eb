"""Every kind of backend made from settings, asked through its pool, and answered by a real server or program."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.engine.backends import cloud, wyoming_server
from tests.engine.backends.tiny_llama import write_tiny_llama
from voice_engine.assembly import local_backends
from voice_engine.assembly.catalog import KINDS, make_plan
from voice_engine.assembly.engines import Engines
from voice_engine.backends.models import Model, ModelStore
from voice_engine.core.engines import BackendState, EnginePort
from voice_engine.core.errors import BackendUnavailable, BackendWithoutModel
from voice_engine.core.settings import parse_settings
from voice_engine.core.transcript import Expectation, Language, Question, Utterance
from voice_engine.voice.ports import LanguageTask, Probed

PATIENCE_SECONDS = 120.0
ANSWER = Expectation(Question.ANSWER, Language.ENGLISH)
SILENCE = Utterance(bytes(16000), 1.0, 0.0)
TASK = LanguageTask("Answer in JSON.", "hello", {"type": "object", "properties": {"who": {"type": "string"}}})


@asynccontextmanager
async def opened(directory: Path, raw: dict[str, Any]) -> AsyncIterator[Engines]:
    async with asyncio.timeout(PATIENCE_SECONDS), Engines(parse_settings(raw).settings, directory) as engines:
        yield engines


async def test_what_the_app_brings_understands_and_speaks(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as engines:
        changes: list[str | None] = []
        engines.follow(lambda: changes.append(engines.status().stt.serving))
        await engines.transcriber.prepare(ANSWER)
        await engines.synthesizer.prepare(Language.ENGLISH)
        assert (await engines.transcriber.transcribe(SILENCE, ANSWER)).backend == "pocketsphinx"
        assert [speech.backend async for speech in engines.synthesizer.speak("hello", Language.PORTUGUESE)] == [
            "espeak"
        ]
        status = engines.status()
        assert [backend.state for port in (status.stt, status.tts) for backend in port.backends] == [
            BackendState.READY,
            BackendState.READY,
        ]
        assert engines.language_model is None
        assert changes


@pytest.mark.parametrize("name", sorted(KINDS))
async def test_every_kind_can_be_made_for_every_port_it_serves(tmp_path: Path, name: str) -> None:
    """And all but the two programs that are run anew each time can be probed."""
    values = {
        "api_key": "sk-a-secret",
        "region": "brazilsouth",
        "url": "tcp://127.0.0.1:1" if name == "wyoming" else "",
        "model": "none.gguf" if name == "llama_cpp" else "",
    }
    entry = {"name": name, **{key: value for key, value in values.items() if key in KINDS[name].takes and value}}
    ports = sorted(KINDS[name].ports)
    raw = {"engines": {port: [name] for port in ports}, "backends": [entry]}
    if "model" in entry:
        assert ports == [EnginePort.LLM]
    async with opened(tmp_path, raw) as engines:
        pools = {"stt": engines.transcriber, "tts": engines.synthesizer, "llm": engines.language_model}
        for port in ports:
            pool = pools[port]
            assert pool is not None
            backend = pool.members[0].backend
            assert isinstance(backend, Probed) == (name not in {"pocketsphinx", "espeak"})
        assert "sk-a-secret" not in str(engines.status())


async def test_a_service_that_refuses_the_key_is_left_out_and_the_app_answers(tmp_path: Path) -> None:
    refusal = cloud.says(cloud.openai_error("wrong key"), 401)
    async with cloud.serving(refusal) as service:
        raw = {
            "engines": {"stt": ["mine", "pocketsphinx"]},
            "backends": [{"name": "mine", "kind": "openai", "url": service.endpoint.base_url, "api_key": "sk-mine"}],
        }
        async with opened(tmp_path, raw) as engines:
            assert (await engines.transcriber.transcribe(SILENCE, ANSWER)).backend == "pocketsphinx"
            refused, serving = engines.status().stt.backends
    assert (refused.state, serving.state) == (BackendState.FAILED, BackendState.READY)
    assert refused.problem is not None
    assert refused.problem.code == "backend_refused"
    assert "sk-mine" not in refused.problem.message


async def test_a_wyoming_server_that_is_away_is_spoken_for_by_the_last_voice(tmp_path: Path) -> None:
    async with wyoming_server.serving() as server:
        url = f"tcp://{server.at.host}:{server.at.port}"
    raw = {"engines": {"tts": ["piper"]}, "backends": [{"name": "piper", "kind": "wyoming", "url": url}]}
    async with opened(tmp_path, raw) as engines:
        assert {speech.backend async for speech in engines.synthesizer.speak("hello", Language.ENGLISH)} == {"espeak"}
        assert engines.status().tts.serving == "espeak"


async def test_a_language_model_on_this_machine_answers(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_tiny_llama(tmp_path / "models" / "tiny.gguf")
    raw = {"engines": {"llm": ["llama_cpp"]}, "backends": [{"name": "llama_cpp", "model": "tiny.gguf", "threads": 1}]}
    async with opened(tmp_path, raw) as engines:
        assert engines.language_model is not None
        await engines.language_model.prepare(TASK.instructions)
        assert engines.status().llm.backends[0].state is BackendState.READY


def has_unread_request(pid: int) -> bool:
    """Whether a server that listens on the port among its arguments has been sent what it has not read yet."""
    arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    port = f":{int(arguments[arguments.index('--port') + 1]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established = "01"
    return any(row[1].endswith(port) and row[3] == established and int(row[4].split(":")[1], 16) for row in rows)


async def test_a_model_that_is_not_there_is_told_and_the_next_one_answers(tmp_path: Path) -> None:
    raw = {
        "engines": {"stt": ["whisper_cpp", "pocketsphinx"]},
        "backends": [{"name": "whisper_cpp", "model": "absent.bin"}],
    }
    async with opened(tmp_path, raw) as engines:
        await engines.transcriber.prepare(ANSWER)
        assert (await engines.transcriber.transcribe(SILENCE, ANSWER)).backend == "pocketsphinx"
        problem = engines.status().stt.backends[0].problem
    assert problem is not None
    assert (problem.code, "absent.bin" in problem.message) == (BackendWithoutModel.code, True)


async def test_a_model_that_appears_is_used(tmp_path: Path) -> None:
    """Whoever puts it there needs to do nothing else."""
    (tmp_path / "models").mkdir()
    raw = {
        "engines": {"llm": ["llama_cpp"]},
        "backends": [{"name": "llama_cpp", "model": "tiny.gguf", "threads": 1}],
    }
    async with opened(tmp_path, raw) as engines:
        assert engines.language_model is not None
        with pytest.raises(BackendUnavailable, match=r"tiny.gguf is not there"):
            await engines.language_model.prepare(TASK.instructions)
        (status,) = engines.status().llm.backends
        assert (status.state, status.report.restarts) == (BackendState.FAILED, 0)
        write_tiny_llama(tmp_path / "models" / "tiny.gguf")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while engines.status().llm.serving is None:  # noqa: ASYNC110 - any status will do
                await asyncio.sleep(0.05)
        await engines.language_model.prepare(TASK.instructions)
        assert engines.status().llm.backends[0].state is BackendState.READY


def test_whisper_comes_first_as_soon_as_it_has_a_model() -> None:
    plan = make_plan(parse_settings({}).settings, whisper=True)
    assert [entry.name for entry in plan[EnginePort.STT]] == ["whisper_cpp", "pocketsphinx"]


async def test_a_download_is_told_while_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much of it there is, and that the model is being made ready; afterwards nothing more."""
    content = os.urandom(2_000_000)
    going_on = asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[:1_500_000])
        await going_on.wait()
        await response.write(content[1_500_000:])
        return response

    application = web.Application()
    application.router.add_get("/ggml-tiny.bin", serve)
    async with TestServer(application) as hub:
        model = Model("tiny", len(content), hashlib.sha256(content).hexdigest())
        store = partial(ModelStore, base_url=str(hub.make_url("/")), models={"tiny": model})
        monkeypatch.setattr(local_backends, "ModelStore", store)
        raw = {"engines": {"stt": ["whisper_cpp"]}, "backends": [{"name": "whisper_cpp", "model": "tiny"}]}
        async with opened(tmp_path, raw) as engines:
            told = []

            def look() -> None:
                (backend,) = engines.status().stt.backends
                told.append(backend.report.progress)
                if backend.report.progress and backend.report.progress.bytes_done:
                    assert backend.state is BackendState.WARMING
                    going_on.set()

            engines.follow(look)
            with pytest.raises(BackendUnavailable):  # what was downloaded is no model of whisper.cpp
                await asyncio.wait_for(engines.transcriber.prepare(ANSWER), PATIENCE_SECONDS)
            assert going_on.is_set()
            assert told[-1] is None
            assert {progress.bytes_total for progress in told if progress} == {len(content)}

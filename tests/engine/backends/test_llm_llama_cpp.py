"""The real llama.cpp with a tiny model: its answers are nonsense, but in the form they were asked for."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest

from tests.engine.backends.processes import PATIENCE_SECONDS, children, gone
from tests.engine.backends.tiny_llama import write_tiny_llama
from voice_engine.backends.child_server import RestartPolicy, ServerState, ServerStatus
from voice_engine.backends.llm_llama_cpp import LlamaModel, LlamaOptions
from voice_engine.backends.llm_llama_cpp.options import CONTEXT_TOKENS
from voice_engine.backends.llm_llama_cpp.wire import read_answer, read_reply
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendUnavailable,
    BackendWithoutModel,
)
from voice_engine.core.proposals import ALL, as_data
from voice_engine.voice.ports import CandidLanguageModel, LanguageTask

SCHEMA = {
    "type": "object",
    "properties": {
        "intent": ALL.schema["properties"]["intent"],
        # Random weights end no sentence by themselves.
        "unit": {"type": ["string", "null"], "maxLength": 5},
    },
    "required": ["intent", "unit"],
    "additionalProperties": False,
}
TASK = LanguageTask(ALL.instructions, as_data("trouxe um treco pro seu Daniel"), SCHEMA, max_tokens=200)
ENDLESS = LanguageTask("Go on.", "", {"type": "array", "items": {"type": "integer"}, "minItems": 500}, 1900)


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_llama(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
async def llama(gguf: Path) -> AsyncIterator[LlamaModel]:
    """Entered, and ready."""
    async with LlamaModel(LlamaOptions(gguf)) as model:
        await model.prepare(TASK.instructions)
        yield model
        assert isinstance(model, CandidLanguageModel)
        assert model.constrained
    assert children() == {}


def server_pid() -> int:
    """The only child there is."""
    (pid,) = children()
    return pid


class Watch:
    """Follows how a server is doing."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[ServerStatus] = asyncio.Queue()

    async def until(self, state: ServerState, starts: int = 1) -> None:
        """Wait for it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (status := await self.told.get()).state is not state or status.starts < starts:
                pass


async def test_it_answers_in_the_form_it_is_asked_for_and_knows_its_instructions(llama: LlamaModel) -> None:
    """The warm-up works through them; after that hardly more than the visitor's own words are left to do."""
    warm = llama.statistics
    assert warm.requests == 1
    answer = await llama.answer(TASK)
    jsonschema.validate(answer, SCHEMA)
    first = llama.statistics
    assert first.cached_tokens > len(TASK.instructions)
    assert first.evaluated_tokens - warm.evaluated_tokens < 200
    assert await llama.answer(TASK) == answer
    second = llama.statistics
    assert second.cached_tokens > 2 * first.cached_tokens
    assert (second.requests, second.one_shots) == (3, 0)


async def test_what_it_is_really_asked_fits_into_its_context(llama: LlamaModel) -> None:
    """Letter by letter, as no real model reads; what it makes of it breaks off, for it never closes a quotation."""
    longest = LanguageTask(ALL.instructions, as_data("x" * 1000), ALL.schema)
    with pytest.raises(BackendGarbled):
        await llama.answer(longest)
    assert llama.statistics.evaluated_tokens < CONTEXT_TOKENS


async def test_what_does_not_fit_is_refused_by_kind(llama: LlamaModel) -> None:
    with pytest.raises(BackendMisused, match="context"):
        await llama.answer(LanguageTask("x" * 2 * CONTEXT_TOKENS, "", SCHEMA))
    with pytest.raises(BackendMisused):
        await llama.answer(LanguageTask("x", "", {"type": "no such type"}))
    jsonschema.validate(await llama.answer(TASK), SCHEMA)


async def test_cancelling_stops_the_server_s_work(llama: LlamaModel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    under_way_seconds = 0.1
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "cancel task" not in caplog.text:  # a busy machine may not have begun by then
            asking = asyncio.create_task(llama.answer(ENDLESS))
            await asyncio.wait({asking}, timeout=under_way_seconds)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            jsonschema.validate(await llama.answer(TASK), SCHEMA)
            under_way_seconds *= 2


async def test_a_killed_server_is_back_and_knows_its_instructions_again(gguf: Path) -> None:
    """The request that it was killed in fails, and may be asked again."""
    watch = Watch()
    async with LlamaModel(LlamaOptions(gguf), on_change=watch.told.put_nowait) as llama:
        await llama.prepare(TASK.instructions)
        killed = server_pid()
        asking = asyncio.create_task(llama.answer(ENDLESS))
        await asyncio.sleep(0.2)
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(BackendUnavailable) as failure:
            await asking
        assert failure.value.retryable
        await watch.until(ServerState.READY, starts=2)
        await llama.probe()
        assert llama.status.restarts == 1
        assert server_pid() != killed
        before = llama.statistics
        await llama.answer(TASK)
        assert llama.statistics.cached_tokens - before.cached_tokens > len(TASK.instructions)


async def test_a_model_that_cannot_be_kept_running_is_run_once_for_each_task(gguf: Path) -> None:
    """Here the server crashed once, which is once too often for this policy."""
    watch = Watch()
    once = RestartPolicy(max_crashes=1)
    async with LlamaModel(LlamaOptions(gguf), policy=once, on_change=watch.told.put_nowait) as llama:
        await llama.prepare(TASK.instructions)
        os.kill(server_pid(), signal.SIGKILL)
        await watch.until(ServerState.RESTING)
        await llama.probe()
        jsonschema.validate(await llama.answer(TASK), SCHEMA)
        assert llama.statistics.one_shots == 1
        assert children() == {}


async def test_a_missing_model_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.gguf"
    async with LlamaModel(LlamaOptions(missing)) as llama:
        with pytest.raises(BackendWithoutModel, match="is not there: put a language model"):
            await llama.prepare("hello")
        with pytest.raises(BackendWithoutModel, match="is not there"):
            await llama.probe()


async def test_what_is_said_stands_in_no_log(gguf: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of the server's own words neither."""
    with caplog.at_level(logging.DEBUG):
        async with LlamaModel(LlamaOptions(gguf)) as llama:
            await llama.prepare(TASK.instructions)
            await llama.answer(TASK)
    assert "llama-server" in caplog.text
    assert "treco" not in caplog.text


async def test_a_killed_engine_leaves_no_server_behind(gguf: Path) -> None:
    engine = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.engine.backends.lone_llama", str(gguf)),
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert engine.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        server = int(await engine.stdout.readline())
    engine.kill()
    await engine.wait()
    await gone(server)


def test_threads_leave_a_core_for_the_sound() -> None:
    def threads(options: LlamaOptions) -> int:
        arguments = list(options.server(1))
        return int(arguments[arguments.index("--threads") + 1])

    assert threads(LlamaOptions(Path("m.gguf"), 3)) == 3
    assert threads(LlamaOptions(Path("m.gguf"))) == max(1, (os.process_cpu_count() or 1) - 1)


def test_arguments_show_nobody_what_was_said() -> None:
    assert TASK.text not in " ".join(LlamaOptions(Path("m.gguf")).completion(TASK))


def completion(**changes: object) -> bytes:
    """A reply of llama-server."""
    message = {
        "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
        "timings": {"cache_n": 4, "prompt_n": 5, "predicted_n": 6},
    }
    return json.dumps(message | changes).encode()


def test_a_reply_is_read() -> None:
    reply = read_reply(200, completion())
    assert (reply.usage.cached_tokens, reply.usage.evaluated_tokens, reply.usage.predicted_tokens) == (4, 5, 6)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, b'{"error": {"message": "Loading model"}}', BackendUnavailable),
        (500, b"", BackendOverloaded),
        (400, b'{"error": {"message": "too long"}}', BackendMisused),
        (404, b"[]", BackendMisused),
        (200, b"<html>", BackendGarbled),
        (200, b"{}", BackendGarbled),
        (200, completion(choices=[]), BackendGarbled),
        (200, completion(timings=None), BackendGarbled),
        (200, completion(choices=[{"message": None}]), BackendGarbled),
    ],
)
def test_failures_are_told_by_kind(status: int, body: bytes, kind: type[BackendError]) -> None:
    with pytest.raises(kind):
        read_reply(status, body)


@pytest.mark.parametrize("content", ["", "hello", '{"intent": "del', "[1]", "null", '"text"'])
def test_an_answer_that_is_no_object_is_not_repeated(content: str) -> None:
    with pytest.raises(BackendGarbled) as failure:
        read_answer(content)
    assert not content or content not in str(failure.value)


def test_what_follows_an_answer_is_passed_over() -> None:
    assert read_answer(' {"unit": "501"} [end of text]\n') == {"unit": "501"}

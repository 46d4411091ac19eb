"""The language model of this machine: llama-server, which knows its instructions by heart as long as it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import aiohttp

from voice_engine.backends.child import run_child
from voice_engine.backends.child_server import ChildServer, RestartPolicy, ServerState, ServerStatus
from voice_engine.backends.llm_llama_cpp.options import COMPLETION, SERVER, LlamaOptions
from voice_engine.backends.llm_llama_cpp.wire import (
    HEALTH_PATH,
    PATH,
    Reply,
    question,
    read_answer,
    read_reply,
    warm_up,
)
from voice_engine.core.engines import BackendReport
from voice_engine.core.errors import BackendError, BackendGarbled, BackendTimeout, BackendUnavailable
from voice_engine.voice.ports import LanguageTask

_LOGGER = logging.getLogger(__name__)

_READY_SECONDS = 1.0
"""A caller waits no longer for a server that is just being started again: rules carry the call on."""
_START_SECONDS = 150.0
"""Longer than a server may take to start, or is given up: whoever prepares has time."""
_ANSWER_SECONDS = 30.0
"""No caller waits so long; it ends a request to a server that hangs."""
_WARM_UP_SECONDS = 180.0
"""450 tokens of instructions at the 4 to 10 a second of a Raspberry Pi 4 with a larger model."""
_ONE_SHOT_SECONDS = 60.0
"""The model is read anew each time: half a gigabyte, from a slow memory card."""
_LONGEST_ANSWER_BYTES = 100_000
"""Far more than 96 tokens."""


@dataclass(frozen=True, slots=True)
class LlamaStatistics:
    """What was asked of the model since the engine started."""

    requests: int = 0
    """Answered ones, warm-ups among them."""
    cached_tokens: int = 0
    """Of all prompts, known from before; few of many mean that the cache is lost time and again."""
    evaluated_tokens: int = 0
    """Of all prompts, worked through."""
    predicted_tokens: int = 0
    one_shots: int = 0
    """Answers made without the server."""

    def plus(self, reply: Reply) -> LlamaStatistics:
        """With one more request."""
        return LlamaStatistics(
            self.requests + 1,
            self.cached_tokens + reply.usage.cached_tokens,
            self.evaluated_tokens + reply.usage.evaluated_tokens,
            self.predicted_tokens + reply.usage.predicted_tokens,
            self.one_shots,
        )

    def plus_one_shot(self) -> LlamaStatistics:
        """With one more answer made without the server."""
        return replace(self, one_shots=self.one_shots + 1)


class LlamaModel:
    """A ``LanguageModel``; its server runs while it is entered. Used once."""

    def __init__(
        self,
        options: LlamaOptions,
        *,
        policy: RestartPolicy | None = None,
        on_change: Callable[[ServerStatus], None] | None = None,
    ) -> None:
        """``on_change`` is told how the server is doing, in the loop."""
        self._options = options
        self._on_change = on_change
        self._server = ChildServer(SERVER, options.server, model=options.file, policy=policy, on_change=self._changed)
        self._statistics = LlamaStatistics()
        self._instructions: dict[str, None] = {}
        self._one_at_a_time = asyncio.Lock()
        self._group = asyncio.TaskGroup()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to start the server; returns at once."""
        async with AsyncExitStack() as stack:
            self._session = await stack.enter_async_context(aiohttp.ClientSession(trust_env=False))
            await stack.enter_async_context(self._group)
            await stack.enter_async_context(self._server)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        # Not told of an error of the context's body: it comes out as it is then, and not wrapped in a group.
        await self._stack.aclose()

    @property
    def status(self) -> ServerStatus:
        """How the server is doing now."""
        return self._server.status

    @property
    def statistics(self) -> LlamaStatistics:
        """What was asked so far."""
        return self._statistics

    @property
    def report(self) -> BackendReport:
        """Restarts of its server, and the statistics."""
        return BackendReport(restarts=self.status.restarts, statistics=asdict(self._statistics))

    @property
    def constrained(self) -> bool:
        """Always: llama.cpp makes a grammar of the schema."""
        return True

    async def probe(self) -> None:
        """Whether it takes tasks now, by its server or without. Raises: BackendError."""
        self._check_model()
        if self.status.state is not ServerState.RESTING:
            status, _ = await self._fetch("GET", HEALTH_PATH, None, _READY_SECONDS, _READY_SECONDS)
            if status != HTTPStatus.OK:
                raise BackendUnavailable(f"llama-server is not well: status {status}")

    async def prepare(self, instructions: str) -> None:
        """Have the server work through ``instructions``, and again after each crash. Raises: BackendError."""
        self._check_model()
        await self._ask(warm_up(instructions), _START_SECONDS, _WARM_UP_SECONDS)
        self._instructions[instructions] = None

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """Answer one task, held to its schema. Cancelling stops the model. Raises: BackendError."""
        if self.status.state is ServerState.RESTING:
            return await self._answer_once(task)
        reply = await self._ask(question(task), _READY_SECONDS, _ANSWER_SECONDS, task.private)
        return read_answer(reply.content)

    async def _ask(
        self, body: Mapping[str, Any], ready_seconds: float, answer_seconds: float, private: Sequence[str] = ()
    ) -> Reply:
        reply = read_reply(*await self._fetch("POST", PATH, body, ready_seconds, answer_seconds), private)
        self._statistics = self._statistics.plus(reply)
        _LOGGER.debug("llama-server: %s", reply.usage)
        return reply

    async def _fetch(
        self, method: str, path: str, body: Mapping[str, Any] | None, ready_seconds: float, answer_seconds: float
    ) -> tuple[int, bytes]:
        """Status and body of an answer. Raises: BackendError where there is none."""
        url = await self._server.base_url(ready_seconds) + path
        timeout = aiohttp.ClientTimeout(total=answer_seconds)
        try:
            # Leaving this closes the connection of an unfinished request, and the server stops working on it.
            async with self._session.request(method, url, json=body, timeout=timeout) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise BackendTimeout(f"llama-server did not answer within {answer_seconds:g} s") from error
        except aiohttp.ClientPayloadError as error:
            raise BackendGarbled("llama-server's answer broke off in the middle") from error
        except aiohttp.ClientError as error:
            raise BackendUnavailable(f"llama-server did not answer: {error}") from error

    async def _answer_once(self, task: LanguageTask) -> Mapping[str, Any]:
        """Run the model for this task alone, where no server can be kept running; never two at once."""
        self._check_model()
        async with self._one_at_a_time:
            completed = await run_child(
                COMPLETION,
                self._options.completion(task),
                task.text.encode(),
                _ONE_SHOT_SECONDS,
                low_priority=True,
                max_output_bytes=_LONGEST_ANSWER_BYTES,
            )
        answer = read_answer(completed.succeeded().decode(errors="replace"))
        self._statistics = self._statistics.plus_one_shot()
        return answer

    def _changed(self, status: ServerStatus) -> None:
        if status.state is ServerState.READY:
            for instructions in self._instructions:
                self._group.create_task(self._learn_again(instructions))
        if self._on_change is not None:
            self._on_change(status)

    async def _learn_again(self, instructions: str) -> None:
        try:
            await self._ask(warm_up(instructions), _READY_SECONDS, _WARM_UP_SECONDS)
        except BackendError as error:
            _LOGGER.warning("The language model has not learnt its instructions again: %s", error)

    def _check_model(self) -> None:
        if self.status.state is not ServerState.READY:
            self._options.file.check()

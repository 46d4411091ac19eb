"""The language model over HTTP: free requests, and a look at how it reads a visitor's words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from voice_engine.core.answer_schema import WrongSchema, check_schema, conforms
from voice_engine.core.errors import BackendGarbled, BackendUnavailable, NoCapacity
from voice_engine.core.proposals import ALL, as_data
from voice_engine.servers.awaited import by_client_of, while_awaited
from voice_engine.servers.requests import (
    WrongRequest,
    answering,
    raw_text_of,
    read_json,
    read_storable_json,
    sentence,
    text_of,
)
from voice_engine.voice.capacity import Capacity, Priority
from voice_engine.voice.ports import LanguageModel, LanguageTask

LONGEST_PROMPT = 2000
"""Characters: some 500 tokens, a quarter of the smallest model's context."""
LONGEST_WORDS = 300
"""Characters a visitor says in a turn."""
_MAX_TOKENS = 256
_BUDGET_SECONDS = 20.0
"""256 tokens of a small model on a Raspberry Pi 5."""
_INSTRUCTIONS = "Do what you are asked, briefly. Answer with one JSON object."
_FREE: Mapping[str, Any] = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class Generation:
    """A language model for requests: only while no call goes on, whose turns must not stand behind them."""

    def __init__(self, model: LanguageModel | None, tasks: Capacity, active_calls: Callable[[], int]) -> None:
        """``tasks`` are the places the calls have too."""
        self._model = model
        self._tasks = tasks
        self._active_calls = active_calls

    async def answer(self, prompt: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer a request with an object that keeps ``schema``. Raises: BackendError, NoCapacity."""
        answer = await self._ask(
            LanguageTask(_INSTRUCTIONS, prompt, schema, _MAX_TOKENS, _BUDGET_SECONDS, foreign=True)
        )
        if not conforms(answer, schema):
            raise BackendGarbled("the language model's answer does not keep the schema")
        return answer

    async def read_visitor(self, text: str) -> dict[str, Any]:
        """What the model reads in a visitor's words, before rules and directory judge it.

        Raises: BackendError, NoCapacity.
        """
        task = LanguageTask(ALL.instructions, as_data(text), ALL.schema, budget_seconds=_BUDGET_SECONDS)
        answer = await self._ask(task)
        return {name: answer.get(name) for name in ALL.schema["properties"]}

    async def _ask(self, task: LanguageTask) -> Mapping[str, Any]:
        if self._model is None:
            raise BackendUnavailable("there is no language model; name one in engines.llm")
        if self._active_calls():
            raise NoCapacity("a call goes on, and the language model is kept free for it")
        async with self._tasks.lease_until_wanted(Priority.REQUEST):
            return await self._model.answer(task)


class GenerationRequests:
    """Serves requests to the language model."""

    def __init__(self, generation: Generation, slots: Capacity) -> None:
        self._generation = generation
        self._slots = slots

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.post("/api/generate", answering(self._generate)),
            web.post("/api/test/llm", answering(self._test)),
        ]

    async def _generate(self, request: web.Request) -> web.Response:
        body = await read_storable_json(request)
        prompt = raw_text_of(body, "prompt", LONGEST_PROMPT)
        schema = _schema(body["schema"]) if body.get("schema") is not None else None
        answer, seconds = await self._timed(request, lambda: self._generation.answer(prompt, schema or _FREE))
        text, data = (None, answer) if schema else (answer["text"], None)
        return web.json_response({"text": text, "data": data, "seconds": seconds})

    async def _test(self, request: web.Request) -> web.Response:
        text = text_of(await read_json(request), "text", LONGEST_WORDS)
        answer, seconds = await self._timed(request, lambda: self._generation.read_visitor(text))
        return web.json_response({"answer": answer, "seconds": seconds})

    async def _timed[Answer](self, request: web.Request, ask: Callable[[], Awaitable[Answer]]) -> tuple[Answer, float]:
        clock = asyncio.get_running_loop().time
        async with self._slots.lease_now(), while_awaited(by_client_of(request)):
            began = clock()
            return await ask(), clock() - began


def _schema(given: object) -> Mapping[str, Any]:
    try:
        return check_schema(given)
    except WrongSchema as wrong:
        raise WrongRequest(sentence(str(wrong))) from wrong

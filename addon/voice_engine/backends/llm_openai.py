"""Answers by OpenAI's chat API, which Groq, Ollama, LM Studio, vLLM, llama.cpp and others speak too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import aiohttp

from voice_engine.backends.web import BadRequest, Endpoint, WebService
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.json_schema import strict_schema
from voice_engine.voice.ports import LanguageTask

TIMEOUT_SECONDS = 8.0
"""Services take half a second; a model at home that takes longer is not asked in a call."""
PREPARING_SECONDS = 60.0
"""Nobody waits: a server at home may have to read gigabytes from its disk first."""
PREPARING_TOKENS = 16
"""The least that every service takes."""
THINKING_TOKENS = 1024
"""On top of the answer's, for models that think before they speak."""
NO_EFFORT = "none"
"""What keeps a model that may think from it."""
NEW_LIMIT = "max_completion_tokens"
OLD_LIMIT = "max_tokens"
"""What the limit of an answer is called: OpenAI's newer models take only the one, some other servers only the other."""


class Form(StrEnum):
    """How the answer's form is asked for, the strictest first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "text"
    """In words alone."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server and its model understand; found out by being refused."""

    form: Form = Form.SCHEMA
    limit: str = NEW_LIMIT
    cold: bool = True
    """Whether temperature 0 may be asked for; models that think take their own only."""

    def without(self, complaint: str) -> Dialect | None:
        """What to try after ``complaint``; None: it is about something else, or nothing is left to try."""
        if self.cold and "temperature" in complaint:
            return replace(self, cold=False)
        if self.limit in complaint:
            return replace(self, limit=NEW_LIMIT if self.limit == OLD_LIMIT else OLD_LIMIT)
        weaker = {Form.SCHEMA: Form.OBJECT, Form.OBJECT: Form.WORDS}.get(self.form)
        return None if weaker is None else replace(self, form=weaker)


class OpenAiLanguageModel:
    """A ``LanguageModel``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        model: str,
        reasoning_effort: str = "",
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """``reasoning_effort`` (such as ``low``) is for models that think before they speak; empty for all others."""
        self._web = WebService(session, endpoint, endpoint.bearer)
        self._model = model
        self._effort = reasoning_effort
        self._timeout_seconds = timeout_seconds
        self._dialect = Dialect()

    async def prepare(self, instructions: str) -> None:
        """Have the model loaded, and ``instructions`` in its cache where it has one. Raises: BackendError."""
        task = LanguageTask(instructions, "", {"type": "object", "properties": {}}, PREPARING_TOKENS)
        await self._chat(task, PREPARING_SECONDS)

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """Answer one task with a JSON object. Raises: BackendError."""
        name = self._web.endpoint.name
        answer = await self._chat(task, self._timeout_seconds)
        try:
            choice = answer["choices"][0]
            content, reason = choice["message"].get("content"), choice.get("finish_reason")
            refused = choice["message"].get("refusal")
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise BackendGarbled(f"the answer of {name} is not made as documented") from error
        if refused:
            raise BackendGarbled(f"{name} refused to answer")
        if reason == "length":
            raise BackendGarbled(f"the answer of {name} was cut at its limit of tokens")
        return _json_object(content, name)

    async def probe(self) -> None:
        """Whether it answers now. Raises: BackendError."""
        await self._web.probe("GET", "/models")

    async def _chat(self, task: LanguageTask, timeout_seconds: float) -> dict[str, Any]:
        """Ask, and ask again in other words where these were not understood."""
        dialect, tried = self._dialect, {self._dialect}
        while True:
            try:
                answer = await self._web.read_json(
                    "POST",
                    "/chat/completions",
                    timeout_seconds,
                    private=task.private,
                    json=self._request(task, dialect),
                )
            except BadRequest as error:
                another = dialect.without(error.complaint)
                if another is None or another in tried:
                    raise
                dialect = another
                tried.add(dialect)
            else:
                if not task.foreign:  # what it does not take of others it may take of us
                    self._dialect = dialect
                return answer

    def _request(self, task: LanguageTask, dialect: Dialect) -> dict[str, Any]:
        """What never changes comes first, so that servers find the beginning of the prompt in their cache."""
        schema = strict_schema(task.schema)
        instructions = task.instructions
        if dialect.form is not Form.SCHEMA:
            told = json.dumps(schema, ensure_ascii=False)
            instructions += f"\nAnswer with nothing but one JSON object that fits this JSON schema:\n{told}"
        thinks = self._effort not in ("", NO_EFFORT) or not dialect.cold
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": task.text}],
            dialect.limit: task.max_tokens + (THINKING_TOKENS if thinks else 0),
        }
        if dialect.cold:
            request["temperature"] = 0
        if self._effort:
            request["reasoning_effort"] = self._effort
        if dialect.form is Form.SCHEMA:
            named = {"name": "answer", "strict": True, "schema": schema}
            request["response_format"] = {"type": dialect.form.value, "json_schema": named}
        elif dialect.form is Form.OBJECT:
            request["response_format"] = {"type": dialect.form.value}
        return request


def _json_object(content: object, name: str) -> Mapping[str, Any]:
    """Find the object in what was said; models asked in words alone put thoughts and fences around it."""
    text = str(content or "").rpartition("</think>")[2]
    try:
        answer = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except ValueError as error:
        raise BackendGarbled(f"{name} answered with something else than a JSON object") from error
    if not isinstance(answer, dict):
        raise BackendGarbled(f"{name} answered with something else than a JSON object")
    return answer

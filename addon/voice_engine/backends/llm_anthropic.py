"""Answers by Anthropic's messages API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from voice_engine.backends.web import BadRequest, Endpoint, WebService
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.json_schema import strict_schema
from voice_engine.voice.ports import LanguageTask

BASE_URL = "https://api.anthropic.com/v1"
MODEL = "claude-haiku-4-5"
"""The fastest that can be held to a schema."""
VERSION = "2023-06-01"
"""Of the API; the newest there is."""
TIMEOUT_SECONDS = 8.0
"""It takes about a second, and some more the first time a schema is seen."""
PREPARING_TOKENS = 16
TOOL = "answer"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a model understands; found out by being refused."""

    schema: bool = True
    """Whether its words can be held to a schema. Older models are made to fill in a tool's form instead."""
    cold: bool = True
    """Whether temperature 0 may be asked for."""

    def without(self, complaint: str) -> Dialect | None:
        """What to try after ``complaint``; None: nothing is left to try."""
        if self.cold and "temperature" in complaint:
            return replace(self, cold=False)
        return replace(self, schema=False) if self.schema else None


class AnthropicLanguageModel:
    """A ``LanguageModel``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        model: str = MODEL,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """``endpoint`` is usually at ``BASE_URL``."""
        headers = {"x-api-key": endpoint.key, "anthropic-version": VERSION}
        self._web = WebService(session, endpoint, headers)
        self._model = model
        self._timeout_seconds = timeout_seconds
        self._dialect = Dialect()

    async def prepare(self, instructions: str) -> None:
        """Connect, and have ``instructions`` in the service's cache. Raises: BackendError."""
        schema = {"type": "object", "properties": {}}
        await self._send(LanguageTask(instructions, "-", schema, PREPARING_TOKENS))

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """Answer one task with a JSON object. Raises: BackendError."""
        name = self._web.endpoint.name
        answer = await self._send(task)
        reason = answer.get("stop_reason")
        if reason in {"max_tokens", "refusal"}:
            raise BackendGarbled(f"{name} did not finish its answer ({reason})")
        try:
            for block in answer["content"]:
                if block["type"] == "tool_use":
                    return _object(block["input"], name)
                if block["type"] == "text":
                    return _object(json.loads(block["text"]), name)
        except (KeyError, TypeError) as error:
            raise BackendGarbled(f"the answer of {name} is not made as documented") from error
        except ValueError as error:
            raise BackendGarbled(f"{name} answered with something else than a JSON object") from error
        raise BackendGarbled(f"{name} answered with nothing")

    async def probe(self) -> None:
        """Whether it answers now. Raises: BackendError."""
        await self._web.probe("GET", "/models")

    async def _send(self, task: LanguageTask) -> dict[str, Any]:
        """Ask, and ask again in other words where these were not understood."""
        dialect = self._dialect
        while True:
            request = self._request(task, dialect)
            try:
                answer = await self._web.read_json(
                    "POST", "/messages", self._timeout_seconds, private=task.private, json=request
                )
            except BadRequest as error:
                another = dialect.without(error.complaint)
                if another is None:
                    raise
                dialect = another
            else:
                self._dialect = dialect
                return answer

    def _request(self, task: LanguageTask, dialect: Dialect) -> dict[str, Any]:
        """What never changes comes first and is marked as such."""
        schema = strict_schema(task.schema)
        request: dict[str, Any] = {
            "model": self._model,
            "max_tokens": task.max_tokens,
            "system": [{"type": "text", "text": task.instructions, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": task.text or "-"}],  # empty words are refused
        }
        if dialect.cold:
            request["temperature"] = 0
        if dialect.schema:
            request["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        else:
            request["tools"] = [{"name": TOOL, "description": "Takes the answer.", "input_schema": schema}]
            request["tool_choice"] = {"type": "tool", "name": TOOL}
        return request


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BackendGarbled(f"{name} answered with something else than a JSON object")
    return value

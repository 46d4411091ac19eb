"""What llama-server is asked and answers: its OpenAI-like chat path, and what it tells of its cache besides."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendUnavailable,
)
from voice_engine.core.scrubbing import scrubbed
from voice_engine.voice.ports import LanguageTask

PATH = "/v1/chat/completions"
HEALTH_PATH = "/health"
_LONGEST_REASON = 300
"""Characters of an error that are passed on."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request cost."""

    cached_tokens: int
    """Of the prompt, known from before."""
    evaluated_tokens: int
    """Of the prompt, worked through for this request."""
    predicted_tokens: int


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, still as text, and what it cost."""

    content: str
    usage: Usage


def question(task: LanguageTask) -> Mapping[str, Any]:
    """The request for a task."""
    return {
        **_conversation(task.instructions, task.text),
        "max_tokens": task.max_tokens,
        "temperature": 0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": task.schema},
        },
    }


def warm_up(instructions: str) -> Mapping[str, Any]:
    """The request that has instructions worked through and kept; of its answer nobody wants a word.

    llama.cpp 0.7.0 predicts one token all the same.
    """
    return {**_conversation(instructions, ""), "max_tokens": 0}


def _conversation(instructions: str, text: str) -> Mapping[str, Any]:
    return {
        "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": text}],
        "cache_prompt": True,
        "chat_template_kwargs": {"enable_thinking": False},
    }


def read_reply(status: int, body: bytes, private: Sequence[str] = ()) -> Reply:
    """Read what came back. Raises: BackendError, by the kind of failure, which repeats no word of ``private`` texts."""
    if status != HTTPStatus.OK:
        raise _failure(status, body, private)
    try:
        message = json.loads(body)
        (choice,) = message["choices"]
        timings = message["timings"]
        usage = Usage(int(timings["cache_n"]), int(timings["prompt_n"]), int(timings["predicted_n"]))
        return Reply(str(choice["message"]["content"]), usage)
    except (ValueError, LookupError, TypeError) as error:
        raise BackendGarbled(f"llama-server answered what is no chat completion ({type(error).__name__})") from None


def read_answer(content: str) -> Mapping[str, Any]:
    """Read the object an answer begins with. Raises: BackendGarbled."""
    try:
        answer, _ = json.JSONDecoder().raw_decode(content.lstrip())
    except ValueError:
        # Not repeated: it may hold a visitor's words.
        raise BackendGarbled("the language model's answer is no JSON, or breaks off in the middle") from None
    if not isinstance(answer, dict):
        raise BackendGarbled("the language model's answer is no JSON object")
    return answer


def _failure(status: int, body: bytes, private: Sequence[str]) -> BackendError:
    reason = f"llama-server refused with status {status}: {scrubbed(_reason(body), private)[:_LONGEST_REASON]}"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:  # it is loading its model
        return BackendUnavailable(reason)
    return BackendOverloaded(reason) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else BackendMisused(reason)


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return "it did not say why"

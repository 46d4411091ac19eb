"""Complaints that repeat what was sent, in every shape: none of it comes out again."""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.backends.cloud import Cloud, serving
from voice_engine.backends.llm_anthropic import AnthropicLanguageModel
from voice_engine.backends.llm_llama_cpp.wire import question, read_reply
from voice_engine.backends.llm_openai import OpenAiLanguageModel
from voice_engine.backends.stt_openai import OpenAiTranscriber
from voice_engine.backends.tts_azure import AzureSynthesizer
from voice_engine.backends.tts_openai import OpenAiSynthesizer, Voice
from voice_engine.backends.web import WebService
from voice_engine.core.errors import BackendError
from voice_engine.core.scrubbing import CUT, scrubbed
from voice_engine.core.text import normalise
from voice_engine.core.transcript import Expectation, Language, Question, Utterance
from voice_engine.voice.ports import LanguageTask

NAMES = ("Daniel Souza", "Ana", "João d'Ávila", "Kwame Nkrumah-Öztürk", "501B")
WORDS = st.lists(
    st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x24F), min_size=2, max_size=12), min_size=1, max_size=6
)
SHAPES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper": str.upper,
    "unaccented": normalise,
    "json": json.dumps,
    "json in json": lambda text: json.dumps(json.dumps({"content": text})),
    "url": lambda text: quote(f"/say?text={text}"),
    "page": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "repr": lambda text: repr([text]),
    "cut short": lambda text: text[: max(3, len(text) - 2)],
    "glued": lambda text: f"input={text}_end",
}


def leaked(told: str, sent: str) -> set[str]:
    """Words of a sentence that were told."""
    return {word for word in normalise(sent).split() if len(word) > 1} & set(normalise(told.replace(CUT, " ")).split())


@given(words=WORDS, shape=st.sampled_from(sorted(SHAPES)), before=st.sampled_from(["", "Invalid input: ", "400 («"]))
def test_no_word_comes_back(words: list[str], shape: str, before: str) -> None:
    """However it is written, and cut off in the middle of a word."""
    sent = " ".join(words)
    told = scrubbed(before + SHAPES[shape](sent), [sent])
    assert leaked(told, sent) == set()


@given(words=WORDS, complaint=st.text(max_size=300))
def test_anything_may_be_complained_of(words: list[str], complaint: str) -> None:
    told = scrubbed(complaint, words)
    assert leaked(told, " ".join(words)) == set()


def test_what_was_not_sent_is_told() -> None:
    complaint = "The model `gpt-x` does not exist (code model_not_found, param: max_tokens)"
    assert scrubbed(complaint, ["I am Daniel Souza"]) == complaint
    assert scrubbed(complaint, []) == complaint


def test_runs_become_one_mark() -> None:
    assert scrubbed("cannot speak 'Daniel Souza, in 501' now", ["Daniel Souza in 501"]) == f"cannot speak '{CUT}' now"


# --- every service ----------------------------------------------------------------------------------------------------

SPOKEN = "Entrega para " + ", ".join(NAMES)
OURS = LanguageTask("Read the words.", SPOKEN, {"type": "object", "properties": {}})
FOREIGN = LanguageTask(SPOKEN, "-", {"type": "object", "properties": {}}, foreign=True)
HINTED = Expectation(Question.UNIT, Language.PORTUGUESE, names=NAMES)
SECOND = Utterance(bytes(16000), 0.5, 0.0)


def echoing(shape: str, status: int) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A service that answers with all it was sent."""

    async def reply(request: web.Request) -> web.StreamResponse:
        if request.content_type == "multipart/form-data":
            sent = " ".join(str(value) for value in (await request.post()).values() if isinstance(value, str))
        else:
            sent = (await request.read()).decode()
        if shape == "message":
            return web.json_response({"error": {"message": f"cannot do this: {sent}"}}, status=status)
        if shape == "list":
            return web.json_response({"detail": [{"msg": f"wrong: {sent}", "input": sent}]}, status=status)
        return web.Response(text=f"Bad Request {SHAPES[shape](sent)}".replace("<", "("), status=status)

    return reply


USES: dict[str, Callable[[Cloud], Awaitable[object]]] = {
    "llm_openai": lambda cloud: OpenAiLanguageModel(cloud.session, cloud.endpoint, "m").answer(OURS),
    "llm_openai, foreign": lambda cloud: OpenAiLanguageModel(cloud.session, cloud.endpoint, "m").answer(FOREIGN),
    "llm_anthropic": lambda cloud: AnthropicLanguageModel(cloud.session, cloud.endpoint, "m").answer(OURS),
    "tts_openai": lambda cloud: OpenAiSynthesizer(cloud.session, cloud.endpoint, Voice("m", "v")).synthesize(
        SPOKEN, Language.PORTUGUESE
    ),
    "tts_azure": lambda cloud: AzureSynthesizer(cloud.session, cloud.endpoint, cloud.endpoint).synthesize(
        SPOKEN, Language.PORTUGUESE
    ),
    "stt_openai": lambda cloud: OpenAiTranscriber(cloud.session, cloud.endpoint, "m").transcribe(SECOND, HINTED),
}


@pytest.mark.parametrize("status", [400, 404, 429, 500])
@pytest.mark.parametrize("shape", ["plain", "json in json", "url", "page", "message", "list"])
@pytest.mark.parametrize("use", USES)
async def test_no_service_has_sent_words_told(
    use: str, shape: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the error, which logs, status and API show, nor in anything it came from."""
    async with serving(echoing(shape, status)) as cloud:
        with pytest.raises(BackendError) as failed:
            await USES[use](cloud)
    error: BaseException | None = failed.value
    while error is not None:
        assert leaked(str(error), " ".join(NAMES)) == set()
        error = error.__cause__ or error.__context__
    assert leaked(caplog.text, " ".join(NAMES)) == set()


async def test_neither_does_the_kind_of_an_answer() -> None:
    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"no json", content_type="daniel/souza")

    async with serving(reply) as cloud, aiohttp.ClientSession() as session:
        with pytest.raises(BackendError) as failed:
            await WebService(session, cloud.endpoint, {}).read_json("POST", "/x", 5.0, private=NAMES, json={})
    assert leaked(str(failed.value), " ".join(NAMES)) == set()


@pytest.mark.parametrize("status", [400, 500, 503])
def test_neither_does_llama_server(status: int) -> None:
    """Which shows all messages where it cannot read one."""
    body = json.dumps({"error": {"message": f"Failed to parse messages: {json.dumps(question(OURS))}"}}).encode()
    with pytest.raises(BackendError) as failed:
        read_reply(status, body, OURS.private)
    assert leaked(str(failed.value), SPOKEN) == set()

"""Transcriptions by a service that speaks OpenAI's API."""

from __future__ import annotations

import io
import wave
from typing import Any

import pytest

from tests.engine.backends.cloud import (
    JSON_FAILURES,
    KEY,
    OPENAI_FAILURES,
    Cloud,
    Failure,
    breaks_off,
    check_cancelling,
    check_failure,
    named,
    openai_error,
    says,
    serving,
    streams,
)
from voice_engine.backends.stt_openai import UNMEASURED_CONFIDENCE, OpenAiTranscriber
from voice_engine.core.errors import BackendError, BackendGarbled, BackendMisused
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.ports import InterimListener

UNIT = Expectation(Question.UNIT, Language.PORTUGUESE, ("501", "502"), ("Maria da Silva", "João Souza"))
ANSWER = Expectation(Question.ANSWER, Language.ENGLISH, ("501",), ("Maria da Silva",))
UTTERANCE = Utterance(bytes(8000), 0.4, 0.0)
NOTHING = Transcript("", 0.0)
NO_VERBOSE = says(openai_error("response_format 'verbose_json' is not compatible with model", param="x"), 400)
NO_LOGPROBS = says(openai_error("include is not supported"), 400)


def transcriber(cloud: Cloud, **options: Any) -> OpenAiTranscriber:
    return OpenAiTranscriber(cloud.session, cloud.endpoint, "whisper-large-v3-turbo", **options)


def segment(**changes: Any) -> dict[str, Any]:
    """As documented for ``verbose_json``."""
    return {
        "id": 0, "seek": 0, "start": 0.0, "end": 0.5, "text": " yes", "tokens": [50364, 2086], "temperature": 0.0,
        "avg_logprob": -0.2, "compression_ratio": 0.6, "no_speech_prob": 0.01, **changes,
    }  # fmt: skip


def verbose(text: str, *segments: dict[str, Any]) -> dict[str, Any]:
    return {"task": "transcribe", "language": "english", "duration": 0.5, "text": text, "segments": list(segments)}


async def test_the_request_is_exact() -> None:
    async with serving(says(verbose("quinhentos e um", segment()))) as cloud:
        await transcriber(cloud).transcribe(UTTERANCE, UNIT)
    (asked,) = cloud.asked
    assert (asked.method, asked.path) == ("POST", "/v1/audio/transcriptions")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.fields == {
        "model": "whisper-large-v3-turbo",
        "language": "pt",
        "temperature": "0",
        "response_format": "verbose_json",
        "prompt": "Maria da Silva, João Souza",
    }
    assert asked.file == ("utterance.wav", "audio/wav")
    with wave.open(io.BytesIO(asked.body)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
        assert sound.getnframes() == 8000


async def test_no_answer_is_ever_prompted() -> None:
    """Whisper gives its prompt back where it hears nothing."""
    async with serving(says(verbose("yes", segment()))) as cloud:
        await transcriber(cloud).transcribe(UTTERANCE, ANSWER)
    assert "prompt" not in cloud.asked[0].fields
    assert cloud.asked[0].fields["language"] == "en"


async def test_the_prompt_has_an_end() -> None:
    many = Expectation(Question.UNIT, Language.ENGLISH, (), tuple(f"Resident Number {n}" for n in range(1000)))
    async with serving(says(verbose("yes", segment()))) as cloud:
        await transcriber(cloud).transcribe(UTTERANCE, many)
    prompt = cloud.asked[0].fields["prompt"]
    assert 500 < len(prompt) <= 600
    assert not prompt.endswith(",")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (verbose(" Yes. ", segment()), Transcript("Yes.", pytest.approx(0.819, abs=0.001))),
        (verbose("two\n parts", segment(avg_logprob=-0.1), segment(avg_logprob=-0.3)),
         Transcript("two parts", pytest.approx(0.741, abs=0.001))),
        (verbose("Thank you.", segment(no_speech_prob=0.9)), NOTHING),
        (verbose("Yes", segment(avg_logprob=-1.4)), NOTHING),
        (verbose("la la la la", segment(compression_ratio=3.1)), NOTHING),
        (verbose("yes, not now", segment(), segment(no_speech_prob=0.8)), NOTHING),
        (verbose("", segment()), NOTHING),
        (verbose("   "), NOTHING),
        ({"text": "yes"}, Transcript("yes", UNMEASURED_CONFIDENCE, measured=False)),
        ({"text": "yes", "segments": None}, Transcript("yes", UNMEASURED_CONFIDENCE, measured=False)),
        ({"text": "yes", "segments": [{"text": "yes", "start": 0.0}]},
         Transcript("yes", UNMEASURED_CONFIDENCE, measured=False)),
        ({"text": "yes", "logprobs": [{"token": "yes", "logprob": -0.1}]},
         Transcript("yes", pytest.approx(0.905, abs=0.001))),
        ({"text": "yes", "logprobs": [{"token": "yes", "logprob": -3.0}]}, NOTHING),
        ({"text": "Maria da Silva, João Souza."}, NOTHING),
        (verbose("Legendas pela comunidade Amara.org", segment()), NOTHING),
        (verbose("[Música]", segment()), NOTHING),
        ({"text": "Maria da Silva"}, Transcript("Maria da Silva", UNMEASURED_CONFIDENCE, measured=False)),
    ],
)  # fmt: skip
async def test_words_or_nothing(answer: dict[str, Any], expected: Transcript) -> None:
    async with serving(says(answer)) as cloud:
        assert await transcriber(cloud).transcribe(UTTERANCE, UNIT) == expected


@pytest.mark.parametrize(
    "answer",
    [{}, {"words": "yes"}, {"text": "yes", "segments": ["yes"]}, {"text": "yes", "logprobs": [{"token": "yes"}]},
     {"text": "yes", "segments": [{"avg_logprob": "high"}]}],
)  # fmt: skip
async def test_what_is_not_documented_is_no_transcript(answer: dict[str, Any]) -> None:
    async with serving(says(answer)) as cloud:
        with pytest.raises(BackendGarbled):
            await transcriber(cloud).transcribe(UTTERANCE, UNIT)


async def test_what_a_model_cannot_give_is_asked_for_once() -> None:
    words = says({"text": "yes", "logprobs": [{"token": "yes", "logprob": 0.0}]})
    async with serving(NO_VERBOSE, words) as cloud:
        backend = transcriber(cloud)
        for _ in range(2):
            assert (await backend.transcribe(UTTERANCE, ANSWER)) == Transcript("yes", 1.0)
    wanted = [(asked.fields["response_format"], asked.fields.get("include[]")) for asked in cloud.asked]
    assert wanted == [("verbose_json", None), ("json", "logprobs"), ("json", "logprobs")]


async def test_words_alone_will_do() -> None:
    async with serving(NO_VERBOSE, NO_LOGPROBS, says({"text": "yes"})) as cloud:
        backend = transcriber(cloud)
        for _ in range(2):
            assert (await backend.transcribe(UTTERANCE, ANSWER)).text == "yes"
    assert len(cloud.asked) == 4
    assert "include[]" not in cloud.asked[-1].fields


async def test_nothing_is_learnt_from_a_request_that_is_refused_in_every_form() -> None:
    async with serving(NO_VERBOSE, NO_VERBOSE, NO_VERBOSE, says(verbose("yes", segment()))) as cloud:
        backend = transcriber(cloud)
        with pytest.raises(BackendMisused):
            await backend.transcribe(UTTERANCE, ANSWER)
        await backend.transcribe(UTTERANCE, ANSWER)
    assert cloud.asked[-1].fields["response_format"] == "verbose_json"


async def test_preparing_asks_once() -> None:
    async with serving(says(verbose(""))) as cloud:
        backend = transcriber(cloud)
        await backend.prepare(UNIT)
        await backend.prepare(ANSWER)
    assert len(cloud.asked) == 1


async def test_a_language_it_does_not_know_is_not_sent() -> None:
    async with serving(says(verbose("yes"))) as cloud:
        backend = transcriber(cloud, languages=[Language.PORTUGUESE])
        assert await backend.transcribe(UTTERANCE, ANSWER) == NOTHING
        assert not backend.speaks(Language.ENGLISH)
    assert cloud.asked == []


def event(content: str) -> bytes:
    return f"data: {content}\n\n".encode()


DELTAS = (
    event('{"type":"transcript.text.delta","delta":"let him"}'),
    event('{"type":"transcript.text.delta","delta":" in"}'),
)


SURE = says({"text": "yes", "logprobs": [{"token": "yes", "logprob": 0}]})
"""What makes a service one whose words can be followed."""


async def followed(cloud: Cloud, on_interim: InterimListener) -> Transcript:
    """The second utterance: the first has told what the service can."""
    backend = transcriber(cloud)
    await backend.transcribe(UTTERANCE, ANSWER)
    return await backend.follow(UTTERANCE, ANSWER, on_interim)


async def test_words_are_followed_while_they_come() -> None:
    done = event('{"type":"transcript.text.done","text":"Let him in.","logprobs":[{"token":"x","logprob":0}]}')
    heard: list[str] = []
    async with serving(SURE, streams(*DELTAS, done, event("[DONE]"), content_type="text/event-stream")) as cloud:
        transcript = await followed(cloud, heard.append)
    assert transcript == Transcript("Let him in.", 1.0)
    assert heard == ["let him", "let him in"]
    assert cloud.asked[1].fields["stream"] == "true"


async def test_events_may_be_cut_anywhere() -> None:
    body = b"".join(DELTAS) + event('{"type":"transcript.text.done","text":"let him in"}')
    heard: list[str] = []
    pieces = [body[at : at + 1] for at in range(len(body))]
    async with serving(SURE, streams(*pieces, content_type="text/event-stream")) as cloud:
        assert (await followed(cloud, heard.append)).text == "let him in"
    assert heard == ["let him", "let him in"]


@pytest.mark.parametrize("first", [says({"text": "yes"}), says(verbose("yes", segment()))])
async def test_who_does_not_tell_how_sure_each_token_is_is_not_followed(first: Any) -> None:
    """Such services stream in shapes of their own, or without what tells that a sentence is made up."""
    heard: list[str] = []
    async with serving(first) as cloud:
        assert (await followed(cloud, heard.append)).text == "yes"
    assert heard == []
    assert "stream" not in cloud.asked[1].fields


async def test_a_server_that_does_not_stream_answers_in_one_piece() -> None:
    heard: list[str] = []
    async with serving(SURE) as cloud:
        assert (await followed(cloud, heard.append)).text == "yes"
    assert heard == []


async def test_a_server_that_refuses_to_stream_is_asked_without_from_then_on() -> None:
    no_stream = says(openai_error("stream is not supported"), 400)
    async with serving(SURE, no_stream, no_stream, no_stream, SURE) as cloud:
        backend = transcriber(cloud)
        for _ in range(3):
            assert (await backend.follow(UTTERANCE, ANSWER, lambda _: None)).text == "yes"
    assert ["stream" in asked.fields for asked in cloud.asked] == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    "reply",
    [
        streams(*DELTAS, content_type="text/event-stream"),
        streams(*DELTAS, event('{"type":"error","message":"x"}'), content_type="text/event-stream"),
        streams(event("yes"), content_type="text/event-stream"),
        streams(event("[]"), content_type="text/event-stream"),
        breaks_off(DELTAS[0], "text/event-stream"),
    ],
)
async def test_half_a_sentence_is_no_transcript(reply: Any) -> None:
    """The missing half may have been the word "not"."""
    async with serving(SURE, reply) as cloud:
        with pytest.raises(BackendError):
            await followed(cloud, lambda _: None)


@pytest.mark.parametrize("failure", [*OPENAI_FAILURES, *JSON_FAILURES], ids=named)
async def test_failures(failure: Failure) -> None:
    seconds = 0.2 if failure.name == "never answers" else 8.0
    await check_failure(failure, lambda cloud: transcriber(cloud, timeout_seconds=seconds).transcribe(UTTERANCE, UNIT))


async def test_cancelling_closes_the_request() -> None:
    await check_cancelling(lambda cloud: transcriber(cloud).transcribe(UTTERANCE, UNIT))


async def test_probe() -> None:
    async with serving(says({"object": "list", "data": []})) as cloud:
        await transcriber(cloud).probe()
    assert (cloud.asked[0].method, cloud.asked[0].path) == ("GET", "/v1/models")

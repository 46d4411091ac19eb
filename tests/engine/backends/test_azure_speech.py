"""Azure Speech, both directions."""

from __future__ import annotations

import io
import wave
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.engine.backends.cloud import (
    AZURE_FAILURES,
    JSON_FAILURES,
    KEY,
    SOUND_FAILURES,
    Cloud,
    Failure,
    Reply,
    check_cancelling,
    check_failure,
    named,
    says,
    sends,
    serving,
    streams,
)
from tests.engine.backends.test_tts_openai import tone
from voice_engine.backends.stt_azure import AzureTranscriber
from voice_engine.backends.tts_azure import AzureSynthesizer
from voice_engine.core.errors import BackendGarbled, BackendOverloaded
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance

UTTERANCE = Utterance(bytes(8000), 0.4, 0.0)
NOTHING = Transcript("", 0.0)
SSML = "{http://www.w3.org/2001/10/synthesis}"


def expectation(language: Language = Language.PORTUGUESE) -> Expectation:
    return Expectation(Question.ANSWER, language)


def transcriber(cloud: Cloud, **options: Any) -> AzureTranscriber:
    return AzureTranscriber(cloud.session, cloud.endpoint, cloud.endpoint, **options)


def synthesizer(cloud: Cloud, **options: Any) -> AzureSynthesizer:
    return AzureSynthesizer(cloud.session, cloud.endpoint, cloud.endpoint, **options)


def guess(text: str, confidence: float) -> dict[str, Any]:
    """As documented for ``format=detailed``."""
    return {
        "Confidence": confidence, "Lexical": text.lower(), "ITN": text, "MaskedITN": text.lower(), "Display": text,
    }  # fmt: skip


def recognised(status: str = "Success", *guesses: dict[str, Any]) -> Reply:
    return says({"RecognitionStatus": status, "Offset": 1, "Duration": 2, "NBest": list(guesses)})


@pytest.mark.parametrize(("language", "locale"), [(Language.ENGLISH, "en-US"), (Language.PORTUGUESE, "pt-BR")])
async def test_the_request_for_a_transcript_is_exact(language: Language, locale: str) -> None:
    async with serving(recognised("Success", guess("Sim.", 0.9))) as cloud:
        await transcriber(cloud).transcribe(UTTERANCE, expectation(language))
    (asked,) = cloud.asked
    assert (asked.method, asked.path) == ("POST", "/v1/speech/recognition/conversation/cognitiveservices/v1")
    assert asked.query == {"language": locale, "format": "detailed", "profanity": "raw"}
    assert asked.headers["Ocp-Apim-Subscription-Key"] == KEY
    assert asked.headers["Content-Type"] == "audio/wav; codecs=audio/pcm; samplerate=16000"
    assert asked.headers["Accept"] == "application/json"
    with wave.open(io.BytesIO(asked.body)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (recognised("Success", guess("Sim.", 0.93)), Transcript("Sim.", 0.93)),
        (recognised("Success", guess("Cem.", 0.3), guess("Sim.", 0.8)), Transcript("Sim.", 0.8)),
        (recognised("Success", guess("Sim.", 1.2)), Transcript("Sim.", 1.0)),
        (recognised("Success", guess(" ", 0.9)), NOTHING),
        (recognised("NoMatch"), NOTHING),
        (says({"RecognitionStatus": "NoMatch"}), NOTHING),
        (says({"RecognitionStatus": "InitialSilenceTimeout"}), NOTHING),
        (says({"RecognitionStatus": "BabbleTimeout"}), NOTHING),
        (says({"RecognitionStatus": "EndOfDictation"}), NOTHING),
    ],
)
async def test_words_or_nothing(reply: Reply, expected: Transcript) -> None:
    async with serving(reply) as cloud:
        assert await transcriber(cloud).transcribe(UTTERANCE, expectation()) == expected


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (says({"RecognitionStatus": "Error"}), BackendOverloaded),
        (says({"RecognitionStatus": "Perhaps"}), BackendGarbled),
        (says({}), BackendGarbled),
        (recognised("Success"), BackendGarbled),
        (says({"RecognitionStatus": "Success", "NBest": None}), BackendGarbled),
        (says({"RecognitionStatus": "Success", "NBest": [{"Display": "Sim."}]}), BackendGarbled),
    ],
)
async def test_what_is_not_documented_is_no_transcript(reply: Reply, kind: type[Exception]) -> None:
    async with serving(reply) as cloud:
        with pytest.raises(kind):
            await transcriber(cloud).transcribe(UTTERANCE, expectation())


@pytest.mark.parametrize("failure", [*AZURE_FAILURES, *JSON_FAILURES], ids=named)
async def test_failures_of_transcription(failure: Failure) -> None:
    seconds = 0.2 if failure.name == "never answers" else 8.0
    await check_failure(
        failure, lambda cloud: transcriber(cloud, timeout_seconds=seconds).transcribe(UTTERANCE, expectation())
    )


async def test_cancelling_closes_the_transcription() -> None:
    await check_cancelling(lambda cloud: transcriber(cloud).transcribe(UTTERANCE, expectation()))


@pytest.mark.parametrize(
    ("language", "locale", "voice"),
    [(Language.ENGLISH, "en-US", "en-US-JennyNeural"), (Language.PORTUGUESE, "pt-BR", "pt-BR-FranciscaNeural")],
)
async def test_the_request_for_speech_is_exact(language: Language, locale: str, voice: str) -> None:
    sound = tone(0.5, 8000)
    async with serving(sends(sound, "audio/basic")) as cloud:
        assert await synthesizer(cloud).synthesize("Olá", language) == sound
    (asked,) = cloud.asked
    assert (asked.method, asked.path) == ("POST", "/v1/cognitiveservices/v1")
    assert asked.headers["Ocp-Apim-Subscription-Key"] == KEY
    assert asked.headers["Content-Type"] == "application/ssml+xml"
    assert asked.headers["X-Microsoft-OutputFormat"] == "raw-8khz-16bit-mono-pcm"
    assert asked.headers["User-Agent"] == "voice-engine"
    assert asked.body.decode() == (
        f'<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="{locale}">'
        f'<voice name="{voice}">Olá</voice></speak>'
    )


@pytest.mark.parametrize(
    "text",
    ["Silva & Filhos <ltda>", "</voice><audio src='http://evil'/>", "\"quoted\" 'too'", "]]>", "&lt;", "<!-- x -->"],
)
async def test_names_are_no_markup(text: str) -> None:
    async with serving(sends(tone(0.1, 8000), "audio/basic")) as cloud:
        await synthesizer(cloud, speed=0.9).synthesize(text, Language.ENGLISH)
    speak = ET.fromstring(cloud.asked[0].body)  # noqa: S314 - our own
    assert [element.tag for element in speak.iter()] == [f"{SSML}speak", f"{SSML}voice", f"{SSML}prosody"]
    assert "".join(speak.itertext()) == text
    assert speak[0][0].attrib == {"rate": "-10%"}


async def test_control_characters_are_left_out() -> None:
    async with serving(sends(tone(0.1, 8000), "audio/basic")) as cloud:
        await synthesizer(cloud).synthesize("a\0b\x1bc\nd", Language.ENGLISH)
    assert "".join(ET.fromstring(cloud.asked[0].body).itertext()) == "a b c d"  # noqa: S314


async def test_sound_cut_at_odd_places_stays_whole() -> None:
    sound = tone(0.5, 8000)
    async with serving(streams(*[sound[at : at + 333] for at in range(0, len(sound), 333)])) as cloud:
        assert await synthesizer(cloud).synthesize("hello", Language.ENGLISH) == sound


async def test_who_sounds_different_is_told_apart() -> None:
    async with serving(says({})) as cloud:
        other = {Language.PORTUGUESE: "pt-BR-AntonioNeural"}
        made = [synthesizer(cloud), synthesizer(cloud, voices=other), synthesizer(cloud, speed=1.1)]
        assert len({synthesizer.identity for synthesizer in made}) == 3


@pytest.mark.parametrize("failure", [*AZURE_FAILURES, *SOUND_FAILURES], ids=named)
async def test_failures_of_speech(failure: Failure) -> None:
    seconds = 0.2 if failure.name == "never answers" else 10.0
    await check_failure(
        failure, lambda cloud: synthesizer(cloud, timeout_seconds=seconds).synthesize("hello", Language.ENGLISH)
    )


async def test_cancelling_closes_the_speech() -> None:
    await check_cancelling(lambda cloud: synthesizer(cloud).synthesize("hello", Language.ENGLISH))


@pytest.mark.parametrize("made", [transcriber, synthesizer])
async def test_the_key_is_checked_where_keys_are(made: Any) -> None:
    async with serving(sends(b"token", "application/jwt")) as cloud:
        await made(cloud).probe()
    (asked,) = cloud.asked
    assert (asked.method, asked.path) == ("POST", "/v1/sts/v1.0/issueToken")
    assert asked.headers["Ocp-Apim-Subscription-Key"] == KEY

"""What is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.backends.stt_whisper_cpp.fake_server import verbose_json
from voice_engine.backends.stt_whisper_cpp.config import WhisperConfig
from voice_engine.backends.stt_whisper_cpp.verdict import command_segments, server_segments, transcript
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.transcript import Transcript

CONFIG = WhisperConfig(Path("ggml-tiny.bin"))
SURE = (0.9, 0.01)


def judged(*segments: tuple[str, float, float], prompt: str = "", speech_seconds: float | None = None) -> Transcript:
    """The verdict on what a server answers."""
    answer = json.dumps(verbose_json(*segments)).encode()
    return transcript(server_segments(answer), CONFIG, prompt, speech_seconds)


def test_what_is_sure_is_taken_as_it_is() -> None:
    heard = judged((" Pode subir,", *SURE), (" obrigado.", 0.8, 0.1))
    assert heard.text == "Pode subir, obrigado."
    assert heard.confidence == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("text", "probability", "no_speech"),
    [(" Sim.", 0.36, 0.0), (" Sim.", 0.99, 0.61), (" Sim.", 0.0, 0.0), (" Obrigado por assistir!", *SURE)],
)
def test_what_is_not_sure_is_empty(text: str, probability: float, no_speech: float) -> None:
    assert judged((text, probability, no_speech)).text == ""


def test_half_of_an_answer_is_none() -> None:
    """The other half may have been: but not now."""
    assert judged((" Yes", *SURE), (" but not now.", 0.3, 0.0)).text == ""
    assert judged((" Yes", *SURE), (" but not now.", 0.9, 0.7)).text == ""


def test_nothing_is_nothing() -> None:
    assert judged() == Transcript("", 0.0)
    assert judged(("  ", *SURE)) == Transcript("", 0.0)


def test_nobody_speaks_that_fast() -> None:
    sentence = (" Pode subir, por favor, o elevador fica à direita.", *SURE)
    assert judged(sentence, speech_seconds=2.0).text
    assert judged(sentence, speech_seconds=0.3).text == ""
    assert judged((" Pode subir, por favor.", *SURE), speech_seconds=0.1).text


def test_the_prompt_read_out_is_no_answer() -> None:
    assert judged((" Ana Souza, Bruno Lima, 501", *SURE), prompt="Ana Souza, Bruno Lima, 501, 502.").text == ""


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"<html>", b"[]", b"{}", b'{"segments": 5}', b'{"segments": [5]}', b'{"segments": [{"text": "yes"}]}'),
        b'{"segments": [{"text": " yes", "no_speech_prob": null}]}',
        b'{"segments": [{"text": " yes", "no_speech_prob": 0, "words": [{}]}]}',
        b'{"segments": [{"text": " yes"',
    ],
)
def test_what_is_no_answer_of_the_server_is_an_error(answer: bytes) -> None:
    with pytest.raises(BackendGarbled):
        server_segments(answer)


def test_without_words_nothing_is_believed() -> None:
    segments = server_segments(b'{"segments": [{"text": " yes", "no_speech_prob": 0, "avg_logprob": null}]}')
    assert transcript(segments, CONFIG, "", None) == Transcript("", 0.0)


def test_the_command_answers_for_each_recording() -> None:
    token = {"text": " n\u00e3o\n", "p": 0.5}
    one = {"transcription": [{"text": " n\u00e3o\n", "tokens": [token, {"text": "[_EOT_]", "p": 0.001}]}]}
    # As it writes it: control characters are not escaped.
    output = json.dumps(one, ensure_ascii=False).replace("\\n", "\n") + '\n{"transcription": []}\n'
    first, second = command_segments(output.encode())
    assert transcript(first, CONFIG, "", None) == Transcript("não", pytest.approx(0.5))
    assert second == ()


@pytest.mark.parametrize("output", [b"usage: whisper-cli", b"{}", b'{"transcription": [{"text": ""}]}', b'{"tr'])
def test_what_is_no_output_of_the_command_is_an_error(output: bytes) -> None:
    with pytest.raises(BackendGarbled):
        command_segments(output)

"""What goes along with an utterance."""

from __future__ import annotations

import io
import wave

import pytest

from voice_engine.backends.stt_whisper_cpp import hints
from voice_engine.core.transcript import Expectation, Language, Question


def pcm(seconds: float) -> bytes:
    """Silence at 8 kHz."""
    return bytes(round(seconds * 8000) * 2)


@pytest.mark.parametrize(
    ("seconds", "steps"), [(0, 512), (2, 512), (7.68, 512), (8, 528), (15, 878), (27.44, 1500), (60, 1500)]
)
def test_the_encoder_works_as_long_as_the_utterance_is(seconds: float, steps: int) -> None:
    assert hints.audio_context(pcm(seconds)) == steps


@pytest.mark.parametrize("seconds", [0.3, 3, 9, 20])
def test_frugal_it_works_less_but_never_too_little(seconds: float) -> None:
    """At a third of a window and below models repeat themselves; the utterance itself is always seen whole."""
    frugal = hints.audio_context(pcm(seconds), frugal=True)
    assert max(448, seconds * 50) <= frugal < hints.audio_context(pcm(seconds))


@pytest.mark.parametrize(("seconds", "made"), [(0.3, 1.25), (3, 3)])
def test_sound_is_made_16_khz_and_not_too_short(seconds: float, made: float) -> None:
    with wave.open(io.BytesIO(hints.sound(pcm(seconds)))) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (16000, 1, 2)
        assert reader.getnframes() == made * 16000


def test_the_prompt_spells_names_and_units() -> None:
    expected = Expectation(Question.UNIT, Language.PORTUGUESE, ("501", "12B"), ("José Conceição",))
    assert hints.prompt(expected) == "José Conceição, 501, 12B."


def test_a_long_directory_fits_in_part() -> None:
    names = tuple(f"Resident Number {number}" for number in range(500))
    prompt = hints.prompt(Expectation(Question.UNIT, Language.ENGLISH, ("501",), names))
    assert 380 < len(prompt) <= 400
    assert prompt.endswith(".")


def test_answers_are_never_suggested() -> None:
    assert hints.prompt(Expectation(Question.ANSWER, Language.ENGLISH)) == ""


def test_languages_have_no_country() -> None:
    assert [hints.language_code(language) for language in Language] == ["en", "pt"]

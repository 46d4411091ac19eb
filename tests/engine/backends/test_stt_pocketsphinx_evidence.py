"""The measure that tells what was said from what merely fits best."""

from __future__ import annotations

import json
import math

import pytest

from voice_engine.backends.stt_pocketsphinx.evidence import Evidence, Recognition, Segment
from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Question
from voice_engine.core.understanding import CERTAIN_CONFIDENCE

SOUNDS = {"yes": 3, "let": 3, "him": 3, "in": 2, "apartment": 9, "five": 3}


def heard(*segments: tuple[str, int, int, float]) -> Recognition:
    """A result from words with start, frames and misfit: how much worse than perfect the sound fits."""
    return Recognition(tuple(Segment(word, start, frames, -misfit) for word, start, frames, misfit in segments))


def free(*segments: tuple[int, int, float]) -> Recognition:
    """Free sounds, the same way."""
    return heard(*(("sound_ah", start, frames, misfit) for start, frames, misfit in segments))


def confidence(expected: Recognition, free_sounds: Recognition, question: Question = Question.ANSWER) -> float:
    """Of a sentence beside free sounds."""
    return Evidence(expected, free_sounds, SOUNDS).confidence(question)


def test_results_are_read() -> None:
    output = {
        "t": "the door",
        "w": [
            {"b": -0.01, "d": 0.01, "p": 1.0, "t": "(NULL)"},
            {"b": 0.0, "d": 0.47, "p": 0.9, "t": "<sil>"},
            {"b": 0.47, "d": 0.1, "p": 0.5, "t": "the(2)"},
            {"b": 0.57, "d": 0.3, "p": 0.0, "t": "door"},
        ],
    }
    recognition = Recognition.parse(json.dumps(output).encode())

    assert recognition.text == "the door"
    assert recognition.speech == frozenset(range(47, 87))
    assert recognition.log_probability == pytest.approx(math.log(0.9) + math.log(0.5) + math.log(1e-6))


@pytest.mark.parametrize("output", [b"", b"Segmentation fault", b"{}", b'{"w": [{"t": "yes"}]}', b'{"w": 1}', b"[]"])
def test_anything_else_is_an_error(output: bytes) -> None:
    with pytest.raises(BackendError, match="something else than a result"):
        Recognition.parse(output)


def test_what_fits_as_well_as_any_sounds_was_said() -> None:
    assert confidence(heard(("yes", 20, 40, 0.02)), free((20, 20, 0.1), (40, 20, 0.05))) == 1.0


def test_what_fits_much_worse_was_not_said() -> None:
    assert confidence(heard(("yes", 20, 40, 0.2)), free((20, 20, 0.05), (40, 20, 0.05))) == 0.0


def test_confidence_falls_with_the_fit() -> None:
    confidences = [
        confidence(heard(("yes", 20, 40, misfit / 100)), free((20, 20, 0.05), (40, 20, 0.05))) for misfit in range(20)
    ]

    assert confidences == sorted(confidences, reverse=True)
    assert {confident >= 0.5 for confident in confidences} == {True, False}


def test_longer_answers_must_fit_better() -> None:
    short = confidence(heard(("yes", 0, 40, 0.1)), free((0, 40, 0.1)))
    words = [("yes", 0, 40, 0.1), ("let", 40, 20, 0.05), ("him", 60, 20, 0.05), ("in", 80, 20, 0.05)]
    long = confidence(heard(*words), free((0, 40, 0.1), (40, 60, 0.15)))

    assert long < 0.5 <= short


def test_one_wrong_word_makes_another_answer() -> None:
    """``let him wait``: two words fit very well, the third not at all."""
    words = heard(("let", 0, 20, 0.01), ("him", 20, 20, 0.01), ("in", 40, 30, 0.1))

    assert confidence(words, free((0, 20, 0.08), (20, 20, 0.08), (40, 30, 0.05))) == 0.0


def test_a_word_found_somewhere_in_a_longer_sentence_is_no_answer() -> None:
    assert confidence(heard(("yes", 50, 30, 0.02)), free((0, 50, 0.1), (50, 30, 0.1), (80, 60, 0.1))) == 0.0


def test_an_order_without_an_agreement_may_be_part_of_another_sentence() -> None:
    """``who let him in`` is heard as ``let him in``; nothing is heard as ``yes let him in``."""
    order = [("let", 40, 20, 0.01), ("him", 60, 20, 0.01), ("in", 80, 20, 0.01)]
    sounds = free((0, 40, 0.1), (40, 60, 0.15))
    assert confidence(heard(("yes", 0, 40, 0.01), *order), sounds) >= CERTAIN_CONFIDENCE
    assert 0.5 <= confidence(heard(*order), free((40, 60, 0.15))) < CERTAIN_CONFIDENCE


def test_an_answer_beside_other_speech_is_not_certain() -> None:
    """``yes`` with a word behind it that is in no grammar."""
    assert confidence(heard(("yes", 0, 40, 0.01)), free((0, 40, 0.1))) >= CERTAIN_CONFIDENCE
    assert 0.5 <= confidence(heard(("yes", 0, 40, 0.01)), free((0, 40, 0.1), (40, 30, 0.99))) < CERTAIN_CONFIDENCE


def test_a_stretched_vowel_is_a_whistle() -> None:
    assert confidence(heard(("yes", 0, 90, 0.02)), free((0, 90, 0.1))) == 0.0


def test_a_unit_may_fit_worse_the_longer_it_is() -> None:
    short, long = heard(("five", 0, 30, 0.2)), heard(("apartment", 0, 90, 0.17), ("five", 90, 30, 0.13))

    assert confidence(short, free((0, 30, 0.1)), Question.UNIT) < 0.5
    assert confidence(long, free((0, 120, 0.2)), Question.UNIT) >= 0.5


@pytest.mark.parametrize("question", Question)
def test_nothing_heard_is_nothing_said(question: Question) -> None:
    silence = heard(("<sil>", 0, 100, 0.1))

    assert confidence(Recognition(), free((0, 10, 0.1)), question) == 0.0
    assert confidence(silence, free((0, 10, 0.1)), question) == 0.0
    assert confidence(heard(("yes", 0, 30, 0.1)), Recognition(), question) == 0.0

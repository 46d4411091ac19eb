"""What a resident's answer means: no word opens the door that was not meant to."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.answer_phrases import PHRASES, Meaning
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language
from voice_engine.core.understanding import (
    CERTAIN_CONFIDENCE,
    LONGEST_ANSWER,
    MINIMUM_CONFIDENCE,
    Answer,
    classify_answer,
    is_certain,
)

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
TABLE = [
    (text, Language(language), Answer(answer))
    for language, answers in yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text("utf-8")).items()
    for answer, texts in answers.items()
    for text in texts
]
GRANTS = [(text, language) for text, language, answer in TABLE if answer is Answer.GRANT]
HARMLESS = {Meaning.YES, Meaning.PERMISSION, Meaning.FILLER}


def phrases(language: Language, *meanings: Meaning) -> list[str]:
    """The phrases with one of ``meanings``."""
    return [" ".join(phrase) for phrase, meaning in PHRASES[language].items() if meaning in meanings]


def granting_words(language: Language) -> set[str]:
    """All words a permission may be made of."""
    return {word for phrase, meaning in PHRASES[language].items() if meaning in HARMLESS for word in phrase}


@pytest.mark.parametrize(("text", "language", "answer"), TABLE)
def test_table(text: str, language: Language, answer: Answer) -> None:
    assert classify_answer(text, language) is answer


@given(st.sampled_from(GRANTS), st.data())
def test_a_negation_anywhere_never_leaves_a_permission(grant: tuple[str, Language], data: st.DataObject) -> None:
    text, language = grant
    words = text.split()
    negation = data.draw(st.sampled_from(phrases(language, Meaning.NEGATION, Meaning.REFUSAL)))
    words.insert(data.draw(st.integers(0, len(words))), negation)
    assert classify_answer(" ".join(words), language) is not Answer.GRANT


@given(st.sampled_from(GRANTS), st.data())
def test_doubt_anywhere_never_leaves_a_permission(grant: tuple[str, Language], data: st.DataObject) -> None:
    text, language = grant
    words = text.split()
    doubt = data.draw(st.sampled_from(phrases(language, Meaning.DOUBT, Meaning.ASKS_WHO, Meaning.ASKS_TO_TALK)))
    words.insert(data.draw(st.integers(0, len(words))), doubt)
    assert classify_answer(" ".join(words), language) is not Answer.GRANT


@given(st.sampled_from(GRANTS), st.data())
def test_letters_glued_to_a_word_never_leave_a_permission(grant: tuple[str, Language], data: st.DataObject) -> None:
    text, language = grant
    words = list(tokens(text))
    index = data.draw(st.integers(0, len(words) - 1))
    before, after = data.draw(st.tuples(st.text("abcdefgnosz", max_size=3), st.text("abcdefgnosz", max_size=3)))
    words[index] = before + words[index] + after
    if words[index] not in granting_words(language):
        assert classify_answer(" ".join(words), language) is not Answer.GRANT


@given(st.text(), st.sampled_from(Language))
def test_noise_grants_nothing(text: str, language: Language) -> None:
    if not set(tokens(text)) <= granting_words(language) or not tokens(text):
        assert classify_answer(text, language) is not Answer.GRANT


@given(st.sampled_from(GRANTS), st.text(min_size=1))
def test_words_nobody_wrote_down_beside_a_permission_leave_none(grant: tuple[str, Language], noise: str) -> None:
    text, language = grant
    if set(tokens(noise)) - granting_words(language):
        assert classify_answer(f"{text} {noise}", language) is not Answer.GRANT
        assert classify_answer(f"{noise} {text}", language) is not Answer.GRANT


@given(st.lists(st.sampled_from(phrases(ENGLISH, *Meaning)), max_size=6))
def test_only_agreement_permission_and_politeness_grant(said: list[str]) -> None:
    if classify_answer(" ".join(said), ENGLISH) is Answer.GRANT:
        assert set(tokens(" ".join(said))) <= granting_words(ENGLISH)


@pytest.mark.parametrize("answer", ["yes", "no", "who is it", "let me talk to him"])
@pytest.mark.parametrize("confidence", [0.0, MINIMUM_CONFIDENCE - 0.01, -1.0, math.nan])
def test_what_was_hardly_heard_means_nothing(answer: str, confidence: float) -> None:
    assert classify_answer(answer, ENGLISH, confidence) is Answer.UNCLEAR


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_what_was_heard_well_enough_counts(answer: str) -> None:
    assert classify_answer(answer, ENGLISH, MINIMUM_CONFIDENCE) is not Answer.UNCLEAR


@pytest.mark.parametrize(
    ("text", "language", "certain"),
    [
        ("they can come in", ENGLISH, False),
        ("you can let him in", ENGLISH, False),
        ("yes they can come in", ENGLISH, True),
        ("let them in", ENGLISH, True),
        ("pode entrar", PORTUGUESE, True),
        ("ele pode entrar", PORTUGUESE, False),
        ("o entregador está autorizado", PORTUGUESE, False),
        ("sim, ele pode entrar", PORTUGUESE, True),
        ("pode, ele pode entrar", PORTUGUESE, True),
    ],
)
def test_what_is_a_sound_away_from_a_refusal_or_a_question_is_asked_back(
    text: str, language: Language, certain: bool
) -> None:
    assert classify_answer(text, language) is Answer.GRANT
    assert is_certain(text, language, CERTAIN_CONFIDENCE) is certain
    assert not is_certain(text, language, CERTAIN_CONFIDENCE - 0.01)


def test_long_talk_is_no_answer() -> None:
    thanks = " thank you" * (LONGEST_ANSWER // 2 - 1)
    assert classify_answer("no" + thanks + " please", ENGLISH) is Answer.DENY
    assert classify_answer("no" + thanks + " please sir", ENGLISH) is Answer.UNCLEAR


PLAIN = [
    (text, Language(language), Answer(answer))
    for language, answers in yaml.safe_load(Path(__file__).with_name("plain_answers.yaml").read_text("utf-8")).items()
    for answer, texts in answers.items()
    for text in texts
]


@pytest.mark.parametrize("language", Language)
def test_few_clear_answers_are_unclear_and_none_is_taken_for_another(language: Language) -> None:
    plain = [(text, answer) for text, spoken, answer in PLAIN if spoken is language]
    understood = [classify_answer(text, language) for text, _ in plain]
    assert all(heard in (answer, Answer.UNCLEAR) for heard, (_, answer) in zip(understood, plain, strict=True))
    assert understood.count(Answer.UNCLEAR) <= 0.1 * len(plain)


def test_the_answers_are_many() -> None:
    assert len(TABLE) >= 300


@pytest.mark.parametrize("language", Language)
def test_silence_is_not_certain(language: Language) -> None:
    assert not is_certain("", language, 0.0)

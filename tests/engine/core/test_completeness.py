"""How much silence makes words an answer."""

from __future__ import annotations

import pytest

from voice_engine.core.completeness import (
    DENY_SECONDS,
    GRANT_SECONDS,
    INTENT_SECONDS,
    NAME_SECONDS,
    NO_SECONDS,
    UNIT_SECONDS,
    YES_SECONDS,
    settled_seconds,
)
from voice_engine.core.directory import Directory
from voice_engine.core.endpointing import PAUSE_SECONDS, SHORT_PAUSE_SECONDS
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Language, Question, Transcript

DIRECTORY = Directory.from_units(
    UnitSettings(number, residents, (f"PJSIP/{index}",))
    for index, (number, residents) in enumerate(
        {
            "5": (),
            "20": (),
            "21": (),
            "302": ("Daniel Souza",),
            "500": (),
            "501": (),
            "77": (),
            "88A": (),
            "88": (),
            "Penthouse": (),
        }.items()
    )
)


def settled(question: Question, text: str, language: Language = Language.ENGLISH, confidence: float = 0.9) -> object:
    """What the module says."""
    return settled_seconds(question, Transcript(text, confidence), language, DIRECTORY)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (Language.ENGLISH, "yes let him in", GRANT_SECONDS),
        (Language.PORTUGUESE, "pode subir", GRANT_SECONDS),
        (Language.ENGLISH, "no thank you", DENY_SECONDS),
        (Language.PORTUGUESE, "agora não", DENY_SECONDS),
        (Language.ENGLISH, "yes but not now", None),
        (Language.ENGLISH, "yes but", None),
        (Language.ENGLISH, "yes um", None),  # hesitates: more is coming
        (Language.ENGLISH, "yes well", None),
        (Language.PORTUGUESE, "sim ah", None),
        (Language.ENGLISH, "who is it", None),
        (Language.ENGLISH, "maybe", None),
        (Language.ENGLISH, "", None),
    ],
)
def test_only_decisive_answers_are_settled(language: Language, text: str, expected: float | None) -> None:
    assert settled(Question.ANSWER, text, language) == expected


def test_an_unsure_answer_is_not_settled() -> None:
    assert settled(Question.ANSWER, "yes", confidence=0.4) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apartment five oh one", UNIT_SECONDS),
        ("apartment seventy seven", UNIT_SECONDS),
        ("apartment five", None),  # 5 oh 1
        ("apartment five hundred", None),  # and 1
        ("apartment twenty", None),  # 1
        ("apartment 88", None),  # A
        ("apartment five oh one or", None),
        ("apartment nine nine nine", None),
        ("i have a parcel", None),
        ("Daniel Souza", NAME_SECONDS),
        ("the penthouse", NAME_SECONDS),
    ],
)
def test_only_units_that_no_more_words_could_change_are_settled(text: str, expected: float | None) -> None:
    assert settled(Question.UNIT, text) == expected


def test_a_permission_waits_longest_and_all_wait_less_than_usual() -> None:
    answer = PAUSE_SECONDS[Question.ANSWER]
    assert SHORT_PAUSE_SECONDS < DENY_SECONDS < GRANT_SECONDS < answer
    assert GRANT_SECONDS >= 2 * SHORT_PAUSE_SECONDS
    assert SHORT_PAUSE_SECONDS < UNIT_SECONDS < NAME_SECONDS < PAUSE_SECONDS[Question.UNIT]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (Question.CONFIRMATION, "yes", YES_SECONDS),
        (Question.CONFIRMATION, "no", NO_SECONDS),
        (Question.CONFIRMATION, "no five oh one", UNIT_SECONDS),
        (Question.CONFIRMATION, "no five", None),
        (Question.CONFIRMATION, "hello", None),
        (Question.INTENT, "a delivery", INTENT_SECONDS),
        (Question.INTENT, "a delivery and", None),
        (Question.INTENT, "i don't know", None),
        (Question.NAME, "carlos", None),
    ],
)
def test_other_answers_of_visitors_are_settled_by_what_may_follow(
    question: Question, text: str, expected: float | None
) -> None:
    assert settled(question, text) == expected


def test_no_wait_is_longer_than_the_pause_it_cuts_short() -> None:
    assert SHORT_PAUSE_SECONDS < YES_SECONDS < NO_SECONDS < PAUSE_SECONDS[Question.CONFIRMATION]
    assert SHORT_PAUSE_SECONDS < INTENT_SECONDS < PAUSE_SECONDS[Question.INTENT]

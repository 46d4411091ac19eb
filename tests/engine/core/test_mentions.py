"""Numbers in a visitor's sentence: which may be a unit's, and which word announces them."""

from __future__ import annotations

import pytest

from voice_engine.core.mentions import read_sentence
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE


def numbers(text: str, language: Language) -> dict[str, bool]:
    """The numbers that may be a unit's, and whether each is announced."""
    sentence = read_sentence(text, language)
    return {sentence.words[index]: index in sentence.announced for index in sentence.numbers}


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("apartment five zero one with 2 boxes", ENGLISH, {"501": True, "2": False}),
        ("apartment b 32", ENGLISH, {"32": True}),
        ("12th floor, 501", ENGLISH, {"501": False}),
        ("12 floor", ENGLISH, {}),
        ("floor 12", ENGLISH, {"12": False}),
        ("501, 5th floor", ENGLISH, {"501": False}),
        ("apartment 501 5 floor", ENGLISH, {"501": True}),
        ("5º andar, apto 501", PORTUGUESE, {"501": True}),
        ("apto 501, 5º andar", PORTUGUESE, {"501": True}),
        ("5 andar 501", PORTUGUESE, {"501": False}),
        ("sou um entregador", PORTUGUESE, {}),
        ("um", PORTUGUESE, {"1": False}),
        ("apartamento um", PORTUGUESE, {"1": True}),
        ("bloco 2", PORTUGUESE, {"2": True}),
        ("bloco 2 apartamento 32", PORTUGUESE, {"32": True}),
        ("", ENGLISH, {}),
    ],
)
def test_numbers(text: str, language: Language, found: dict[str, bool]) -> None:
    assert numbers(text, language) == found


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("bloco 2 apartamento 32", "2"),
        ("apartamento 32 do bloco b", "b"),
        ("bloco 2", ""),
        ("bloco dos fundos 32", ""),
        ("bloco", ""),
    ],
)
def test_a_block_is_told_apart_where_a_number_stands_elsewhere(text: str, block: str) -> None:
    assert read_sentence(text, PORTUGUESE).block == block

"""Numbers read from words and digits."""

from __future__ import annotations

import pytest

from voice_engine.core.numbers import SpokenNumber, find_numbers
from voice_engine.core.text import pieces
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE


def read(text: str, language: Language) -> list[str]:
    """The numbers in ``text``."""
    return [number.digits for number in find_numbers(pieces(text), language)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("five zero one", ["501"]),
        ("five oh one", ["501"]),
        ("five o one", ["501"]),
        ("five hundred one", ["501"]),
        ("five hundred and one", ["501"]),
        ("a hundred and one", ["101"]),
        ("one ten", ["110"]),
        ("twelve oh three", ["1203"]),
        ("fifteen oh two", ["1502"]),
        ("twelve hundred three", ["1203"]),
        ("twelve thirty four", ["1234"]),
        ("one two zero three", ["1203"]),
        ("twenty one oh one", ["2101"]),
        ("two thousand and four", ["2004"]),
        ("two thousand five hundred and one", ["2501"]),
        ("twenty", ["20"]),
        ("fifty one", ["51"]),
        ("5 0 1", ["501"]),
        ("5-0-1", ["501"]),
        ("50 1", ["501"]),
        ("5 zero 1", ["501"]),
        ("zero three zero one", ["0301"]),
        ("five and six", ["5", "6"]),
        ("five hundred and", ["500"]),
        ("501 or 302", ["501", "302"]),
        ("oh hello", []),
        ("oh five", ["5"]),
        ("hundreds of ones", []),
        ("", []),
    ],
)
def test_english(text: str, numbers: list[str]) -> None:
    assert read(text, ENGLISH) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("quinhentos e um", ["501"]),
        ("quinhentos um", ["501"]),
        ("cinco zero um", ["501"]),
        ("três zero um", ["301"]),
        ("tres zero um", ["301"]),
        ("meia zero um", ["601"]),
        ("meia zero meia", ["606"]),
        ("doze zero três", ["1203"]),
        ("mil duzentos e quatro", ["1204"]),
        ("mil e duzentos", ["1200"]),
        ("dois mil e um", ["2001"]),
        ("cem", ["100"]),
        ("cento e um", ["101"]),
        ("catorze zero dois", ["1402"]),
        ("vinte e um", ["21"]),
        ("vinte um", ["21"]),
        ("cinco e um", ["5", "1"]),
        ("501 e 302", ["501", "302"]),
        ("o centro", []),
    ],
)
def test_portuguese(text: str, numbers: list[str]) -> None:
    assert read(text, PORTUGUESE) == numbers


def test_words_that_are_seldom_numbers_are_marked_when_alone() -> None:
    assert find_numbers(("sou", "um", "entregador"), PORTUGUESE) == (SpokenNumber("1", 1, 2, unsure=True),)
    assert find_numbers(("um", "zero", "um"), PORTUGUESE) == (SpokenNumber("101", 0, 3, unsure=False),)
    assert find_numbers(("the", "one"), ENGLISH) == (SpokenNumber("1", 1, 2, unsure=True),)
    assert find_numbers(("the", "two"), ENGLISH) == (SpokenNumber("2", 1, 2, unsure=False),)

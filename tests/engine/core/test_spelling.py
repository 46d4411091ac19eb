"""Units spelled as people and voices say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.numbers import find_numbers
from voice_engine.core.spelling import digit_by_digit, spoken_forms
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE


@pytest.mark.parametrize(
    ("unit", "language", "forms"),
    [
        ("501", ENGLISH, {"five zero one", "five oh one", "five o one", "five hundred one", "five hundred and one"}),
        ("512", ENGLISH, {"five one two", "five twelve", "five hundred twelve", "five hundred and twelve"}),
        ("1203", ENGLISH, {"twelve oh three", "one two zero three", "twelve hundred and three"}),
        ("2004", ENGLISH, {"two thousand four", "two thousand and four", "twenty oh four"}),
        ("2000", ENGLISH, {"two thousand", "two zero zero zero"}),
        ("12B", ENGLISH, {"twelve b", "one two b"}),
        ("B-32", ENGLISH, {"b thirty two", "b three two"}),
        ("7", ENGLISH, {"seven"}),
        ("501", PORTUGUESE, {"cinco zero um", "quinhentos e um"}),
        ("606", PORTUGUESE, {"seis zero seis", "meia zero meia", "seiscentos e seis"}),
        ("1203", PORTUGUESE, {"doze zero três", "mil duzentos e três", "um dois zero três"}),
        ("1200", PORTUGUESE, {"mil e duzentos"}),
        ("100", PORTUGUESE, {"cem", "um zero zero"}),
        ("2000", PORTUGUESE, {"dois mil"}),
        ("12B", PORTUGUESE, {"doze b", "um dois b"}),
    ],
)
def test_the_usual_ways_are_there(unit: str, language: Language, forms: set[str]) -> None:
    assert forms <= set(spoken_forms(unit, language))


@given(st.integers(0, 99_999), st.sampled_from(Language))
def test_every_form_is_read_back_as_the_unit(number: int, language: Language) -> None:
    forms = spoken_forms(str(number), language)
    assert forms
    for form in forms:
        (read,) = find_numbers(tokens(form), language)
        assert read.digits == str(number)


def test_forms_that_would_be_read_as_another_number_are_left_out() -> None:
    # "twenty one" would be 21
    assert "twenty one" not in spoken_forms("20-1", ENGLISH)
    assert "two zero one" in spoken_forms("20-1", ENGLISH)


def test_leading_zeros_are_said() -> None:
    assert spoken_forms("01", PORTUGUESE) == ("zero um",)


@pytest.mark.parametrize(
    ("unit", "language", "said"),
    [
        ("501", ENGLISH, "five zero one"),
        ("501", PORTUGUESE, "cinco zero um"),
        ("12B", ENGLISH, "one two B"),
        ("B-32", PORTUGUESE, "três dois, bloco B"),
        ("b 32", ENGLISH, "three two, block B"),
        ("Bloco B 32", PORTUGUESE, "três dois, bloco B"),
        ("Torre B - apto 32", PORTUGUESE, "três dois, torre B"),
        ("B32", PORTUGUESE, "B três dois"),
        ("2-101", PORTUGUESE, "dois, um zero um"),
        ("Torre 2 101", PORTUGUESE, "Torre dois, um zero um"),
        ("606", PORTUGUESE, "seis zero seis"),
        ("Casa 7", PORTUGUESE, "Casa sete"),
        ("Penthouse", ENGLISH, "Penthouse"),
        ("", ENGLISH, ""),
    ],
)
def test_a_voice_says_digit_by_digit(unit: str, language: Language, said: str) -> None:
    assert digit_by_digit(unit, language) == said

"""Normalised text: what two spellings of the same words share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.text import ends_in, normalise, pieces, tokens


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("NÃO!", "nao"),
        ("na\u0303o", "nao"),
        ("não, sim", "nao sim"),
        ("  Três\tzero\numa ", "tres zero uma"),
        ("don't", "dont"),
        ("don\u2019t", "dont"),
        ("don\u00b4t", "dont"),
        ("uh-huh", "uh huh"),
        ("ye\u200bs", "ye s"),
        ("Straße", "strasse"),
        ("ｙｅｓ", "yes"),
        ("5º andar", "5o andar"),
        ("...", ""),
    ],
)
def test_case_accents_and_punctuation_are_dropped(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert all(token.isalnum() for token in tokens(text))


@pytest.mark.parametrize(
    ("text", "cut"),
    [("12B", ("12", "b")), ("B-32", ("b", "32")), ("apto 501", ("apto", "501")), ("5o", ("5", "o")), ("", ())],
)
def test_digits_and_letters_are_cut_apart(text: str, cut: tuple[str, ...]) -> None:
    assert pieces(text) == cut


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("You may say yes, let them in.", "Yes! Let them in", True),
        ("yes", "yes", True),
        ("goodbyes", "yes", False),
        ("say yes or no", "yes", False),
        ("yes", "say yes", False),
        ("yes", "", False),
        ("", "", False),
    ],
)
def test_the_end_of_a_text_is_its_last_words(text: str, end: str, expected: bool) -> None:
    assert ends_in(text, end) is expected

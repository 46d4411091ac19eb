"""What a sound is remembered under."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.sound_name import normal_text, sound_name
from voice_engine.core.transcript import Language


def test_whatever_changes_the_sound_changes_the_name() -> None:
    every = list(product(("espeak 1", "espeak 2", ""), Language, ("Yes", "yes", "sé", "se", "")))
    assert len({sound_name(*each) for each in every}) == len(every)


@given(st.text(), st.text(), st.text(), st.text())
def test_parts_do_not_run_into_one_another(identity: str, text: str, other_identity: str, other_text: str) -> None:
    same = sound_name(identity, Language.ENGLISH, text) == sound_name(other_identity, Language.ENGLISH, other_text)
    assert same == ((identity, text) == (other_identity, other_text))


def test_spellings_that_sound_the_same_are_one() -> None:
    assert normal_text(" Jose\u0301  Silva\n") == "José Silva"


def test_a_name_is_fit_for_a_file() -> None:
    assert sound_name("../../etc", Language.PORTUGUESE, "a/b\0").isalnum()

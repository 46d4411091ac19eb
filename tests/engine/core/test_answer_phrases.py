"""The lexicon of answers keeps the promises its meanings make."""

from __future__ import annotations

import pytest

from voice_engine.core.answer_phrases import PHRASES, Meaning
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language

OPENING = {Meaning.YES, Meaning.PERMISSION, Meaning.FILLER}


@pytest.mark.parametrize("language", Language)
def test_phrases_are_written_as_text_is_compared(language: Language) -> None:
    for phrase in PHRASES[language]:
        assert tokens(" ".join(phrase)) == phrase


@pytest.mark.parametrize("language", Language)
def test_nothing_that_may_open_holds_a_word_that_must_not(language: Language) -> None:
    closing = {
        phrase[0]
        for phrase, meaning in PHRASES[language].items()
        if len(phrase) == 1 and meaning in {Meaning.NEGATION, Meaning.REFUSAL, Meaning.DOUBT}
    }
    for phrase, meaning in PHRASES[language].items():
        if meaning in OPENING:
            assert not closing & set(phrase), phrase

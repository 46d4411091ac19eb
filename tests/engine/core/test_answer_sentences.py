"""Whole answers for recognisers with a closed grammar."""

from __future__ import annotations

import pytest

from voice_engine.core.answer_sentences import ANSWER_SENTENCES, answer_sentences
from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer, classify_answer


@pytest.mark.parametrize("language", Language)
def test_every_sentence_means_what_it_is_listed_for(language: Language) -> None:
    for answer, sentences in ANSWER_SENTENCES[language].items():
        for sentence in sentences:
            assert classify_answer(sentence, language) is answer, sentence


@pytest.mark.parametrize("language", Language)
def test_no_sentence_stands_twice_and_none_lacks_an_alternative(language: Language) -> None:
    sentences = answer_sentences(language)
    assert len(set(sentences)) == len(sentences)
    assert set(ANSWER_SENTENCES[language]) == set(Answer)

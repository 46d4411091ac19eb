"""Yes and no of visitors."""

from __future__ import annotations

import pytest

from voice_engine.core.confirmation import SENTENCES, agrees
from voice_engine.core.transcript import Language


@pytest.mark.parametrize(
    ("language", "said", "agreed"),
    [
        (Language.ENGLISH, "yes", True),
        (Language.ENGLISH, "that's right", True),
        (Language.ENGLISH, "no", False),
        (Language.ENGLISH, "no, that's not right", False),
        (Language.ENGLISH, "five zero one", None),
        (Language.ENGLISH, "", None),
        (Language.PORTUGUESE, "é isso", True),
        (Language.PORTUGUESE, "Isso mesmo!", True),
        (Language.PORTUGUESE, "não, está errado", False),
        (Language.PORTUGUESE, "não é", False),
        (Language.PORTUGUESE, "hã", None),
    ],
)
def test_a_no_anywhere_is_a_no(language: Language, said: str, agreed: bool | None) -> None:
    assert agrees(said, language) is agreed


@pytest.mark.parametrize("language", Language)
def test_every_expected_sentence_is_one_or_the_other(language: Language) -> None:
    assert {agrees(sentence, language) for sentence in SENTENCES[language]} == {True, False}

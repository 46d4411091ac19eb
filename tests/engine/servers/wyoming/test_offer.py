"""Which of our languages a client means."""

from __future__ import annotations

import pytest

from voice_engine.core.transcript import Language
from voice_engine.servers.wyoming.offer import language_of, language_of_voice, voice_name


@pytest.mark.parametrize(
    ("spelling", "language"),
    [
        ("en", Language.ENGLISH),
        ("en-US", Language.ENGLISH),
        ("pt-BR", Language.PORTUGUESE),
        ("pt_br", Language.PORTUGUESE),
        ("pt", Language.PORTUGUESE),
        ("de", None),
        ("", None),
        (None, None),
    ],
)
def test_languages_are_found_however_they_are_spelt(spelling: str | None, language: Language | None) -> None:
    assert language_of(spelling) is language


def test_every_language_has_a_voice() -> None:
    assert [language_of_voice(voice_name(language)) for language in Language] == list(Language)
    assert language_of_voice("another") is None

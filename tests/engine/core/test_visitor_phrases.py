"""The words around a unit and a name."""

from __future__ import annotations

import pytest

from voice_engine.core.directory import Directory, Found, Nothing
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Language
from voice_engine.core.visitor_phrases import PHRASES, common_words

HOUSE = Directory.from_units([UnitSettings("501", ("Daniel Souza",), ("x",)), UnitSettings("302", (), ("x",))])
NUMBER = {Language.ENGLISH: "five zero one", Language.PORTUGUESE: "cinco zero um"}


@pytest.mark.parametrize("language", Language)
def test_a_unit_or_a_resident_is_found_behind_every_opening(language: Language) -> None:
    phrases = PHRASES[language]
    for opening in phrases.openings:
        for said in (NUMBER[language], "daniel", *(f"{word} {NUMBER[language]}" for word in phrases.housing)):
            for sentence in (f"{opening} {said}", f"{phrases.greetings[0]} {opening} {said} {phrases.closings[0]}"):
                match = HOUSE.find(sentence, language)
                assert isinstance(match, Found), sentence
                assert match.unit.number == "501"


@pytest.mark.parametrize("language", Language)
def test_greetings_and_asides_name_nobody(language: Language) -> None:
    phrases = PHRASES[language]
    for said in (*phrases.greetings, *phrases.asides, *phrases.closings):
        assert HOUSE.find(said, language) == Nothing()


@pytest.mark.parametrize("language", Language)
def test_common_words_are_folded(language: Language) -> None:
    assert {"please", "apartment"} <= common_words(PHRASES[Language.ENGLISH])
    assert {"obrigado", "pro", "numero"} <= common_words(PHRASES[Language.PORTUGUESE])
    assert all(word.isascii() for word in common_words(PHRASES[language]))

"""What a recogniser is told to expect is understood as it is meant."""

from __future__ import annotations

import pytest

from voice_engine.core.directory import Directory, Nothing
from voice_engine.core.facts import Asked, Intent
from voice_engine.core.intent_sentences import INTENT_SENTENCES
from voice_engine.core.transcript import Language
from voice_engine.core.visit import understand_visitor

NOBODY = Directory.from_units(())


@pytest.mark.parametrize("language", Language)
def test_all_kinds_of_visits_are_expected_and_no_sentence_names_a_home(language: Language) -> None:
    told = [understand_visitor(said, language, NOBODY, Asked.INTENT) for said in INTENT_SENTENCES[language]]
    assert {facts.intent for facts in told} == {None, *Intent}
    assert all(facts.match == Nothing() and facts.visitor is None for facts in told)
    assert sum(facts.intent is None for facts in told) <= 10

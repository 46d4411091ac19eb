"""The packs that come with the engine."""

from __future__ import annotations

import re
from itertools import product

import pytest

from voice_engine.backends.prompt_packs import load_pack
from voice_engine.core.directory import Found, Unit
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.prompts import WITH_UNIT, Prompt
from voice_engine.core.spelling import digit_by_digit
from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer, classify_answer

U501 = Unit("501", ("Daniel Souza",), ("x",))
MOST_WORDS_KNOWN = 32
"""With everything told: whoever knows who is there listens longer."""
MOST_WORDS = 19
"""About six seconds of a calm voice: people decide whether to listen or to hang up."""


@pytest.mark.parametrize("language", Language)
def test_every_language_has_its_pack(language: Language) -> None:
    pack = load_pack(language)
    assert pack.language is language
    for prompt in Prompt:
        said = pack.render(prompt, unit="501")
        assert (digit_by_digit("501", language) in said) == (prompt in WITH_UNIT)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("prompt", Prompt)
def test_no_sentence_of_the_door_would_open_it(language: Language, prompt: Prompt) -> None:
    """Should the engine ever hear itself, it must not take its own words for the resident's."""
    said = load_pack(language).render(prompt, unit="501")
    assert classify_answer(said, language) is not Answer.GRANT
    assert classify_answer(said.replace("?", "."), language) is not Answer.GRANT


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("prompt", [Prompt.QUESTION, Prompt.QUESTION_KEYPAD, Prompt.MORE_INFO])
def test_what_is_known_is_told_in_whole_sentences(language: Language, prompt: Prompt) -> None:
    pack = load_pack(language)
    homes = (Found(U501), Found(U501, "Daniel Souza"))
    for known in product((None, *Intent), (None, "Rui Costa"), (None, "Correios"), homes):
        facts = Facts(*known)
        said = pack.render(prompt, "501", facts)
        assert said == " ".join(said.split())
        assert not re.search(r" [,.;]|,,|,\.|[\[\]{}|]", said)
        for fact in (facts.visitor, facts.company, facts.resident):
            assert fact is None or said.count(fact) == 1
        assert len(said.split()) <= MOST_WORDS_KNOWN
        assert classify_answer(said.replace("?", "."), language) is not Answer.GRANT


@pytest.mark.parametrize(
    ("language", "facts", "said"),
    [
        (Language.ENGLISH, Facts(Intent.DELIVERY, None, "Correios"), "A delivery from Correios for five zero one."),
        (
            Language.ENGLISH,
            Facts(Intent.VISIT, "Carlos", None, Found(U501, "Daniel Souza")),
            "Carlos is here to see Daniel Souza in five zero one.",
        ),
        (Language.ENGLISH, Facts(Intent.SERVICE), "Someone is here to do some work for five zero one."),
        (Language.ENGLISH, Facts(), "A visitor for five zero one."),
        (Language.PORTUGUESE, Facts(Intent.DELIVERY, None, "iFood"), "Entrega da empresa iFood para o cinco zero um."),
        (
            Language.PORTUGUESE,
            Facts(Intent.VISIT, "Carlos", None, Found(U501, "Daniel Souza")),
            "Carlos veio visitar Daniel Souza, do cinco zero um.",
        ),
        (
            Language.PORTUGUESE,
            Facts(Intent.SERVICE, None, "Sabesp"),
            "Alguém, da empresa Sabesp, veio fazer um serviço no cinco zero um.",
        ),
        (Language.PORTUGUESE, Facts(), "Visita para o cinco zero um."),
    ],
)
def test_residents_hear_who_is_there(language: Language, facts: Facts, said: str) -> None:
    assert said in load_pack(language).render(Prompt.QUESTION, "501", facts)


@pytest.mark.parametrize("language", Language)
def test_questions_are_short(language: Language) -> None:
    for prompt in (Prompt.QUESTION, Prompt.QUESTION_KEYPAD):
        assert len(load_pack(language).render(prompt, unit="501").split()) <= MOST_WORDS

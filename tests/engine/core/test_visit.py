"""What visitors' words tell: a corpus of sentences, and what holds for any words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from voice_engine.core.directory import Ambiguous, Directory, Found, Match, Mismatch, Nothing, UnknownUnit
from voice_engine.core.facts import Asked, Facts, Intent
from voice_engine.core.numbers import find_numbers
from voice_engine.core.settings import UnitSettings
from voice_engine.core.text import normalise
from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer, classify_answer
from voice_engine.core.visit import LONGEST_NAME, LONGEST_NAME_WORD, understand_visitor

CORPUS = yaml.safe_load(Path(__file__).with_name("visitor_sentences.yaml").read_text("utf-8"))
HOUSE = Directory.from_units(UnitSettings(number, tuple(names), ("x",)) for number, names in CORPUS["units"].items())
SENTENCES = [
    pytest.param(Language(language), entry, id=f"{language}-{entry['say']}")
    for language, entries in CORPUS["sentences"].items()
    for entry in entries
]
SAID = [(Language(language), entry) for language, entries in CORPUS["sentences"].items() for entry in entries]
TEXTS = st.one_of(
    st.text(), st.lists(st.sampled_from([entry["say"] for _, entry in SAID]), min_size=1, max_size=3).map(" ".join)
)


def told(facts: Facts) -> dict[str, Any]:
    """What the corpus writes of facts."""
    known = {"intent": facts.intent and facts.intent.value, "visitor": facts.visitor, "company": facts.company}
    return {key: value for key, value in {**known, **where(facts.match)}.items() if value is not None}


def where(match: Match) -> dict[str, Any]:
    """What the corpus writes of a match."""
    match match:
        case Found(unit=unit, resident=resident):
            return {"unit": unit.number, "resident": resident}
        case Mismatch(unit=unit, residents=residents):
            return {"mismatch": unit.number, "not": list(residents)}
        case UnknownUnit(number=number):
            return {"unknown": number}
        case Ambiguous(units=units):
            return {"several": [unit.number for unit in units]}
        case Nothing():
            return {}


def plain(text: str) -> str:
    """Without case, accents and punctuation, but for apostrophes, which make words."""
    return "'".join(map(normalise, text.split("'")))


def understood(text: str, language: Language, entry: dict[str, Any]) -> dict[str, Any]:
    """What ``text`` tells as the answer to what ``entry`` was asked."""
    return told(understand_visitor(text, language, HOUSE, Asked(entry.get("asked", "whom"))))


@pytest.mark.parametrize(("language", "entry"), SENTENCES)
def test_sentences(language: Language, entry: dict[str, Any]) -> None:
    expected = {key: value for key, value in entry.items() if key not in {"say", "asked"}}
    assert understood(entry["say"], language, entry) == expected


def test_the_corpus_is_large_and_tells_everything() -> None:
    assert len(SENTENCES) >= 200
    for language in Language:
        entries = [entry for spoken, entry in SAID if spoken is language]
        assert {entry.get("intent") for entry in entries} == {*Intent, None}
        assert all(
            any(key in entry for entry in entries) for key in ("visitor", "company", "unknown", "several", "not")
        )
        assert {entry.get("asked") for entry in entries} == {"name", "intent", None}


@given(st.sampled_from(SAID), st.sampled_from([str.upper, str.lower, str.title, plain]))
def test_case_accents_and_punctuation_do_not_matter(said: tuple[Language, dict[str, Any]], change: Any) -> None:
    language, entry = said
    if set(entry["say"]) & set("[]()*♪"):
        return  # these are no punctuation, but say that nobody spoke
    before, after = (understood(text, language, entry) for text in (entry["say"], change(entry["say"])))
    for facts in (before, after):
        facts["visitor"] = normalise(facts.get("visitor", ""))
    assert after == before


@given(TEXTS, st.sampled_from(Language), st.sampled_from(Asked))
def test_any_words_are_borne(text: str, language: Language, asked: Asked) -> None:
    facts = understand_visitor(text, language, HOUSE, asked)
    if facts.visitor is not None:
        assert facts.visitor.translate(dict.fromkeys(map(ord, " '\u2019"))).isalpha()
        assert len(facts.visitor.split()) <= LONGEST_NAME + 2
        assert all(len(word) <= LONGEST_NAME_WORD for word in facts.visitor.split())
        assert classify_answer(facts.visitor, language) is Answer.UNCLEAR, "it is spoken before the resident answers"


@given(TEXTS, TEXTS, st.sampled_from(Language), st.sampled_from(Asked))
def test_what_is_known_is_never_overwritten_by_what_is_not(
    first: str, second: str, language: Language, asked: Asked
) -> None:
    known = understand_visitor(first, language, HOUSE)
    newer = understand_visitor(second, language, HOUSE, asked)
    both = known.merge(newer)
    assert known.merge(Facts()) == known
    assert Facts().merge(known) == known
    assert both.intent == (newer.intent or known.intent)
    assert both.visitor == (newer.visitor or known.visitor)
    assert both.company == (newer.company or known.company)
    assert not isinstance(both.match, Nothing) or isinstance(known.match, Nothing)


def test_a_unit_repeated_keeps_its_resident() -> None:
    known = understand_visitor("visiting daniel", Language.ENGLISH, HOUSE)
    assert known.merge(understand_visitor("apartment 501", Language.ENGLISH, HOUSE)).resident == "Daniel Souza"
    assert known.merge(understand_visitor("apartment 302", Language.ENGLISH, HOUSE)).resident is None


@given(st.integers(0, 99999), st.sampled_from(["entrega para o apartamento {}", "apto {}", "vim visitar o {}"]))
def test_no_unit_is_matched_by_likeness(number: int, sentence: str) -> None:
    match = understand_visitor(sentence.format(number), Language.PORTUGUESE, HOUSE).match
    units = {"".join(filter(str.isdigit, unit.number)): unit for unit in HOUSE.units}
    if isinstance(match, Found):
        assert "".join(filter(str.isdigit, match.unit.number)) == str(number)
    else:
        assert str(number) not in units or isinstance(match, Ambiguous | UnknownUnit)


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=2), st.sampled_from(Language))
@example("um", Language.PORTUGUESE)
@example("um", Language.ENGLISH)
def test_a_letter_or_two_name_nobody(text: str, language: Language) -> None:
    """Unless they are a number: alone, ``um`` answers which apartment, and this house has no such one."""
    number = find_numbers([text], language)
    expected = UnknownUnit(number[0].digits) if number else Nothing()
    facts = understand_visitor(text, language, HOUSE)
    assert (facts.match, facts.intent) == (expected, None)


def test_a_number_that_stands_alone_is_a_unit() -> None:
    """Among other words it is an article."""
    house = Directory.from_units([UnitSettings("1", ("Daniel",), ("x",))])
    assert isinstance(understand_visitor("um", Language.PORTUGUESE, house).match, Found)
    assert isinstance(understand_visitor("sou um entregador", Language.PORTUGUESE, house).match, Nothing)

"""Companies as recognisers write them."""

from __future__ import annotations

from voice_engine.core.companies import COMPANIES, LONGEST_COMPANY
from voice_engine.core.facts import Intent
from voice_engine.core.text import tokens
from voice_engine.core.visitor_phrases import PHRASES


def test_every_spelling_is_as_words_are_compared() -> None:
    for words in COMPANIES:
        assert tokens(" ".join(words)) == words
        assert 0 < len(words) <= LONGEST_COMPANY


def test_a_company_that_is_also_a_common_answer_or_name_counts_only_behind_from() -> None:
    names = {company.name for company in COMPANIES.values() if company.everyday}
    assert {"Claro", "Oi", "Vivo", "TIM", "Net"} <= names
    greetings = {tokens(greeting) for phrases in PHRASES.values() for greeting in phrases.greetings}
    assert all(company.everyday for words, company in COMPANIES.items() if words in greetings)


def test_companies_tell_what_their_people_come_for() -> None:
    implied = {company.name: company.implies for company in COMPANIES.values()}
    assert implied["Correios"] is implied["FedEx"] is Intent.DELIVERY
    assert implied["Sabesp"] is implied["Claro"] is Intent.SERVICE
    assert implied["Uber"] is None, "a driver brings and fetches people"

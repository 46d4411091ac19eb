"""Facts told in several turns."""

from __future__ import annotations

from voice_engine.core.directory import Ambiguous, Found, Nothing, Unit, UnknownUnit
from voice_engine.core.facts import Facts, Intent

U501 = Unit("501", ("Daniel Souza", "Maria Souza"), ("x",))
U302 = Unit("302", ("Carlos Lima",), ("x",))


def test_facts_told_one_by_one_come_together() -> None:
    told = (Facts(intent=Intent.DELIVERY), Facts(company="iFood"), Facts(visitor="Rui"), Facts(match=Found(U501)))
    facts = Facts()
    for newer in told:
        facts = facts.merge(newer)
    assert facts == Facts(Intent.DELIVERY, "Rui", "iFood", Found(U501))


def test_what_is_told_later_corrects_what_was_told_before() -> None:
    first = Facts(Intent.DELIVERY, "Rui", "iFood", Found(U501, "Daniel Souza"))
    later = Facts(Intent.VISIT, "Ana", "Rappi", Found(U302))
    assert first.merge(later) == later
    assert first.merge(Facts(match=UnknownUnit("999"))).match == UnknownUnit("999")
    assert first.merge(Facts(match=Ambiguous((U501, U302)))).match == Ambiguous((U501, U302))


def test_a_unit_told_again_keeps_its_resident_until_another_is_named() -> None:
    daniel = Facts(match=Found(U501, "Daniel Souza"))
    assert daniel.merge(Facts(match=Found(U501))).resident == "Daniel Souza"
    assert daniel.merge(Facts(match=Found(U501, "Maria Souza"))).resident == "Maria Souza"
    assert daniel.merge(Facts(match=Found(U302))).resident is None
    assert daniel.merge(Facts(match=Nothing())) == daniel


def test_a_resident_is_known_only_with_the_unit() -> None:
    assert Facts(match=UnknownUnit("999")).resident is None
    assert Facts().resident is None

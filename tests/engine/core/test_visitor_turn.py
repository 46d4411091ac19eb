"""What visitors' answers mean, by the question."""

from __future__ import annotations

import pytest

from voice_engine.core.choices import choices
from voice_engine.core.directory import Ambiguous, Directory, Found, Nothing
from voice_engine.core.facts import Intent
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Language, Question, Transcript
from voice_engine.core.visitor_turn import visitor_turn

HOUSE = Directory.from_units(
    (UnitSettings("302", ("Ana Clara",), ("x",)), UnitSettings("303", ("Ana Beatriz",), ("y",)))
)
U302, U303 = HOUSE.units


def test_a_bare_name_is_the_visitors_when_that_was_asked() -> None:
    assert visitor_turn(Question.NAME, Transcript("carlos", 0.9), Language.ENGLISH, HOUSE).facts.visitor == "Carlos"
    assert visitor_turn(Question.UNIT, Transcript("carlos", 0.9), Language.ENGLISH, HOUSE).facts.visitor is None


def test_a_hint_is_an_intent_when_that_was_asked() -> None:
    said = Transcript("family", 0.9)
    assert visitor_turn(Question.INTENT, said, Language.ENGLISH, HOUSE).facts.intent is Intent.VISIT
    assert visitor_turn(Question.UNIT, said, Language.ENGLISH, HOUSE).facts.intent is None


@pytest.mark.parametrize(("confidence", "sure"), [(0.5, False), (0.59, False), (0.6, True), (1.0, True)])
def test_words_hardly_heard_are_doubtful(confidence: float, sure: bool) -> None:
    assert visitor_turn(Question.UNIT, Transcript("302", confidence), Language.ENGLISH, HOUSE).sure is sure


def test_yes_and_no_count_only_where_they_were_asked_for() -> None:
    assert visitor_turn(Question.CONFIRMATION, Transcript("yes", 0.9), Language.ENGLISH, HOUSE).agreed is True
    assert visitor_turn(Question.UNIT, Transcript("yes", 0.9), Language.ENGLISH, HOUSE).agreed is None


@pytest.mark.parametrize(("said", "unit"), [("beatriz", U303), ("the first", U302), ("apartment 302", U302)])
def test_an_answer_is_looked_for_among_what_was_offered(said: str, unit: object) -> None:
    several = HOUSE.find("ana", Language.ENGLISH)
    assert isinstance(several, Ambiguous)
    turn = visitor_turn(Question.UNIT, Transcript(said, 0.9), Language.ENGLISH, HOUSE, choices(several))
    assert isinstance(turn.match, Found)
    assert turn.match.unit is unit
    assert turn.facts.match == turn.match


def test_what_names_nobody_names_nobody() -> None:
    assert visitor_turn(Question.UNIT, Transcript("hello", 0.9), Language.ENGLISH, HOUSE).match == Nothing()

"""Grammars: they accept what should be heard, and nothing from the settings can forge them."""

from __future__ import annotations

import re

import pytest

from voice_engine.core.answer_sentences import answer_sentences
from voice_engine.core.grammar import jsgf
from voice_engine.core.spelling import spoken_forms
from voice_engine.core.transcript import Expectation, Language, Question

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
_LINE = re.compile(r"(?:public )?<(\w+)> = ([^;]+);")


class Grammar:
    """A grammar as a pattern over words; fails on lines that are not JSGF."""

    def __init__(self, text: str) -> None:
        header, name, *lines = text.splitlines()
        assert header == "#JSGF V1.0;"
        assert name == "grammar expectation;"
        assert lines[-1].startswith("public <expected> = ")
        self.rules = dict(self._rule(line) for line in lines)
        self._pattern = re.compile(self._translated("expected"))

    @staticmethod
    def _rule(line: str) -> tuple[str, str]:
        match = _LINE.fullmatch(line)
        assert match is not None, line
        return match[1], match[2]

    def _translated(self, rule: str) -> str:
        def term(match: re.Match[str]) -> str:
            token = match[1]
            if token.startswith("<"):
                return self._translated(token[1:-1])
            return {"(": "(?:", "[": "(?:", ")": ")", "]": ")?", "|": "|"}.get(token) or re.escape(token) + " "

        return "(?:" + re.sub(r"\s*(<\w+>|[()\[\]|]|[^\s()\[\]|<>]+)\s*", term, self.rules[rule]) + ")"

    def accepts(self, sentence: str) -> bool:
        """Whether the grammar has ``sentence``."""
        return self._pattern.fullmatch(sentence + " ") is not None


def visit(*units: str, names: tuple[str, ...] = (), language: Language = ENGLISH) -> Grammar:
    """The grammar of the visitor's question."""
    return Grammar(jsgf(Expectation(Question.UNIT, language, units, names)))


@pytest.mark.parametrize("language", Language)
def test_every_expected_answer_is_accepted_and_no_other(language: Language) -> None:
    grammar = Grammar(jsgf(Expectation(Question.ANSWER, language)))
    for sentence in answer_sentences(language):
        assert grammar.accepts(sentence)
    assert not grammar.accepts("yes let me")
    assert not grammar.accepts("")


@pytest.mark.parametrize(
    "sentence",
    [
        "five zero one",
        "five oh one",
        "five hundred and one",
        "twelve oh three",
        "twelve hundred three",
        "one two zero three",
        "twelve b",
        "i have a delivery for apartment five zero one",
        "hello i'm here to see daniel",
        "daniel souza",
        "visiting daniel in five zero one",
        "good morning daniel souza at apartment five zero one please",
        "hello",
        "i don't know",
    ],
)
def test_visits_are_accepted(sentence: str) -> None:
    assert visit("501", "1203", "12B", names=("Daniel Souza",)).accepts(sentence)


@pytest.mark.parametrize("language", Language)
def test_all_forms_of_all_units_are_accepted(language: Language) -> None:
    units = (*map(str, range(1, 1300, 7)), *map(str, range(1900, 10_000, 97)), "9000", "12B", "C-7", "05")
    grammar = visit(*units, language=language)
    for unit in units:
        for form in spoken_forms(unit, language):
            if "o" not in form.split():  # sounds like "oh", which is there
                assert grammar.accepts(form), form


def test_numbers_of_the_same_shape_are_heard_and_of_another_are_not() -> None:
    grammar = visit("501")
    assert grammar.accepts("nine nine nine")
    assert grammar.accepts("seven hundred and four")
    assert not grammar.accepts("nine nine")
    assert not grammar.accepts("twelve oh three")
    assert not grammar.accepts("five zero one for")


def test_size_hardly_grows_with_the_house() -> None:
    def units(floors: int) -> tuple[str, ...]:
        return tuple(f"{floor}{home:02}" for floor in range(1, floors + 1) for home in range(1, 11))

    assert visit(*units(90)).rules["unit"] == visit(*units(30)).rules["unit"]
    assert len(visit(*units(30)).rules["unit"]) < 1000


def test_where_no_unit_can_be_said_none_is_expected() -> None:
    expectation = Expectation(Question.UNIT, ENGLISH, ("Kztr",), ())
    grammar = Grammar(jsgf(expectation, lambda word: word != "kztr"))
    assert grammar.accepts("hello")
    assert grammar.accepts("i don't know")
    assert not grammar.accepts("apartment kztr")
    by_name = Grammar(jsgf(Expectation(Question.UNIT, ENGLISH, (), ("Daniel Souza",))))
    assert by_name.accepts("i am here to see daniel")
    assert not by_name.accepts("apartment")


def test_without_known_names_none_are_expected() -> None:
    expectation = Expectation(Question.UNIT, ENGLISH, ("501",), ("Xqzk Wvrt",))
    grammar = Grammar(jsgf(expectation, lambda word: word not in {"xqzk", "wvrt"}))
    assert not grammar.accepts("")
    assert grammar.accepts("for apartment five zero one")
    assert not grammar.accepts("visiting xqzk")


def test_phrases_with_unknown_words_are_left_out_and_the_others_stay() -> None:
    expectation = Expectation(Question.UNIT, ENGLISH, ("501",), ("Daniel Wvrt",))
    grammar = Grammar(jsgf(expectation, lambda word: word not in {"wvrt", "parcel"}))
    assert grammar.accepts("visiting daniel")
    assert not grammar.accepts("daniel wvrt")
    assert not grammar.accepts("i have a parcel for five zero one")
    assert grammar.accepts("i have a package for five zero one")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Bob; public <expected> = no", "bob public expected no"),
        ("Anne-Marie (Jones) | [x] *+ /1/ \\ {tag} #", "anne marie jones x tag"),
        ("Sinéad O'Connor", "sinéad o'connor"),
        ('"Al" // comment', "al comment"),
    ],
)
def test_nothing_in_a_name_is_taken_for_a_sign_of_the_grammar(name: str, said: str) -> None:
    grammar = visit("501", names=(name,))
    assert grammar.accepts(said)
    assert grammar.accepts(f"visiting {said} in five zero one")
    assert not grammar.accepts("no")


def test_units_with_signs_are_spelled_in_words() -> None:
    assert visit("B/32; <x>").accepts("b three two x")


@pytest.mark.parametrize(
    ("question", "said", "accepted"),
    [
        (Question.INTENT, "it's a delivery", True),
        (Question.INTENT, "i'm the plumber", True),
        (Question.INTENT, "no it's apartment five zero one", True),
        (Question.INTENT, "five zero one", False),  # nobody asked for a number
        (Question.INTENT, "yes", False),
        (Question.CONFIRMATION, "that's right", True),
        (Question.CONFIRMATION, "no it's five zero one", True),
        (Question.CONFIRMATION, "five zero one", True),
        (Question.CONFIRMATION, "a delivery", False),
        (Question.UNIT, "block b", True),
        (Question.UNIT, "block c", False),
    ],
)
def test_other_questions_have_answers_of_their_own(question: Question, said: str, accepted: bool) -> None:
    grammar = Grammar(jsgf(Expectation(question, ENGLISH, ("501", "B-32"), ("Daniel Souza",))))
    assert grammar.accepts(said) is accepted


def test_without_units_only_the_question_itself_is_answered() -> None:
    grammar = Grammar(jsgf(Expectation(Question.INTENT, PORTUGUESE)))
    assert grammar.accepts("é uma entrega")
    assert not grammar.accepts("apartamento")


def test_short_names_are_only_expected_in_full() -> None:
    grammar = visit("501", names=("Jo Li Wong",))
    assert grammar.accepts("jo li wong")
    assert grammar.accepts("wong")
    assert not grammar.accepts("jo")

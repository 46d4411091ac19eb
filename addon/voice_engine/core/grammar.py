"""Grammars for recognisers that hear only what they are told to expect, in JSGF (JSpeech Grammar Format).

A recogniser's work grows with the alternatives at each point of a sentence. So phrases are written as prefix trees, and
units by the shapes of their numbers, not one by one: 300 flats cost little more than three. It is safer, too: a number
that no flat has is heard as what it is, and a mumbled one rather as nobody's than as a neighbour's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from voice_engine.core.answer_sentences import answer_sentences
from voice_engine.core.confirmation import SENTENCES
from voice_engine.core.intent_sentences import CORRECTIONS, INTENT_SENTENCES
from voice_engine.core.numbers import number_words
from voice_engine.core.residents import SHORTEST_WORD
from voice_engine.core.spelling import spoken_forms
from voice_engine.core.text import pieces
from voice_engine.core.transcript import Expectation, Question
from voice_engine.core.visitor_phrases import PHRASES

type IsKnown = Callable[[str], bool]
"""Whether a recogniser's dictionary has a word, given in lower case."""
type _Tree = dict[str, _Tree]
"""How phrases go on from one point, by their next word; the empty word ends one."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
"""All that is taken over from a phrase: nothing in the settings may forge the grammar's own signs."""


def jsgf(expectation: Expectation, is_known: IsKnown = lambda _word: True) -> str:
    """Write the grammar of ``expectation``; phrases with a word that is not known are left out."""
    if expectation.question is Question.ANSWER:
        rules = {"answer": _spelled(answer_sentences(expectation.language), is_known)}
        expected = "<answer>"
    elif expectation.question in (Question.CONFIRMATION, Question.INTENT):
        rules = _visit_rules(expectation, is_known)
        listed = SENTENCES if expectation.question is Question.CONFIRMATION else INTENT_SENTENCES
        rules["sentence"] = _spelled(listed[expectation.language], is_known)
        rules["correction"] = _spelled(CORRECTIONS[expectation.language], is_known)
        # A bare number is an answer only where one was asked about: sighs are soon taken for numbers.
        announced = "[<correction>] [<housing>]" if listed is SENTENCES else "( <correction> [<housing>] | <housing> )"
        expected = f"<sentence> | {announced} <unit>" if rules["unit"] else "<sentence>"
    else:
        rules = _visit_rules(expectation, is_known)
        expected = _visit(bool(rules["unit"]), bool(rules["name"]))
    lines = [f"<{name}> = {_alternatives(_tree(phrases)) or '<NULL>'};" for name, phrases in rules.items()]
    return "\n".join(["#JSGF V1.0;", "grammar expectation;", *lines, f"public <expected> = {expected};", ""])


def _visit(units: bool, names: bool) -> str:
    """Write whole sentences; each mention of a rule copies it into the recogniser's network, so there are few."""
    options = []
    if units:
        options.append("[<name> [<link>]] [<housing>] <unit>" if names else "[<housing>] <unit>")
    if names:
        options.append("<name>")
    visits = [f"[<greeting>] [<opening>] ( {' | '.join(options)} ) [<closing>]"] if options else []
    return " | ".join([*visits, "<greeting>", "<aside>"])


def _visit_rules(expectation: Expectation, is_known: IsKnown) -> dict[str, list[list[str]]]:
    phrases = PHRASES[expectation.language]
    numbers = number_words(expectation.language)
    shapes = numbers.shapes()
    shape_of = {word: f"<{shape}>" for shape, words in shapes.items() for word in words}
    # 3 to 9 are said in the same shapes as 2, while 0 and 1 have shapes of their own: 501 is said like 201, 512 is not.
    alike = dict.fromkeys(re.sub("[3-9]", "2", unit) for unit in expectation.units)
    units = _spelled(
        (form for unit in alike for form in spoken_forms(unit, expectation.language)),
        # Of words that sound the same one is enough: two would share the recogniser's confidence.
        lambda word: is_known(word) and word not in numbers.inner_zeros[1:],
    )
    rules = {
        **shapes,
        "name": [form for name in expectation.names for form in _name_forms(name)],
        "greeting": phrases.greetings,
        "opening": phrases.openings,
        "housing": (*phrases.housing, *phrases.blocks),
        "link": phrases.links,
        "closing": phrases.closings,
        "aside": (*phrases.asides, *_blocks(expectation)),
    }
    return {
        **{name: _spelled(said, is_known) for name, said in rules.items()},
        "unit": [[shape_of.get(word, word) for word in words] for words in units],
    }


def _blocks(expectation: Expectation) -> Iterator[str]:
    """A block alone, which answers in which of several a unit stands."""
    letters = {part for unit in expectation.units for part in pieces(unit) if len(part) == 1 and part.isalpha()}
    for letter in sorted(letters):
        yield from (f"{word} {letter}" for word in PHRASES[expectation.language].blocks)


def _name_forms(name: str) -> Iterator[str]:
    """The full name, and each name in it that is enough to be found by."""
    yield name
    yield from (word for word in _WORD.findall(name) if len(word) >= SHORTEST_WORD)


def _spelled(phrases: Iterable[str], is_known: IsKnown) -> list[list[str]]:
    spelled = (_WORD.findall(phrase.lower()) for phrase in phrases)
    return [words for words in spelled if words and all(map(is_known, words))]


def _tree(phrases: Iterable[list[str]]) -> _Tree:
    root: _Tree = {}
    for phrase in phrases:
        tree = root
        for word in [*phrase, ""]:
            tree = tree.setdefault(word, {})
    return root


def _alternatives(tree: _Tree) -> str:
    return " | ".join(f"{word} {_rest(tree[word])}".rstrip() for word in tree if word)


def _rest(tree: _Tree) -> str:
    """Write what may follow a word, as one term."""
    following = _alternatives(tree)
    if "" in tree:
        return following and f"[{following}]"
    return following if len(tree) == 1 else f"({following})"

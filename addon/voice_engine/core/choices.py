"""Which of several: what a stranger may be told to choose from, and which of it was chosen.

A doorman does not read a list of residents to whoever rings. So a name is told only if it holds what the visitor said
themselves, shortened to what sets it apart, and never more than a few are told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from voice_engine.core.directory import Ambiguous, Found, Namesake, Unit
from voice_engine.core.introductions import COMMON
from voice_engine.core.letters import with_letters
from voice_engine.core.mentions import BLOCKS, PLACE_WORDS
from voice_engine.core.residents import Resident, Residents
from voice_engine.core.spelling import digit_by_digit
from voice_engine.core.text import pieces, tokens
from voice_engine.core.transcript import Language
from voice_engine.core.visitor_phrases import PHRASES


class ChoiceKind(Enum):
    """What choices differ in."""

    RESIDENT = auto()
    BLOCK = auto()
    UNIT = auto()


MOST_CHOICES: Mapping[ChoiceKind, int] = {ChoiceKind.RESIDENT: 3, ChoiceKind.UNIT: 3, ChoiceKind.BLOCK: 9}
"""More names than that nobody keeps in mind, and too much of the house would be told; blocks stand on their walls."""
_PLACES: Mapping[Language, Mapping[str, int]] = {
    Language.ENGLISH: {"first": 0, "second": 1, "third": 2, "last": -1},
    Language.PORTUGUESE: {
        "primeiro": 0,
        "primeira": 0,
        "segundo": 1,
        "segunda": 1,
        "terceiro": 2,
        "terceira": 2,
        "ultimo": -1,
        "ultima": -1,
    },
}
"""``the first one``, normalised."""
_PARTICLES = frozenset(particle for phrases in PHRASES.values() for particle in phrases.particles)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several homes that may be meant."""

    kind: ChoiceKind
    unit: Unit
    label: str
    """A part of the resident's name, the block's letter, or the unit's number."""
    resident: str | None = None

    @property
    def found(self) -> Found:
        """It was chosen."""
        return Found(self.unit, self.resident, by_name=self.label if self.resident else "")

    def told(self, language: Language) -> str:
        """The choice for a voice to say."""
        return digit_by_digit(self.label, language) if self.kind is ChoiceKind.UNIT else self.label


def choices(match: Ambiguous) -> tuple[Choice, ...]:
    """What the visitor may be asked to choose from; empty where that would tell too much, or nothing."""
    if match.namesakes:
        labels = _labels(match.namesakes)
        found = tuple(
            Choice(ChoiceKind.RESIDENT, namesake.unit, label, namesake.name)
            for namesake, label in zip(match.namesakes, labels, strict=True)
        )
    else:
        blocks = {unit: _block(unit) for unit in match.units}
        # Units that were not named by a number were found by names that are only like what was said.
        kind = ChoiceKind.BLOCK if all(blocks.values()) else ChoiceKind.UNIT
        found = tuple(Choice(kind, unit, blocks[unit] or unit.number) for unit in match.units)
        if len({_digits(unit) for unit in match.units}) > 1:
            return ()
    different = len({choice.label for choice in found}) == len(found)
    return found if different and len(found) <= MOST_CHOICES[found[0].kind] else ()


def _labels(namesakes: Sequence[Namesake]) -> list[str]:
    """Of each name its beginning, up to what was said of it and to where it differs from the others."""
    longest = max(len(namesake.name.split()) for namesake in namesakes)
    told: list[str] = []
    for namesake in namesakes:
        others = [other.name for other in namesakes if other is not namesake]
        lengths = (length for length in range(1, longest + 1) if _tells_apart(namesake, length, others))
        told.append(" ".join(namesake.name.split()[: next(lengths, longest)]))
    return told


def _tells_apart(namesake: Namesake, length: int, others: Sequence[str]) -> bool:
    words = namesake.name.split()[:length]
    holds = set(namesake.said.split()) <= set(words)
    alone = all(tokens(" ".join(words)) != tokens(" ".join(other.split()[:length])) for other in others)
    return holds and alone and tokens(words[-1])[:1] != () and words[-1].lower() not in _PARTICLES


def _digits(unit: Unit) -> str:
    return "".join(filter(str.isdecimal, unit.number))


def _block(unit: Unit) -> str:
    """The letter of the block that a unit's number begins with, or names as one."""
    parts = pieces(unit.number)
    words = set().union(*BLOCKS.values())
    letters = [part for part in parts if len(part) == 1 and part.isalpha()]
    begins = bool(parts) and not parts[0].isdecimal()
    return letters[0].upper() if len(letters) == 1 and (begins or words & set(parts)) else ""


def chosen(text: str, language: Language, offered: Sequence[Choice]) -> Choice | None:
    """The one of ``offered`` that ``text`` names: by name, by letter, or by its place among them."""
    said = tokens(text)
    places = [_PLACES[language][word] for word in said if word in _PLACES[language]]
    if len(places) == 1 and places[0] < len(offered):
        return offered[places[0]]
    if offered[0].kind is ChoiceKind.RESIDENT:
        named = Residents(Resident(choice, choice.resident or "") for choice in offered).named(said, language)
        return named[0].home if len(named) == 1 else None
    return _by_letter(said, language, offered)


def _by_letter(said: Sequence[str], language: Language, offered: Sequence[Choice]) -> Choice | None:
    letters = {_letter(choice): choice for choice in offered}
    words = [word for token in said for word in re.findall(r"[0-9]+|[^0-9]+", token)]
    # An answer to "block A or B" may be the letter's name alone, as if "block" stood before it.
    alone = with_letters(["block", words[-1]], letters, {"block"}, language)[1] if words else ""
    read = [*with_letters(words, letters, BLOCKS[language], language)[:-1], alone]
    announced = [word for before, word in pairwise(read) if before in BLOCKS[language]]
    named = _only(announced, letters) or _only([word for word in read if word not in COMMON[language]], letters)
    # Letters that are words as well, such as "a", are letters at the end: "it is a".
    named = named or _only(read[-1:], letters)
    return letters[named] if named else None


def _only(words: Collection[str], letters: Collection[str]) -> str:
    found = {word for word in words if word in letters}
    return found.pop() if len(found) == 1 else ""


def _letter(choice: Choice) -> str:
    """The letter of a choice's unit, or the word that its block is called by."""
    return next((part for part in pieces(choice.unit.number) if part.isalpha() and part not in PLACE_WORDS), "")

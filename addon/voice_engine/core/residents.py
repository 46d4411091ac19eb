"""Residents found by what was said of their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from voice_engine.core.introductions import COMMON, introductions
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language

SHORTEST_WORD = 3
"""Letters; shorter words are initials, articles and sighs."""
SHORTEST_NEAR_WORD = 5
"""Letters; in shorter names one other letter makes another person."""
NEAR = 85.0
"""Likeness, in per cent, of two words that may be one name misheard."""
SURE = 1.0
"""Score of one name heard exactly; a name nearly heard has to be helped by another."""
MARGIN = 0.5
"""By how much the best has to lead: more than a near name falls short of an exact one."""
LIKENESS_ALONE = 90.0
"""Likeness, in per cent, by which a near name is enough alone, if it is long and no other comes near."""
SHORTEST_ALONE = 7
"""Letters of such a name: Silva is not Silvia, nor Marina Mariana."""
LEAD_ALONE = 10.0
"""By how much, in per cent, such a name has to be more alike than the next."""
_SOUNDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("ph", "f"),
        ("th", "t"),
        ("sh|ch(?=[aeiouy])", "x"),
        ("ch", "c"),
        ("ct", "t"),
        ("pt", "t"),
        ("(?<![cln])h", ""),
        ("y", "i"),
        ("w", "v"),
        ("z", "s"),
        ("c(?=[ei])", "s"),
        ("ck|k|q", "c"),
        ("g(?=[ei])", "j"),
        ("m$", "n"),
        (r"(.)\1+", r"\1"),
    )
)
"""Spellings of one sound in Portuguese and English names: Thiago, Tiago; Souza, Sousa; Yasmin, Iasmim; Chris, Cris."""


@dataclass(frozen=True, slots=True)
class Resident[Home]:
    """Someone who lives somewhere."""

    home: Home
    name: str
    """As the settings spell it."""


@dataclass(frozen=True, slots=True)
class Named[Home]:
    """Whom words may name."""

    residents: tuple[Resident[Home], ...] = ()
    parts: tuple[str, ...] = ()
    """Of each of their names what was said of it, or nearly said; as the settings spell it."""
    exact: bool = False
    """Whether each of them was named by a word that sounds just so."""
    doubtful: bool = False
    """Whether nothing but likeness speaks for them, and another name is like it, too."""


class Residents[Home]:
    """All residents of a directory; never changes."""

    def __init__(self, residents: Iterable[Resident[Home]]) -> None:
        """Index the names by how they sound."""
        by_sound: dict[str, dict[Resident[Home], None]] = defaultdict(dict)
        for resident in residents:
            for word in tokens(resident.name):
                if len(word) >= SHORTEST_WORD:
                    by_sound[_sound(word)][resident] = None
        self._by_sound: Mapping[str, tuple[Resident[Home], ...]] = {
            sound: tuple(named) for sound, named in by_sound.items()
        }
        self._sounds = [sound for sound in by_sound if len(sound) >= SHORTEST_NEAR_WORD]

    def named(self, said: Sequence[str], language: Language, home: Home | None = None) -> tuple[Resident[Home], ...]:
        """Whom the normalised tokens ``said`` may name, in ``home`` or anywhere: several where that is not clear."""
        return self.find(said, language, home).residents

    def find(self, said: Sequence[str], language: Language, home: Home | None = None) -> Named[Home]:
        """As ``named``, with what speaks for them."""
        hits: dict[Resident[Home], list[_Hit]] = defaultdict(list)
        scores: dict[Resident[Home], float] = defaultdict(float)
        support: dict[Resident[Home], float] = defaultdict(float)
        for word in dict.fromkeys(_others(said, language)):
            if len(word) < SHORTEST_WORD:
                continue
            common = word in COMMON[language]
            for hit in self._alike(_sound(word), near=not common):
                for resident in self._by_sound[hit.sound]:
                    (support if common else scores)[resident] += hit.score
                    hits[resident].append(hit)
        for resident, score in support.items():
            # Will Smith may be named by both names, or by smith; what they will do names nobody.
            if resident in scores or score > SURE:
                scores[resident] += score
        leaders = _leaders({who: score for who, score in scores.items() if home is None or who.home == home})
        exactly = [any(hit.exact for hit in hits[who]) for who in leaders]
        return Named(
            leaders,
            tuple(_part(who.name, frozenset(hit.sound for hit in hits[who])) for who in leaders),
            exact=bool(leaders) and all(exactly),
            doubtful=not any(exactly) and any(hit.contested for who in leaders for hit in hits[who]),
        )

    def _alike(self, sound: str, *, near: bool) -> Iterator[_Hit]:
        """Names that sound like ``sound``, or if there are none and ``near`` ones will do, nearly like it."""
        if sound in self._by_sound:
            yield _Hit(sound, SURE, exact=True)
        elif near and len(sound) >= SHORTEST_NEAR_WORD:
            # Daniel and Daniela, Fernando and Fernanda are not one name misheard.
            alike = [
                (name, likeness)
                for name, likeness, _ in process.extract(sound, self._sounds, scorer=fuzz.ratio, limit=None)
                if likeness >= NEAR - LEAD_ALONE and name.endswith("a") == sound.endswith("a")
            ]
            leader = _alone(sound, alike)
            for name, likeness in alike:
                if likeness >= NEAR:
                    yield _Hit(name, SURE if name == leader else likeness / 100, contested=len(alike) > 1)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A name that a word may be."""

    sound: str
    score: float
    exact: bool = False
    contested: bool = False
    """Whether the word is like another name, too."""


def _part(name: str, sounds: frozenset[str]) -> str:
    return " ".join(word for word in name.split() if sounds & {_sound(token) for token in tokens(word)})


def _alone(sound: str, alike: Sequence[tuple[str, float]]) -> str | None:
    """The name, of those ``alike`` with the likest first, that ``sound`` alone is enough for."""
    if not alike:
        return None
    name, likeness = alike[0]
    next_likeness = alike[1][1] if len(alike) > 1 else 0.0
    long = min(len(name), len(sound)) >= SHORTEST_ALONE
    framed = name[0] == sound[0] and name[-1] == sound[-1]
    leads = likeness >= LIKENESS_ALONE and likeness - next_likeness >= LEAD_ALONE
    return name if long and framed and leads else None


def _leaders[Home](scores: Mapping[Resident[Home], float]) -> tuple[Resident[Home], ...]:
    best = max(scores.values(), default=0.0)
    if best < SURE:
        return ()
    return tuple(resident for resident, score in scores.items() if score > best - MARGIN)


def _sound(word: str) -> str:
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def _others(said: Sequence[str], language: Language) -> Iterator[str]:
    """The tokens of ``said`` but for the names by which visitors introduce themselves."""
    own = {index for spans in introductions(said, language) for span in spans for index in span}
    return (word for index, word in enumerate(said) if index not in own)

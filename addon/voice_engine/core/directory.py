"""The directory of units and residents: decides who is meant, and says so where it cannot tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time

from voice_engine.core.errors import SettingsError
from voice_engine.core.hours import Hours
from voice_engine.core.mentions import BLOCKS, PLACE_WORDS, Sentence, read_sentence
from voice_engine.core.residents import Resident, Residents
from voice_engine.core.settings import RingOrder, UnitSettings
from voice_engine.core.text import pieces
from voice_engine.core.transcript import Language
from voice_engine.core.visitor_phrases import PHRASES

type Key = tuple[str, ...]
"""A unit's number without place words, cut where digits and letters meet: ``("12", "b")``."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One home."""

    number: str
    """As the settings spell it; not always a number: ``12B``, ``Penthouse``."""
    residents: tuple[str, ...]
    phones: tuple[str, ...]
    """Asterisk channels; at least one."""
    do_not_disturb: Hours | None = None
    deliveries_at_desk: bool = False
    """Whether deliveries are left at the desk instead of being announced."""
    language: Language | None = None
    """What its residents are spoken to in, where it is not the door's."""
    ring: RingOrder = RingOrder.IN_ORDER

    def rests_at(self, moment: time) -> bool:
        """Whether its hours without disturbance hold at ``moment``, a local time."""
        return self.do_not_disturb is not None and moment in self.do_not_disturb


@dataclass(frozen=True, slots=True)
class Found:
    """Exactly one unit is meant."""

    unit: Unit
    resident: str | None = None
    """The one of its residents who was named, if one was."""
    by_name: str = field(default="", compare=False)
    """The part of a resident's name that alone led here; empty where the unit itself was named."""
    doubtful: bool = field(default=False, compare=False)
    """Whether that name was only like what was said, and not the only one."""


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of several residents who may be meant."""

    unit: Unit
    name: str
    said: str
    """The part of the name that the visitor said."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A unit, and residents of others who were named as if they lived there."""

    unit: Unit
    residents: tuple[str, ...]
    """Those who may be meant; at least one."""


@dataclass(frozen=True, slots=True)
class UnknownUnit:
    """A number was said that no unit has."""

    number: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several units may be meant."""

    units: tuple[Unit, ...]
    namesakes: tuple[Namesake, ...] = field(default=(), compare=False)
    """Where a name was said, those who have it; empty where it was only like theirs."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Neither a unit nor a resident was named."""


type Match = Found | Mismatch | UnknownUnit | Ambiguous | Nothing


@dataclass(frozen=True, slots=True)
class Directory:
    """All units; made by ``from_units``."""

    units: tuple[Unit, ...]
    _by_key: Mapping[Key, Unit] = field(repr=False)
    _lettered: Mapping[str, tuple[Unit, ...]] = field(repr=False)
    """Units that have letters beside these digits."""
    _in_blocks: Mapping[str, tuple[Unit, ...]] = field(repr=False)
    """Units in blocks that have numbers, by what is behind the block's: ``2-101`` by ``101``."""
    _residents: Residents[Unit] = field(repr=False)

    @classmethod
    def from_units(cls, settings: Iterable[UnitSettings]) -> Directory:
        """Index the units. Raises: SettingsError for a unit that cannot be told from another, or cannot be rung."""
        by_key: dict[Key, Unit] = {}
        lettered: dict[str, tuple[Unit, ...]] = defaultdict(tuple)
        in_blocks: dict[str, tuple[Unit, ...]] = defaultdict(tuple)
        for index, entry in enumerate(settings):
            quiet = Hours.from_text(entry.do_not_disturb) if entry.do_not_disturb else None
            at_desk = entry.deliveries == "desk"
            unit = Unit(entry.unit, entry.residents, entry.phones, quiet, at_desk, entry.language, entry.ring)
            key = _key(unit.number)
            if not key:
                raise SettingsError(f"units[{index}].unit", f"{unit.number!r} has neither a digit nor a letter")
            if key in by_key:
                raise SettingsError(f"units[{index}].unit", f"{unit.number} sounds the same as {by_key[key].number}")
            if not unit.phones:
                raise SettingsError(
                    f"units[{index}].phones", "is missing: a unit needs at least one phone, such as PJSIP/501"
                )
            by_key[key] = unit
            digits = "".join(part for part in key if part.isdecimal())
            if digits and len(key) > 1:
                lettered[digits] += (unit,)
            if key == (digits,) and (behind := _behind_block(unit.number)):
                in_blocks[behind] += (unit,)
        units = tuple(by_key.values())
        residents = Residents(Resident(unit, name) for unit in units for name in unit.residents)
        return cls(units, by_key, dict(lettered), dict(in_blocks), residents)

    @property
    def _lengths(self) -> frozenset[int]:
        """How many digits units have."""
        return frozenset(len(part) for key in self._by_key for part in key if part.isdecimal())

    @property
    def _letters(self) -> frozenset[str]:
        """Single letters that units have in their numbers."""
        return frozenset(part for key in self._by_key for part in key if len(part) == 1 and part.isalpha())

    @property
    def _blocks(self) -> frozenset[str]:
        """Words that units have beside their numbers, as blocks that are called by a name give them."""
        return frozenset(part for key in self._by_key for part in key if len(part) > 1 and part.isalpha())

    def find_unit(self, number: str) -> Unit | None:
        """Find the unit of a number as written, or as keyed: without its letters, if that leaves only one unit."""
        key = _key(number)
        lettered = self._lettered.get("".join(key), ())
        return self._by_key.get(key) or (lettered[0] if len(lettered) == 1 else None)

    def find_dialed(self, number: str) -> Match:
        """Find whom a visitor wants who keyed in ``number``, which has no letters."""
        unit = self.find_unit(number)
        if unit is not None:
            return Found(unit)
        several = self._lettered.get(number, ())
        return Ambiguous(several) if several else UnknownUnit(number)

    def is_whole(self, number: str) -> bool:
        """Whether keys name homes, and no more of them would name another."""
        keyed = {"".join(filter(str.isdecimal, unit.number)) for unit in self.units}
        return number in keyed and not any(other != number and other.startswith(number) for other in keyed)

    def is_plausible(self, number: str) -> bool:
        """Whether ``number`` is as long as units' numbers are, and so may be meant as one."""
        return len("".join(filter(str.isdecimal, number))) in self._lengths

    def find(self, text: str, language: Language) -> Match:
        """Find whom a visitor who said ``text`` wants to reach."""
        sentence = read_sentence(text, language, self._letters, self._blocks)
        announced = tuple(index for index in sentence.numbers if index in sentence.announced)
        numbers = announced or sentence.numbers
        meant = dict.fromkeys(unit for index in numbers for unit in self._numbered(sentence, index, language))
        if not meant and not announced:
            meant = dict.fromkeys(self._worded(sentence))
        if len(meant) > 1:
            return Ambiguous(tuple(meant))
        if meant:
            (unit,) = meant
            return self._with_resident(unit, sentence, language)
        unknown = [_label(sentence, index, language) for index in numbers]
        # A number that could be a unit's is not passed over in favour of a name: one of the two was misheard.
        claimed = announced or any(len(sentence.words[index]) in self._lengths for index in numbers)
        match: Match = Nothing() if claimed else self._inhabited(sentence, language)
        return UnknownUnit(max(unknown, key=len)) if unknown and isinstance(match, Nothing) else match

    def _numbered(self, sentence: Sentence, index: int, language: Language) -> tuple[Unit, ...]:
        """Units that the number at ``index`` may mean, with the letters and words around it."""
        number = sentence.words[index]
        if sentence.block:
            in_block = self._existing(_joined(sentence.block, number), _joined(number, sentence.block))
            if in_block:
                return in_block
        keys = [key for start, key in self._keys(sentence) if start <= index < start + len(key)]
        longest = [key for key in keys if len(key) == len(max(keys, key=len))]
        if any(len(key) > 1 for key in longest):
            doubtful = all(set(key) <= {number, *PHRASES[language].letters} for key in longest)
            return self._existing(*longest, *([(number,)] if doubtful else []))
        if letter := _letter(sentence, index, language):
            # 201 B is how people say B-201, too
            return self._existing((letter, number))
        exact = self._existing(*longest)
        behind_block = index > 0 and sentence.words[index - 1] in BLOCKS[language]
        if exact and (behind_block or not all(_behind_block(unit.number) for unit in exact)):
            return exact
        # 1101 may be 1-101, and the home of that number in any block.
        in_blocks = () if sentence.block else self._in_blocks.get(number, ())
        alike = dict.fromkeys((*exact, *self._lettered.get(number, ()), *in_blocks))
        # One alike is not enough: whoever says 12 does not mean 12B, but may mean one of 12A and 12B.
        return tuple(alike) if exact or len(alike) > 1 else ()

    def _with_resident(self, unit: Unit, sentence: Sentence, language: Language) -> Match:
        """Tell who of ``unit`` was named, or who else was instead."""
        named = self._residents.named(sentence.words, language, unit)
        if not named and (others := self._residents.named(sentence.words, language)):
            return Mismatch(unit, tuple(resident.name for resident in others))
        return Found(unit, named[0].name if len(named) == 1 else None)

    def _worded(self, sentence: Sentence) -> Iterator[Unit]:
        """Units without a number, such as ``Penthouse``; a mere letter has to be announced."""
        for start, key in self._keys(sentence):
            mere_letter = len(key) == len(key[0]) == 1
            if not any(map(str.isdecimal, key)) and (not mere_letter or start in sentence.announced):
                yield self._by_key[key]

    def _inhabited(self, sentence: Sentence, language: Language) -> Match:
        """Find the unit of the resident who is named."""
        named = self._residents.find(sentence.words, language)
        homes = tuple(dict.fromkeys(resident.home for resident in named.residents))
        if len(homes) > 1:
            pairs = zip(named.residents, named.parts, strict=True) if named.exact else ()
            return Ambiguous(homes, tuple(Namesake(who.home, who.name, said) for who, said in pairs))
        if not homes:
            return Nothing()
        resident = named.residents[0].name if len(named.residents) == 1 else None
        return Found(homes[0], resident, by_name=named.parts[0], doubtful=named.doubtful)

    def _keys(self, sentence: Sentence) -> Iterator[tuple[int, Key]]:
        """All keys of units that stand in the sentence, with where they start."""
        longest = max(map(len, self._by_key), default=0)
        for start in range(len(sentence.words)):
            for length in range(1, min(longest, len(sentence.words) - start) + 1):
                key = sentence.words[start : start + length]
                if key in self._by_key:
                    yield start, key

    def _existing(self, *keys: Key) -> tuple[Unit, ...]:
        return tuple(dict.fromkeys(self._by_key[key] for key in keys if key in self._by_key))


def _key(number: str) -> Key:
    parts = pieces(number)
    return _joined(*(part for part in parts if part not in PLACE_WORDS)) or parts


def _behind_block(number: str) -> str:
    """``101`` of ``2-101``, whose block has a number as well; empty for all other units."""
    parts = [part for part in pieces(number) if part not in PLACE_WORDS]
    return parts[-1] if len(parts) == 2 and all(map(str.isdecimal, parts)) else ""


def _joined(*parts: str) -> Key:
    """Make neighbouring digits one number, as they are when said."""
    key: list[str] = []
    for part in parts:
        if key and key[-1].isdecimal() and part.isdecimal():
            key[-1] += part
        else:
            key.append(part)
    return tuple(key)


def _letter(sentence: Sentence, index: int, language: Language) -> str:
    """Find the letter beside a number that has no other meaning than to be part of it; not the block's."""
    beside: Sequence[str] = (*sentence.words[index + 1 : index + 2], *sentence.words[max(index - 1, 0) : index])
    letters = (word for word in beside if len(word) == 1 and word.isalpha() and word != sentence.block)
    return next((letter for letter in letters if letter not in PHRASES[language].letters), "")


def _label(sentence: Sentence, index: int, language: Language) -> str:
    return sentence.words[index] + _letter(sentence, index, language).upper()

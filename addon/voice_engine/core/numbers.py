"""Numbers read from what people say, in words or digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voice_engine.core.text import normalise
from voice_engine.core.transcript import Language

_BEYOND = 10_000
"""Numbers in words end here: units with more digits are said digit by digit."""
_WHOLE_DIGITS = frozenset({3, 4})
"""Two neighbours of so many are two numbers: 501, 302. A tower's number has fewer, and a telephone's more."""


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The number words of a language, in its spelling."""

    digits: tuple[str, ...]
    """Zero to nine, as a voice says them one by one."""
    teens: tuple[str, ...]
    """Ten to nineteen."""
    tens: tuple[str, ...]
    """Twenty to ninety."""
    joiner: str
    """May stand between parts of a number: ``and`` in ``five hundred and one``."""
    hundreds: tuple[str, ...] = ()
    """One hundred to nine hundred, where each has its own word."""
    multipliers: Mapping[str, int] = field(default_factory=dict)
    variants: Mapping[str, int] = field(default_factory=dict)
    """Other words for the same values."""
    inner_zeros: tuple[str, ...] = ()
    """Spellings of zero after another digit, the usual first; alone they are no numbers."""
    everyday: frozenset[str] = frozenset()
    """Words that stand alone for something else more often than for a number."""

    def shapes(self) -> Mapping[str, tuple[str, ...]]:
        """Words that may stand for one another in the shape of a number."""
        digits = (word for word, value in self.variants.items() if value < 10)
        return {
            "digit": (*self.digits, *self.inner_zeros[:1], *digits),
            "teen": self.teens,
            "ten": self.tens,
            "hundreds": self.hundreds,
        }


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


ENGLISH = NumberWords(
    digits=_listed("zero one two three four five six seven eight nine"),
    teens=_listed("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"),
    tens=_listed("twenty thirty forty fifty sixty seventy eighty ninety"),
    joiner="and",
    multipliers={"hundred": 100, "thousand": 1000},
    inner_zeros=("oh", "o"),
    everyday=frozenset({"one"}),
)
PORTUGUESE = NumberWords(
    digits=_listed("zero um dois três quatro cinco seis sete oito nove"),
    teens=_listed("dez onze doze treze quatorze quinze dezesseis dezessete dezoito dezenove"),
    tens=_listed("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa"),
    joiner="e",
    hundreds=_listed("cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"),
    multipliers={"mil": 1000},
    variants={
        "uma": 1,
        "duas": 2,
        "meia": 6,
        "catorze": 14,
        "dezasseis": 16,
        "dezassete": 17,
        "dezanove": 19,
        "cem": 100,
    },
    everyday=frozenset({"um", "uma", "duas", "meia"}),
)
_WORDS: Mapping[Language, NumberWords] = {Language.ENGLISH: ENGLISH, Language.PORTUGUESE: PORTUGUESE}


def _values(words: NumberWords) -> dict[str, int]:
    values = {word: value for value, word in enumerate((*words.digits, *words.teens))}
    values |= {word: 10 * ten for ten, word in enumerate(words.tens, start=2)}
    values |= {word: 100 * hundred for hundred, word in enumerate(words.hundreds, start=1)}
    values |= words.variants
    return {normalise(word): value for word, value in values.items()}


_VALUES: Mapping[Language, Mapping[str, int]] = {language: _values(words) for language, words in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """A number found among words."""

    digits: str
    """Joined as said: ``three zero one``, ``3 01`` and ``three hundred and one`` are all ``301``."""
    start: int
    stop: int
    """Its words are ``tokens[start:stop]``."""
    unsure: bool
    """Whether it may as well be no number, as ``um`` in ``sou um entregador``."""


def number_words(language: Language) -> NumberWords:
    """The number words of ``language``."""
    return _WORDS[language]


def find_numbers(tokens: Sequence[str], language: Language) -> tuple[SpokenNumber, ...]:
    """The numbers among normalised ``tokens``, in words or digits; short neighbours are one number."""
    found: list[SpokenNumber] = []
    index = 0
    while index < len(tokens):
        digits, stop = _read_run(tokens, index, language)
        if digits:
            unsure = stop == index + 1 and tokens[index] in _WORDS[language].everyday
            found.append(SpokenNumber(digits, index, stop, unsure))
        index = max(stop, index + 1)
    return tuple(found)


def _read_run(tokens: Sequence[str], start: int, language: Language) -> tuple[str, int]:
    """Digits of all numbers that follow one another from ``start``, and where they stop."""
    digits = ""
    index = start
    while index < len(tokens):
        token = tokens[index]
        if token.isascii() and token.isdecimal():
            part, stop = token, index + 1
        elif digits and token in _WORDS[language].inner_zeros:
            part, stop = "0", index + 1
        else:
            value, stop = _read_cardinal(tokens, index, language)
            part = str(value)
        if stop == index or (len(digits) in _WHOLE_DIGITS and len(part) in _WHOLE_DIGITS):
            break
        digits, index = digits + part, stop
    return digits, index


def _read_cardinal(tokens: Sequence[str], start: int, language: Language) -> tuple[int, int]:
    """Value of the longest number in words at ``start`` and where it stops: at ``start`` where there is none."""
    words, values = _WORDS[language], _VALUES[language]
    if values.get(tokens[start]) == 0:
        return 0, start + 1
    thousands = below = 0
    room = _BEYOND  # what the next word has to be less than in order to belong to this number
    index = start
    while index < len(tokens):
        multiplier = words.multipliers.get(tokens[index])
        if multiplier == 100 and below < 100 and (below or index == start):
            below, room = (below or 1) * 100, 100
        elif multiplier == 1000 and not thousands:
            thousands, below, room = below or 1, 0, 1000
        else:
            joined = index > start and tokens[index] == words.joiner and index + 1 < len(tokens)
            value = values.get(tokens[index + joined], 0)
            if not 0 < value < room:
                break
            below += value
            room = 1 if value < 20 else 10 if value < 100 else 100
            index += joined
        index += 1
    return thousands * 1000 + below, index

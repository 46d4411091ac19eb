"""Numbers that a visitor's sentence mentions, and how: announced as a unit's, as a floor's, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from voice_engine.core.letters import with_letters
from voice_engine.core.numbers import SpokenNumber, find_numbers
from voice_engine.core.text import pieces, tokens
from voice_engine.core.transcript import Language
from voice_engine.core.visitor_phrases import PHRASES

_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th", "o"})
"""``5th floor``, ``5º andar``."""
_HOUSING: Mapping[Language, frozenset[str]] = {
    language: frozenset(word for phrase in phrases.housing for word in tokens(phrase))
    for language, phrases in PHRASES.items()
}
BLOCKS: Mapping[Language, frozenset[str]] = {
    language: frozenset(word for phrase in phrases.blocks for word in tokens(phrase))
    for language, phrases in PHRASES.items()
}
"""Words such as ``tower``, folded."""
PLACE_WORDS = frozenset(word for words in (*_HOUSING.values(), *BLOCKS.values()) for word in words)
"""Words that stand beside a unit's number without being part of it."""
_REFERENCES: Mapping[Language, tuple[tuple[str, ...], ...]] = {
    language: tuple(map(tokens, phrases.references)) for language, phrases in PHRASES.items()
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a visitor said."""

    words: tuple[str, ...]
    """Normalised, letters and digits apart, numbers as digits."""
    numbers: tuple[int, ...]
    """Where in ``words`` the numbers stand that may be a unit's."""
    announced: frozenset[int]
    """Where in ``words`` something stands behind a word such as ``apartment``."""
    block: str
    """The block told apart from the number, as in ``apartment 32 block b``; empty where none was."""


def read_sentence(
    text: str, language: Language, letters: Collection[str] = (), blocks: Collection[str] = ()
) -> Sentence:
    """Find the numbers in what a visitor said, and by their names the ``letters`` that units have.

    ``blocks``: words that blocks are called by, such as ``norte``, beside letters and numbers.
    """
    words = with_letters(_with_digits(pieces(text), blocks, language), letters, BLOCKS[language], language)
    figures = [index for index, word in enumerate(words) if word.isdecimal()]
    others = {i for i in figures if _is_floor(words, i, language) or _is_reference(words, i, language)}
    places = [i for i in range(1, len(words)) if words[i - 1] in PLACE_WORDS and i not in others]
    numbers = [index for index in figures if index not in others]
    block = _block(words, numbers, blocks, language)
    # apartment b 32: the letter is announced, and so is the number behind it
    announced = {*places, *(index + 1 for index in places if len(words[index]) == 1)}
    return Sentence(
        tuple(words),
        tuple(index for index in numbers if index != block),
        frozenset(announced),
        "" if block is None else words[block],
    )


def _with_digits(said: Sequence[str], blocks: Collection[str], language: Language) -> list[str]:
    words: list[str] = []
    end = 0
    for number in _numbers(said, language):
        words += said[end : number.start]
        announced = words and (words[-1] in PLACE_WORDS or words[-1] in blocks)
        counts = not number.unsure or len(said) == 1 or announced
        words += [number.digits] if counts else said[number.start : number.stop]
        end = number.stop
    return [*words, *said[end:]]


def _numbers(said: Sequence[str], language: Language) -> Iterator[SpokenNumber]:
    """The numbers in ``said``; a floor's is one by itself: ``501, 5th floor`` is not 5015."""
    start = 0
    floors = [index for index, word in enumerate(said) if word.isdecimal() and _is_floor(said, index, language)]
    for end in (*(stop for floor in floors for stop in (floor, floor + 1)), len(said)):
        for number in find_numbers(said[start:end], language):
            yield replace(number, start=number.start + start, stop=number.stop + start)
        start = end


def _is_floor(words: Sequence[str], index: int, language: Language) -> bool:
    behind = [word for word in words[index + 1 : index + 3] if word not in _ORDINAL_ENDINGS]
    return bool(behind) and behind[0] in PHRASES[language].floors


def _is_reference(words: Sequence[str], index: int, language: Language) -> bool:
    return any(tuple(words[max(index - len(phrase), 0) : index]) == phrase for phrase in _REFERENCES[language])


def _block(words: Sequence[str], numbers: Sequence[int], blocks: Collection[str], language: Language) -> int | None:
    """Where the block's letter, number or name stands, if a unit's number stands elsewhere."""
    for index in range(1, len(words)):
        named = words[index].isdecimal() or len(words[index]) == 1 or words[index] in blocks
        if named and words[index - 1] in BLOCKS[language] and any(number != index for number in numbers):
            return index
    return None

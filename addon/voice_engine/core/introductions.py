"""Where visitors say their own names: what residents' names are not looked for in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language
from voice_engine.core.visitor_phrases import PHRASES, common_words

LONGEST_NAME = 5
"""Words of a visitor's own name, particles included."""
COMMON: Mapping[Language, frozenset[str]] = {language: common_words(words) for language, words in PHRASES.items()}
"""Words that are no names by themselves."""
_INTRODUCTIONS: Mapping[Language, tuple[tuple[str, ...], ...]] = {
    language: tuple(sorted(map(tokens, phrases.introductions), key=len, reverse=True))
    for language, phrases in PHRASES.items()
}


def introductions(said: Sequence[str], language: Language) -> Iterator[tuple[range, range]]:
    """Find the words by which visitors introduce themselves, and behind them their names, which may be empty."""
    index = 0
    while index < len(said):
        introduction = next(
            (words for words in _INTRODUCTIONS[language] if tuple(said[index : index + len(words)]) == words), ()
        )
        start = index + len(introduction)
        if introduction:
            for optional in (PHRASES[language].articles, PHRASES[language].titles):
                start += start < len(said) and said[start] in optional
            name = name_at(said, start, language)
            yield range(index, start), name
            start = name.stop
        index = max(start, index + 1)


def name_at(said: Sequence[str], start: int, language: Language) -> range:
    """Where the name that begins at ``start`` stands; empty where none does."""
    stop = start
    end = min(start + LONGEST_NAME, len(said))
    while stop < end and not said[stop].isdecimal():
        if said[stop] in COMMON[language] and not (stop > start and _inside_name(said, stop, language)):
            break
        stop += 1
    return range(start, stop)


def _inside_name(said: Sequence[str], index: int, language: Language) -> bool:
    """Whether ``said[index]`` is a particle with another part of the name behind it."""
    following = said[index + 1 : index + 2]
    return said[index] in PHRASES[language].particles and not set(following) & COMMON[language] and bool(following)

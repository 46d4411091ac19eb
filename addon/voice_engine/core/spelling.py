"""A unit's number spelled out: as people say it, and as a voice says it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from voice_engine.core.numbers import ENGLISH, PORTUGUESE, NumberWords, find_numbers, number_words
from voice_engine.core.text import pieces
from voice_engine.core.transcript import Language

_BLOCK = re.compile(
    r"(?:(?P<word>bloco|torre|block|tower)\s+)?(?P<letter>[A-Za-z])[\s,./-]+(?:(?:ap|apto|apt|apartamento|apartment)\.?\s*)?"
    r"(?P<number>[0-9]+[A-Za-z]?)",
    re.IGNORECASE,
)
"""A letter that stands apart before the number: ``B-32``, ``Bloco B 32``."""
_BLOCK_WORDS = {Language.ENGLISH: "block", Language.PORTUGUESE: "bloco"}
_LONGEST_NUMBER = 4
"""Digits; longer units are only said digit by digit."""


def spoken_forms(unit: str, language: Language) -> tuple[str, ...]:
    """The ways people say a unit's number, each of which is read back as that number; the plainest first."""
    parts = pieces(unit)
    said = dict.fromkeys(" ".join(forms) for forms in product(*(_part_forms(part, language) for part in parts)))
    if len(parts) == 1:
        return tuple(said)
    # Parts may run together: twenty and one are 20-1 no longer.
    return tuple(form for form in said if _read_back(form, language) == "".join(parts))


def digit_by_digit(unit: str, language: Language) -> str:
    """A unit's number for a voice to say: each digit as a word, letters as they are, a block after the number."""
    block = _BLOCK.fullmatch(unit.strip())
    if block:
        word = (block["word"] or _BLOCK_WORDS[language]).lower()
        return f"{_digits_as_words(block['number'], language)}, {word} {block['letter'].upper()}"
    # People pause between a tower's number and the home's.
    return _digits_as_words(re.sub(r"(?<=[0-9])[^\w]+(?=[0-9])", ", ", unit), language)


def _digits_as_words(unit: str, language: Language) -> str:
    digits = number_words(language).digits
    parts = re.findall(r"[0-9]|[^\W0-9_]+|,", unit)
    said = " ".join(digits[int(part)] if part.isdecimal() else part for part in parts)
    return said.replace(" ,", ",")


def _read_back(form: str, language: Language) -> str:
    said = pieces(form)
    for number in reversed(find_numbers(said, language)):
        said = (*said[: number.start], number.digits, *said[number.stop :])
    return "".join(said)


def _part_forms(part: str, language: Language) -> Iterable[str]:
    if not part.isdecimal():
        return (part,)
    return _english(part) if language is Language.ENGLISH else _portuguese(part)


def _english(part: str) -> Iterable[str]:
    words = [ENGLISH.digits[int(digit)] for digit in part]
    # o one is no number, one o one is
    for zero in ("zero", *(ENGLISH.inner_zeros if words[0] != "zero" else ())):
        yield " ".join(zero if word == "zero" else word for word in words)
    if part.startswith("0") or len(part) > _LONGEST_NUMBER:
        return
    yield from _english_cardinal(int(part))
    hundreds, rest = divmod(int(part), 100)
    if hundreds and rest:
        # five ten, twelve thirty four, twelve oh three
        last = f"oh {ENGLISH.digits[rest]}" if rest < 10 else _below_hundred(rest, ENGLISH)
        yield f"{_below_hundred(hundreds, ENGLISH)} {last}"
    if hundreds > 10 and hundreds % 10:
        yield from _english_hundreds(hundreds, rest)


def _english_cardinal(value: int) -> Iterable[str]:
    thousands, below = divmod(value, 1000)
    if not thousands:
        return _english_hundreds(*divmod(value, 100))
    head = f"{ENGLISH.digits[thousands]} thousand"
    if below == 0:
        return (head,)
    tails = [*_english_cardinal(below), *([f"and {_below_hundred(below, ENGLISH)}"] if below < 100 else [])]
    return tuple(f"{head} {tail}" for tail in tails)


def _english_hundreds(hundreds: int, rest: int) -> Iterable[str]:
    tail = _below_hundred(rest, ENGLISH)
    if not hundreds:
        return (tail,)
    head = f"{_below_hundred(hundreds, ENGLISH)} hundred"
    return (f"{head} {tail}", f"{head} and {tail}") if rest else (head,)


def _portuguese(part: str) -> Iterable[str]:
    words = [PORTUGUESE.digits[int(digit)] for digit in part]
    for six in ("seis", "meia"):
        yield " ".join(six if word == "seis" else word for word in words)
    if part.startswith("0") or len(part) > _LONGEST_NUMBER:
        return
    yield _portuguese_cardinal(int(part))
    hundreds, rest = divmod(int(part), 100)
    if hundreds and rest:
        # cinco dez, doze trinta e quatro, doze zero três
        last = f"zero {PORTUGUESE.digits[rest]}" if rest < 10 else _below_hundred(rest, PORTUGUESE)
        yield f"{_below_hundred(hundreds, PORTUGUESE)} {last}"


def _portuguese_cardinal(value: int) -> str:
    thousands, below = divmod(value, 1000)
    hundreds, rest = divmod(below, 100)
    words = ["cem" if rest == 0 and hundreds == 1 else PORTUGUESE.hundreds[hundreds - 1]] if hundreds else []
    if rest:
        words.append(_below_hundred(rest, PORTUGUESE))
    if not thousands:
        return " e ".join(words)
    head = "mil" if thousands == 1 else f"{PORTUGUESE.digits[thousands]} mil"
    # mil e duzentos, mil e três, but mil duzentos e três
    return f"{head} {' e '.join(words)}" if len(words) > 1 else " e ".join([head, *words])


def _below_hundred(value: int, words: NumberWords) -> str:
    if value < 20:
        return (*words.digits, *words.teens)[value]
    tens, ones = divmod(value, 10)
    ten = words.tens[tens - 2]
    if not ones:
        return ten
    return f"{ten} {words.joiner} {words.digits[ones]}" if words is PORTUGUESE else f"{ten} {words.digits[ones]}"

"""Sentences with parts that are said only where what they name is known.

``A delivery[ from {company}] for [{resident} in|home] {unit}.``: a part in brackets is said if all it names is known;
else what stands behind its bar, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

_PART = re.compile(r"\[([^\[\]|]*)(?:\|([^\[\]|]*))?\]")


def filled(sentence: str, known: Mapping[str, str]) -> str:
    """Say ``sentence`` with what is ``known``; empty values are not."""

    def chosen(part: re.Match[str]) -> str:
        return part[1] if all(known.get(name) for name in names(part[1])) else part[2] or ""

    return _PART.sub(chosen, sentence).format_map(known)


def names(sentence: str) -> frozenset[str]:
    """What ``sentence`` names in braces. Raises: ValueError for a brace without its partner."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def always_said(sentence: str) -> str:
    """``sentence`` where nothing optional is known. Raises: ValueError for a bracket without its partner."""
    plain = _PART.sub(lambda part: part[2] or "", sentence)
    if set("[]|") & set(plain):
        raise ValueError("a part has to stand in one pair of brackets, with one bar at most")
    return plain


def optional_parts(sentence: str) -> tuple[str, ...]:
    """The parts that are said only where all they name is known."""
    return tuple(part[1] for part in _PART.finditer(sentence))

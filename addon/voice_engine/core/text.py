"""Text as understanding compares it: without case, accents and punctuation, cut into words."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u02bc\u2018\u2019"))
"""Left out, not spaced out: whatever apostrophe a recogniser writes, ``don't`` is one word."""
_PIECE = re.compile(r"[0-9]+|[^0-9]+")


def normalise(text: str) -> str:
    """Lower-case letters and digits without accents, words divided by single spaces."""
    folded = _decomposed(_decomposed(text.translate(_APOSTROPHES)).casefold()).translate(_APOSTROPHES)
    return " ".join("".join(map(_kept, folded)).split())


def tokens(text: str) -> tuple[str, ...]:
    """The words of ``text``, normalised."""
    return tuple(normalise(text).split())


def pieces(text: str) -> tuple[str, ...]:
    """The words of ``text``, normalised, with digits and letters apart: ``12B`` is ``12`` and ``b``."""
    return tuple(piece for token in tokens(text) for piece in _PIECE.findall(token))


def ends_in(text: str, end: str) -> bool:
    """Whether the last words of ``text`` are those of ``end``."""
    last = tokens(end)
    return bool(last) and tokens(text)[-len(last) :] == last


def speakable(text: str) -> str:
    """Text on one line and without control characters; empty where it holds neither letter nor digit."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if any(character.isalnum() for character in line) else ""


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _kept(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return character if character.isalnum() else " "

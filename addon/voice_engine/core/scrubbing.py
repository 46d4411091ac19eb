"""What a service says of a request, without what the request said: no visitor's word may come back in a complaint."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import unquote

from voice_engine.core.text import normalise

CUT = "…"
_LONGEST_READ = 2000
"""Characters of a complaint that are looked at: far more than is told."""
_SHORTEST_PART = 3
"""Letters of a part of a word that count: services cut what they repeat short, in the middle of a word too."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_SPACED = re.compile(r"\\[abfnrtv]")
_WORD = re.compile(r"[^\W_]+")
_CUTS = re.compile(rf"{CUT}(?:[\W_]*{CUT})+")


def scrubbed(complaint: str, sent: Iterable[str]) -> str:
    """``complaint`` without any word of the texts that were ``sent``, and without parts of such words."""
    words = {word for text in sent for word in _words(text)}
    if not words:
        return complaint
    joined = "\n".join(words)  # one search instead of many

    def is_sent(word: str) -> bool:
        if word in words or (len(word) >= _SHORTEST_PART and word in joined):
            return True
        return any(len(other) >= _SHORTEST_PART and other in word for other in words)

    def kept(found: re.Match[str]) -> str:
        parts = normalise(found[0]).split()  # more than one, where a sign between letters counts as a letter too
        return CUT if any(map(is_sent, ["".join(parts), *parts])) else found[0]

    return _CUTS.sub(CUT, _WORD.sub(kept, _plain(complaint[:_LONGEST_READ])))


def _words(text: str) -> Iterable[str]:
    """The words as they may come back: whole, and apart where a sign stands in the middle."""
    for piece in (*text.split(), *_WORD.findall(text)):
        yield from normalise(piece).split()


def _plain(text: str) -> str:
    """As it was before it was written for JSON, a URL or a page."""
    spaced = _SPACED.sub(" ", text)
    return html.unescape(unquote(_ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), spaced)))

"""Letters by their names: only those that units have, and only where a unit's letter stands."""

from __future__ import annotations

import pytest

from voice_engine.core.letters import with_letters
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
BLOCKS = frozenset({"bloco", "block"})


@pytest.mark.parametrize(
    ("said", "language", "read"),
    [
        ("bloco be 32", PORTUGUESE, "bloco b 32"),
        ("apartamento 12 be", PORTUGUESE, "apartamento 12 b"),
        ("block bee", ENGLISH, "block b"),
        ("12 bee", ENGLISH, "12 b"),
        ("block see 12", ENGLISH, "block c 12"),
        ("i want to see 302", ENGLISH, "i want to see 302"),
        ("bloco xis 32", PORTUGUESE, "bloco xis 32"),
        ("be", PORTUGUESE, "be"),
        ("12 de maio", PORTUGUESE, "12 de maio"),
        ("", ENGLISH, ""),
    ],
)
def test_letters(said: str, language: Language, read: str) -> None:
    assert with_letters(said.split(), {"b", "c", "d"}, BLOCKS, language) == read.split()

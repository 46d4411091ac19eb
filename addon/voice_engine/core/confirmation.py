"""Whether a visitor says that they were understood: yes or no, which opens nothing."""

from __future__ import annotations

from collections.abc import Mapping

from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language

_YES: Mapping[Language, frozenset[str]] = {
    Language.ENGLISH: frozenset(tokens("yes yeah yep yup right correct exactly sure indeed affirmative okay ok")),
    Language.PORTUGUESE: frozenset(
        tokens("sim isso exato exatamente certo certa correto correta é positivo claro perfeito confirmo aham uhum")
    ),
}
_NO: Mapping[Language, frozenset[str]] = {
    Language.ENGLISH: frozenset(tokens("no nope nah not never wrong incorrect isn't negative")),
    Language.PORTUGUESE: frozenset(tokens("não naum nem nunca errado errada incorreto negativo")),
}
SENTENCES: Mapping[Language, tuple[str, ...]] = {
    Language.ENGLISH: (
        *("yes", "yes please", "yes that's right", "yes it is", "yeah", "yep", "that's right", "that is right"),
        *("right", "correct", "that's correct", "exactly", "yes correct", "yes exactly", "sure"),
        *("no", "nope", "no no", "no it's not", "no it isn't", "that's wrong", "wrong", "no that's wrong", "no sorry"),
    ),
    Language.PORTUGUESE: (
        *("sim", "isso", "isso mesmo", "sim isso mesmo", "exato", "correto", "certo", "é", "é isso", "é sim"),
        *("não", "não é", "não não", "errado", "está errado", "não é isso", "não desculpe"),
    ),
}
"""For recognisers that hear only what they are told to expect."""


def agrees(text: str, language: Language) -> bool | None:
    """Yes or no; a no anywhere in it dominates. None where it is neither."""
    said = set(tokens(text))
    if said & _NO[language]:
        return False
    return True if said & _YES[language] else None

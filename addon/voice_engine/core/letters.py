"""Letters by their names, as units have them: ``bê`` and ``bee`` for B, where a unit has that letter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from voice_engine.core.text import normalise
from voice_engine.core.transcript import Language


def _named(names: str) -> dict[str, str]:
    """Read ``b=bê=be c=cê``."""
    entries = (entry.split("=") for entry in names.split())
    return {normalise(name): letter for letter, *spellings in entries for name in spellings}


_NAMES: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: _named(
        "a=ay b=bee c=cee d=dee f=eff g=gee h=aitch j=jay k=kay l=ell m=em n=en p=pee q=cue s=ess t=tee v=vee x=ex "
        "z=zee=zed"
    ),
    Language.PORTUGUESE: _named(
        "b=bê f=efe g=gê h=agá j=jota k=cá=ká l=éle m=eme n=ene p=pê q=quê r=erre t=tê v=vê w=dáblio x=xis y=ípsilon "
        "z=zê"
    ),
}
_WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: _named("a=hey b=be c=see=sea o=oh p=pea r=are t=tea u=you y=why"),
    Language.PORTUGUESE: _named("a=há c=cê=sê d=dê e=eh s=esse"),
}
"""Names that are everyday words as well: they count only right behind a word such as ``block``."""


def with_letters(
    words: Sequence[str], known: Collection[str], blocks: Collection[str], language: Language
) -> list[str]:
    """Put letters ``known`` from units for their names in ``words``: beside a number, or behind one of ``blocks``."""
    read = list(words)
    for index, word in enumerate(words):
        behind_block = index > 0 and words[index - 1] in blocks
        beside_number = any(
            near.isdecimal() for near in (*words[max(index - 1, 0) : index], *words[index + 1 : index + 2])
        )
        letter = _NAMES[language].get(word) if beside_number or behind_block else None
        if letter is None and behind_block:
            letter = _WORDS[language].get(word)
        if letter is not None and letter in known:
            read[index] = letter
    return read

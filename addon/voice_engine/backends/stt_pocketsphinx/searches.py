"""What pocketsphinx is told to search for: grammars, each with a dictionary of just its words, as files."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.grammar import jsgf
from voice_engine.core.transcript import Expectation

DICTIONARY = Path("/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict")
"""134,000 words: to load them all takes longer than to recognise an answer."""
SOUNDS = (
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY",
    "F", "G", "HH", "IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY",
    "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
"""Of speech, in the English model."""

_VARIANT = re.compile(r"\(\d+\)$")
"""Marks a word's second and further pronunciations."""


@dataclass(frozen=True, slots=True)
class Search:
    """One thing to search for."""

    grammar: Path
    dictionary: Path
    sounds: Mapping[str, int]
    """How many sounds each word has, by pronunciation: ``the`` and ``the(2)``."""


class Searches:
    """Makes the files of each search once, in a folder that goes when this goes. All of it blocks."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="voice-engine-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        words = {f"sound_{sound.lower()}": sound for sound in SOUNDS}
        grammar = f"#JSGF V1.0;\ngrammar free;\npublic <free> = ({' | '.join(words)})+;\n"
        self.free = self._search("free", grammar, words)
        """Any sounds in any order."""
        self._expected: dict[Expectation, Search] = {}

    def expected(self, expectation: Expectation) -> Search:
        """The sentences of ``expectation`` whose words the model's dictionary has. Raises: BackendUnavailable."""
        search = self._expected.get(expectation)
        if search is None:
            known = _pronunciations(_words(expectation))
            search = self._search(f"expected-{len(self._expected)}", jsgf(expectation, known.__contains__), known)
            self._expected[expectation] = search
        return search

    def _search(self, name: str, grammar: str, pronunciations: Mapping[str, str]) -> Search:
        search = Search(
            grammar=self._folder / f"{name}.gram",
            dictionary=self._folder / f"{name}.dict",
            sounds={word: len(sounds.split()) for word, sounds in pronunciations.items()},
        )
        search.grammar.write_text(grammar)
        search.dictionary.write_text("".join(f"{word} {sounds}\n" for word, sounds in pronunciations.items()))
        return search


def _words(expectation: Expectation) -> set[str]:
    words: set[str] = set()

    def note(word: str) -> bool:
        words.add(word)
        return True

    jsgf(expectation, note)
    return words


def _pronunciations(words: set[str]) -> dict[str, str]:
    """Look ``words`` up in the model's dictionary. Raises: BackendUnavailable."""
    try:
        with DICTIONARY.open() as lines:
            entries = (line.split(maxsplit=1) for line in lines)
            return {entry[0]: entry[1].strip() for entry in entries if _VARIANT.sub("", entry[0]) in words}
    except FileNotFoundError as error:
        raise BackendUnavailable(
            f"{DICTIONARY} is missing: it comes with the Debian package pocketsphinx-en-us"
        ) from error

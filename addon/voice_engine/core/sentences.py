"""Sentences of the settings, checked like those of a pack, in the place of a pack's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

from voice_engine.core.entrances import Entrance, entrances
from voice_engine.core.errors import SettingsError
from voice_engine.core.optional_parts import filled
from voice_engine.core.prompts import (
    ANNOUNCEMENTS,
    Prompt,
    PromptPack,
    checked_sentence,
    optional_names,
    required_names,
)
from voice_engine.core.settings import Settings
from voice_engine.core.settings_doors import SentenceSettings
from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer, classify_answer

_BEFORE_ANSWERS = frozenset(
    {
        *(Prompt.QUESTION, Prompt.ANSWER_NO_INPUT, Prompt.ANSWER_UNCLEAR, Prompt.ANSWER_CONFIRM),
        *ANNOUNCEMENTS.values(),
    }
)
"""Sentences whose last words may be the last before a resident's answer counts."""


class _Place(NamedTuple):
    """Where a sentence is said."""

    door: str
    """Empty: at every door that has no sentence of its own."""
    language: Language
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class OwnSentences:
    """What the settings want to be said; made by ``from_settings``."""

    _texts: Mapping[_Place, str]

    @classmethod
    def from_settings(cls, settings: Settings) -> OwnSentences:
        """Check all of them. Raises: SettingsError, naming the key and what is allowed."""
        doors = {entrance.name.casefold(): entrance for entrance in entrances(settings)}
        texts: dict[_Place, str] = {}
        keys: dict[_Place, str] = {}
        for index, entry in enumerate(settings.sentences):
            key = f"sentences[{index}]"
            door = _door(f"{key}.door", entry.door, doors) if entry.door else None
            language = entry.language or (door.language if door else settings.language)
            place = _Place(door.name if door else "", language, _prompt(f"{key}.sentence", entry))
            if place in keys:
                raise SettingsError(key, f"is for the same sentence as {keys[place]}")
            keys[place] = key
            texts[place] = _text(f"{key}.text", place, entry.text)
        return cls(texts)

    def in_place_of(self, pack: PromptPack, door: str) -> PromptPack:
        """The pack as it is said at ``door``: its own sentences first, then those for all doors, then the pack's."""
        own = {
            prompt: text
            for prompt in pack.sentences
            for name in ("", door)
            if (text := self._texts.get(_Place(name, pack.language, prompt)))
        }
        return replace(pack, sentences={**pack.sentences, **own})


def would_answer(text: str, prompt: Prompt, language: Language) -> bool:
    """Whether an echo of ``text`` would let the visitor in: of all of it or, where an answer is awaited, of its end."""
    words = text.replace("?", " ").split()
    starts = range(len(words)) if prompt in _BEFORE_ANSWERS else (0,)
    return any(classify_answer(" ".join(words[start:]), language) is Answer.GRANT for start in starts)


def _prompt(key: str, entry: SentenceSettings) -> Prompt:
    try:
        return Prompt(entry.sentence)
    except ValueError:
        similar = get_close_matches(entry.sentence, list(Prompt), n=1)
        hint = f"; did you mean {similar[0]}?" if similar else ""
        raise SettingsError(key, f"{entry.sentence} is no sentence of the door{hint}") from None


def _door(key: str, name: str, doors: Mapping[str, Entrance]) -> Entrance:
    try:
        return doors[name.casefold()]
    except KeyError:
        known = ", ".join(entrance.name for entrance in doors.values())
        raise SettingsError(key, f"there is no door {name}; there is {known}") from None


def _text(key: str, place: _Place, text: str) -> str:
    checked = checked_sentence(key, place.prompt, text)
    # An echo of the engine must never be an answer: the sentences it comes with keep this rule too.
    bare = filled(checked, dict.fromkeys((*required_names(place.prompt), *optional_names(place.prompt)), ""))
    if would_answer(bare, place.prompt, place.language):
        raise SettingsError(
            key, "would let the visitor in if the engine heard itself say it, or its end; put it in other words"
        )
    return checked

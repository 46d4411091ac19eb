"""What was heard and what was expected: the values that pass between listening and understanding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language the door speaks (BCP 47)."""

    ENGLISH = "en"
    PORTUGUESE = "pt-BR"


class Question(StrEnum):
    """What the engine asked; decides the grammar, the hints and how long a pause ends the turn."""

    UNIT = "unit"
    """Whom the visitor wants: a unit, a resident, or both."""
    CONFIRMATION = "confirmation"
    """Whether the visitor was understood: yes, no, or whom they want instead."""
    INTENT = "intent"
    """What the visitor comes for."""
    NAME = "name"
    """What the visitor is called: a word that no list holds."""
    ANSWER = "answer"
    """Whether the resident lets the visitor in."""
    DICTATION = "dictation"
    """Anything at all, and nobody was asked: a recording or a room. Only who hears speech freely understands it."""


AT_THE_DOOR = tuple(question for question in Question if question is not Question.DICTATION)
"""What calls are asked."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The answers a question may get, for recognisers that can be told."""

    question: Question
    language: Language
    units: tuple[str, ...] = ()
    """Unit numbers as the directory spells them, such as ``501``."""
    names: tuple[str, ...] = ()
    """Residents' full names as the directory spells them."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech cut from a leg."""

    pcm: bytes
    """Signed 16-bit little-endian mono at ``sample_rate``, pre-roll included."""
    speech_seconds: float
    """How much of it was voiced."""
    ended_at: float
    """When the voice stopped, on the loop's monotonic clock."""
    sample_rate: int = 8000
    """Hertz; a telephone's, unless the sound came another way."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recogniser made of an utterance. Empty text means: nothing that may be acted upon was understood."""

    text: str
    confidence: float
    """From 0 (a guess) to 1 (certain)."""
    backend: str = ""
    """The name of the recogniser that understood it, where there is a choice of several."""
    measured: bool = True
    """Whether the recogniser told how sure it is; else ``confidence`` is what such a recogniser is credited with."""

"""What a resident's answer means: the rules that decide whether words open the door.

Only a sentence made of nothing but agreement, permission and politeness grants. Words nobody wrote down, negations,
conditions, questions and noise never do.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

from voice_engine.core.answer_phrases import LONGEST_PHRASE, PHRASES, Meaning
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language
from voice_engine.core.voicemail import sounds_recorded

MINIMUM_CONFIDENCE = 0.5
"""Below it a recogniser is as likely wrong as right."""
CERTAIN_CONFIDENCE = 0.9
"""Below it a permission is asked back, and only a second one, as certain as this, opens. Recognisers scale what they
tell by it: of what they give this much, a false permission has to be too rare to be measured."""
LONGEST_ANSWER = 16
"""Tokens; whoever talks longer than two breaths is not answering yes or no."""
MOST_REPEATS = 4
"""``yes yes yes yes`` is eager; recognisers caught in a loop go on."""
HESITATIONS = frozenset(
    ["um", "uh", "hum", "hm", "hmm", "eh", "er", "ah", "oh", "well", "e", "so", "mas", "but", "and", "or", "ou"]
)
"""Last words of people who have not finished: what would have followed may take back what they said. ``Well`` is what
is left of ``we'll``, too."""
_NOISE_MARKS = frozenset("<>*_")
_NOISE_KINDS = frozenset({"Ps", "Pe", "So"})
"""Brackets, notes and pictures of any script. Recognisers put between such marks what is no speech: ``[music]``,
``\u3010yes\u3011``, ``*coughs*``."""
_SUBJECTS = frozenset(["ele", "ela", "eles", "elas", "o", "a", "os", "as"])
"""With these Portuguese sentences about a visitor begin, and questions alike."""
_QUESTION_MARKS = frozenset("?\u00bf\u061f")
_GRANTING = frozenset({Meaning.YES, Meaning.PERMISSION})
_HARMLESS = _GRANTING | {Meaning.FILLER}


class Answer(StrEnum):
    """What the resident wants."""

    GRANT = "grant"
    DENY = "deny"
    MORE_INFO = "more_info"
    """To know who is there."""
    TALK = "talk"
    """To talk to the visitor."""
    UNCLEAR = "unclear"


def classify_answer(text: str, language: Language, confidence: float = 1.0) -> Answer:
    """What ``text`` answers to whether the visitor may come in; whatever is not beyond doubt is ``UNCLEAR``."""
    said = tokens(text)
    if not said or len(said) > LONGEST_ANSWER or not confidence >= MINIMUM_CONFIDENCE:
        return Answer.UNCLEAR
    # Wide and double forms, as some recognisers write them, are the same marks.
    marks = set(unicodedata.normalize("NFKC", text))
    noise = marks & _NOISE_MARKS or any(unicodedata.category(mark) in _NOISE_KINDS for mark in marks)
    if noise or sounds_recorded(text):
        return Answer.UNCLEAR
    meanings = set(_meanings(said, language))
    refused = bool(meanings & {Meaning.NEGATION, Meaning.REFUSAL})
    contested = (
        bool(marks & _QUESTION_MARKS)
        or Meaning.DOUBT in meanings
        or (refused and Meaning.YES in meanings)
        or meanings >= {Meaning.NEGATION, Meaning.REFUSAL}
    )
    if refused and not contested:
        return Answer.DENY
    if Meaning.ASKS_WHO in meanings:
        return Answer.MORE_INFO
    if Meaning.ASKS_TO_TALK in meanings:
        return Answer.TALK
    # An unknown word is None among the meanings, and not harmless.
    certain = meanings & _GRANTING and meanings <= _HARMLESS and max(Counter(said).values()) <= MOST_REPEATS
    finished = said[-1] not in HESITATIONS
    return Answer.GRANT if certain and finished and not contested else Answer.UNCLEAR


def is_certain(text: str, language: Language, confidence: float) -> bool:
    """Whether a permission was heard beyond doubt, so that it opens without being asked back.

    ``They can come in`` is what is left of ``they can't come in`` where a telephone swallows a sound, and only its tone
    tells ``ele pode entrar`` from the question, which recognisers may write without its mark. In front of what is meant
    as a permission stands an agreement, in front of the others it does not.
    """
    said = tokens(text)
    doubtful = "can" in said if language is Language.ENGLISH else not _SUBJECTS.isdisjoint(said[:1])
    return confidence >= CERTAIN_CONFIDENCE and (not doubtful or Meaning.YES in _meanings(said, language))


def _meanings(said: Sequence[str], language: Language) -> Iterator[Meaning | None]:
    """Read ``said`` from left to right, the longest phrase first; None for a word in no phrase."""
    phrases = PHRASES[language]
    start = 0
    while start < len(said):
        ahead = tuple(said[start : start + LONGEST_PHRASE])
        lengths = (length for length in range(len(ahead), 0, -1) if ahead[:length] in phrases)
        length = next(lengths, 0)
        yield phrases[ahead[:length]] if length else None
        start += length or 1

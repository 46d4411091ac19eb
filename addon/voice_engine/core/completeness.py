"""Whether what a party said so far is a whole answer: how much silence must follow before it counts as finished.

Nobody can hear in a silence whether words will follow it. So the shorter pauses here are for words that already answer
the question, and the more an error would cost, the longer they are.
"""

from __future__ import annotations

from voice_engine.core.confirmation import agrees
from voice_engine.core.directory import Directory, Found, Unit
from voice_engine.core.facts import Asked
from voice_engine.core.mentions import read_sentence
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language, Question, Transcript
from voice_engine.core.understanding import HESITATIONS, Answer, classify_answer
from voice_engine.core.visit import understand_visitor

GRANT_SECONDS = 0.5
"""After a permission. ``Yes ... but not now`` is one sentence with a pause for thought in it, and half of it would open
the door. So a permission gets nearly the whole pause of an answer (0.6 s), twice that within fluent speech, and any
voice that begins meanwhile takes it back. It is a judgement, not a measurement, and errs on the side of a shut door: do
not lower it for the sake of speed."""
DENY_SECONDS = 0.4
"""After a refusal: cut short, it leaves the door shut, which is what it would be anyway."""
UNIT_SECONDS = 0.4
"""After a unit's number that no more words could make another's; an error rings a phone and opens nothing."""
NAME_SECONDS = 0.7
"""After a resident's name alone: the unit, or the rest of the name, often follows."""
INTENT_SECONDS = 0.7
"""After what a visitor comes for: a company or a name often follows."""
YES_SECONDS = 0.4
"""After a visitor's yes to what was understood; an error rings a phone and opens nothing."""
NO_SECONDS = 0.7
"""After a visitor's no, which the right number often follows."""


def settled_seconds(
    question: Question, transcript: Transcript, language: Language, directory: Directory
) -> float | None:
    """Silence after ``transcript`` that makes it the answer to ``question``; None: no less than is usual."""
    said = tokens(transcript.text)
    if not said or said[-1] in HESITATIONS:
        return None
    if question is Question.ANSWER:
        answer = classify_answer(transcript.text, language, transcript.confidence)
        return {Answer.GRANT: GRANT_SECONDS, Answer.DENY: DENY_SECONDS}.get(answer)
    if not read_sentence(transcript.text, language).numbers:
        return _wordy_seconds(question, transcript.text, language, directory)
    match = directory.find(transcript.text, language)
    if not isinstance(match, Found):
        return None
    return None if _may_become_another(match.unit, directory) else UNIT_SECONDS


def _wordy_seconds(question: Question, text: str, language: Language, directory: Directory) -> float | None:
    """The silence after words without a number."""
    if question is Question.INTENT:
        return INTENT_SECONDS if understand_visitor(text, language, directory, Asked.INTENT).intent else None
    if question is Question.CONFIRMATION:
        agreed = agrees(text, language)
        return None if agreed is None else YES_SECONDS if agreed else NO_SECONDS
    return NAME_SECONDS if isinstance(directory.find(text, language), Found) else None


def _may_become_another(unit: Unit, directory: Directory) -> bool:
    """Whether more words could make it another unit's number: ``50 1``, ``500 and 1``, ``12 B``, ``32 in block 2``."""
    said = _digits(unit).rstrip("0")
    return any(said in _digits(other) for other in directory.units if other is not unit)


def _digits(unit: Unit) -> str:
    return "".join(filter(str.isdecimal, unit.number))

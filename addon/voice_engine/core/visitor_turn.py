"""What a visitor's answer means, whatever they were asked: facts, a home, yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voice_engine.core.choices import Choice, chosen
from voice_engine.core.confirmation import agrees
from voice_engine.core.dialog.messages import UnitMeant
from voice_engine.core.directory import Directory, Found
from voice_engine.core.facts import Asked
from voice_engine.core.transcript import Language, Question, Transcript
from voice_engine.core.visit import understand_visitor

SURE_CONFIDENCE = 0.6
"""Below it a recogniser that takes words for understood from 0.5 on is asked about them."""
_ASKED: Mapping[Question, Asked] = {Question.INTENT: Asked.INTENT, Question.NAME: Asked.NAME}


def visitor_turn(
    question: Question,
    transcript: Transcript,
    language: Language,
    directory: Directory,
    offered: Sequence[Choice] = (),
) -> UnitMeant:
    """What ``transcript`` answers to ``question``; ``offered`` is what the visitor was asked to choose from."""
    text = transcript.text
    facts = understand_visitor(text, language, directory, _ASKED.get(question, Asked.WHOM))
    match = facts.match
    if offered and not (isinstance(match, Found) and not match.by_name):
        choice = chosen(text, language, offered)
        match = choice.found if choice else match
    return UnitMeant(
        match,
        replace(facts, match=match),
        sure=transcript.confidence >= SURE_CONFIDENCE,
        agreed=agrees(text, language) if question is Question.CONFIRMATION else None,
    )

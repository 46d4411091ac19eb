"""The visitor is asked what for they come and who they are: once each, and no answer is an answer, too."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.dialog import unit
from voice_engine.core.dialog.messages import (
    Hush,
    KeyPressed,
    Listen,
    NothingMeant,
    Said,
    StopListening,
    Unheard,
    UnitMeant,
)
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.dialog.visit import go_on
from voice_engine.core.directory import Ambiguous, Found, Match, Mismatch, Nothing, Unit, UnknownUnit
from voice_engine.core.events import Party
from voice_engine.core.facts import Facts
from voice_engine.core.transcript import Question


def asked(_rules: Rules, state: State, event: Said) -> Step:
    """The question was heard to its end: from now on speech counts."""
    if event.party is not Party.VISITOR:
        return state, ()
    return replace(state, stage=Stage.HEARING_DETAIL), (Listen(Party.VISITOR, state.detail),)


def meant(rules: Rules, state: State, event: UnitMeant) -> Step:
    """The visitor spoke: what they tell is kept, and where they want another home that is gone after."""
    told = replace(state.facts.merge(event.facts), match=state.facts.match)
    state = replace(state, facts=told)
    home = state.unit
    if home is None:
        raise ValueError("nobody knows yet whom they visit")
    correction = _correction(rules, state, home, event.match)
    if correction is None:
        return go_on(rules, replace(state, facts=told.merge(Facts(match=_resident(home, event.match)))))
    return unit.settle(rules, replace(state, facts=replace(told, match=correction)), correction, sure=event.sure)


def unheard(rules: Rules, state: State, event: NothingMeant) -> Step:
    """No answer: the resident hears what is known."""
    if event.party is not Party.VISITOR:
        return state, ()
    return go_on(rules, replace(state, keypad_only=state.keypad_only or event.why is Unheard.UNAVAILABLE))


def key(rules: Rules, state: State, event: KeyPressed) -> Step:
    """``#`` skips the question; digits are another unit's."""
    if event.party is not Party.VISITOR or event.key != "#":
        return unit.key(rules, state, event)
    after, effects = go_on(rules, state)
    return after, (Hush(Party.VISITOR), StopListening(Party.VISITOR), *effects)


def _correction(rules: Rules, state: State, home: Unit, match: Match) -> Match | None:
    """Whom the visitor wants instead of whoever lives at ``home``; None where that stands."""
    match match:
        case Found(unit=other) if other == home:
            return None
        case Ambiguous(units=units) if home in units:
            return None
        case Found(by_name="") | Ambiguous(namesakes=()) | Mismatch():
            return match
        case Found() | Ambiguous():
            return _named_elsewhere(state, home, match)
        case UnknownUnit(number=number):
            # "Two boxes" is no unit where all have three digits.
            return match if rules.directory.is_plausible(number) else None
        case Nothing():
            return None


def _named_elsewhere(state: State, home: Unit, match: Found | Ambiguous) -> Match | None:
    """A name that belongs to another home: the visitor's own, a correction, or one that does not fit the unit."""
    if state.detail is Question.NAME:
        return None
    return match if state.by_name else Mismatch(home, (_label(match),))


def _label(match: Found | Ambiguous) -> str:
    return match.by_name if isinstance(match, Found) else match.namesakes[0].said


def _resident(home: Unit, match: Match) -> Match:
    """The resident of ``home`` who was named besides, if one was."""
    if isinstance(match, Ambiguous):
        here = [namesake.name for namesake in match.namesakes if namesake.unit == home]
        return Found(home, here[0]) if len(here) == 1 else Nothing()
    return match if isinstance(match, Found) and match.unit == home else Nothing()

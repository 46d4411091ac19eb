"""The visitor is asked whether they were understood: only where there is doubt, and about whom they visit only."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.dialog.messages import Listen, Said, Unheard, UnitMeant
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.dialog.unit import denied, missed, reached, settle
from voice_engine.core.directory import Match, Nothing
from voice_engine.core.events import Party
from voice_engine.core.transcript import Question


def asked(_rules: Rules, state: State, event: Said) -> Step:
    """The question was heard to its end: from now on speech counts."""
    if event.party is not Party.VISITOR:
        return state, ()
    return replace(state, stage=Stage.HEARING_CONFIRMATION), (Listen(Party.VISITOR, Question.CONFIRMATION),)


def meant(rules: Rules, state: State, event: UnitMeant) -> Step:
    """The visitor spoke: what they want instead counts more than yes or no."""
    doubted = state.doubted
    if doubted is None:
        raise ValueError("nothing was doubted")
    told = replace(state.facts.merge(event.facts), match=state.facts.match)
    state = replace(state, facts=told)
    same = getattr(event.match, "unit", None) == doubted.unit
    if not isinstance(event.match, Nothing) and not same:
        return settle(rules, _with(state, event.match), event.match, sure=event.sure)
    if event.agreed is False:
        return denied(state)
    if event.agreed or same:
        return reached(rules, state, doubted)
    return missed(rules, state, Unheard.NO_MATCH)


def _with(state: State, match: Match) -> State:
    return replace(state, doubted=None, facts=replace(state.facts, match=match))

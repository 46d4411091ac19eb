"""It is known whom the visitor comes to see: what is still to be asked is asked, then the resident is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from voice_engine.core.dialog import ringing
from voice_engine.core.dialog.messages import Say
from voice_engine.core.dialog.outcome import close
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.directory import Unit
from voice_engine.core.events import Disposition, Party
from voice_engine.core.facts import Intent
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Question

_PROMPTS: Mapping[Question, Prompt] = {Question.INTENT: Prompt.ASK_INTENT, Question.NAME: Prompt.ASK_NAME}


def go_on(rules: Rules, state: State) -> Step:
    """Turn the visitor away if nobody is to be called, ask for one more detail, or call the resident."""
    unit = state.unit
    if unit is None:
        raise ValueError("nobody knows yet whom they visit")
    if rules.quiet.covers(unit.number) or unit.rests_at(rules.began_at):
        return close(state, Disposition.DO_NOT_DISTURB)
    if unit.deliveries_at_desk and state.facts.intent is Intent.DELIVERY:
        return close(state, Disposition.LEFT_AT_DESK)
    for question in _wanted(rules, state, unit):
        if question not in state.details and _is_open(question, state):
            asking = replace(
                state, stage=Stage.ASKING_DETAIL, detail=question, details=state.details | {question}, keys=""
            )
            return asking, (Say(Party.VISITOR, _PROMPTS[question]),)
    return ringing.begin(rules, state, unit)


def _wanted(rules: Rules, state: State, unit: Unit) -> Iterable[Question]:
    """What may be asked by voice, what decides first.

    Whoever keyed the unit in has chosen the keypad, or has no other way to be understood: a spoken question would keep
    them waiting for an answer that does not come.
    """
    if not rules.speech or state.keypad_only:
        return ()
    decisive = (Question.INTENT,) if unit.deliveries_at_desk and rules.hears_intent else ()
    return decisive if state.dialed else (*decisive, *rules.questions)


def _is_open(question: Question, state: State) -> bool:
    """Whether the answer is not known, and makes a difference: nobody asks the name of who brings a parcel."""
    facts = state.facts
    if question is Question.INTENT:
        return facts.intent is None
    return facts.visitor is None and facts.intent in (Intent.VISIT, Intent.SERVICE)

"""The resident is asked whether the visitor may come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voice_engine.core.dialog import talk
from voice_engine.core.dialog.messages import (
    AnswerMeant,
    KeyPressed,
    Listen,
    NothingMeant,
    RecordingHeard,
    ResidentArrived,
    Said,
    Say,
    StartTimer,
    Timer,
    TimerFired,
    Unheard,
)
from voice_engine.core.dialog.outcome import close
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.events import DecidedBy, Disposition, Party
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Question
from voice_engine.core.understanding import Answer

DETOURS = 2
"""How often the resident may ask back before it counts as no clear answer."""
KEY_SECONDS = 10.0
"""How long to wait where only a key counts: the phone has to come off the ear first."""
WAITING_SECONDS = 8.0
"""Between sentences to a waiting visitor, so that the line never seems dead."""
TALK_KEY = "3"
_DECISIONS: Mapping[str, Disposition] = {"1": Disposition.GRANTED, "2": Disposition.DENIED}


def arrived(rules: Rules, state: State, _event: ResidentArrived) -> Step:
    """The phone was taken: put the question."""
    asking = replace(state, stage=Stage.ASKING_ANSWER, present=state.present | {Party.RESIDENT})
    return asking, (StartTimer(Timer.WAITING, WAITING_SECONDS), _question(rules, state))


def _question(rules: Rules, state: State) -> Say:
    prompt = Prompt.QUESTION if rules.hears(state.unit) else Prompt.QUESTION_KEYPAD
    return Say(Party.RESIDENT, prompt, state.unit.number if state.unit else None, state.facts)


def asked(rules: Rules, state: State, event: Said) -> Step:
    """The question was heard to its end: from now on speech counts."""
    if event.party is not Party.RESIDENT:
        return state, ()
    if not rules.hears(state.unit):
        return replace(state, stage=Stage.AWAITING_KEY), (StartTimer(Timer.KEYPAD, KEY_SECONDS),)
    return replace(state, stage=Stage.HEARING_ANSWER), (Listen(Party.RESIDENT, Question.ANSWER),)


def meant(rules: Rules, state: State, event: AnswerMeant) -> Step:
    """The resident spoke."""
    match event.answer:
        case Answer.GRANT:
            return _permitted(rules, state, event)
        case Answer.UNCLEAR:
            return _miss(state, Prompt.ANSWER_UNCLEAR)
        case Answer.DENY:
            return close(state, Disposition.DENIED, DecidedBy.VOICE)
        case Answer.MORE_INFO:
            return _detour(rules, state)
        case Answer.TALK:
            return talk.begin(state)


def _permitted(rules: Rules, state: State, event: AnswerMeant) -> Step:
    """A permission counts if the question was heard to its end before it, and if it was understood beyond doubt.

    Of a recogniser that never tells how sure it is, the second counts, which answers whether the first was one.
    """
    if event.overlapping:
        return _insist(rules, state)
    if event.certain or (state.doubtful and event.confirms):
        return close(state, Disposition.GRANTED, DecidedBy.VOICE)
    return _miss(state, Prompt.ANSWER_UNCLEAR) if state.doubtful else _confirm(state)


def _confirm(state: State) -> Step:
    """What may have been a permission, or something that sounds like one: ask whether it was."""
    asking = replace(state, stage=Stage.ASKING_ANSWER, doubtful=True)
    return asking, (Say(Party.RESIDENT, Prompt.ANSWER_CONFIRM),)


def recording(_rules: Rules, state: State, _event: RecordingHeard) -> Step:
    """A machine cannot press a key, and a resident who talks at length can: from now on only keys count."""
    return _keys_only(replace(state, recorded=True))


def _insist(rules: Rules, state: State) -> Step:
    """No permission was given before the question was heard to its end: put it again, once, and not to be cut short."""
    if state.insisting:
        return _miss(state, Prompt.ANSWER_UNCLEAR)
    return replace(state, stage=Stage.ASKING_ANSWER, insisting=True), (_question(rules, state),)


def unheard(_rules: Rules, state: State, event: NothingMeant) -> Step:
    """The resident said nothing, or nothing that was understood."""
    if event.party is not Party.RESIDENT:
        return state, ()
    if event.why is Unheard.UNAVAILABLE:
        return _keys_only(state, Prompt.ANSWER_SPEECH_FAILED)
    return _miss(state, Prompt.ANSWER_NO_INPUT if event.why is Unheard.NO_INPUT else Prompt.ANSWER_UNCLEAR)


def _detour(rules: Rules, state: State) -> Step:
    """Tell what is known, and put the question anew."""
    if state.detours >= DETOURS:
        return _miss(state, Prompt.ANSWER_UNCLEAR)
    asking = replace(state, stage=Stage.ASKING_ANSWER, detours=state.detours + 1, doubtful=False)
    unit = state.unit.number if state.unit else None
    return asking, (Say(Party.RESIDENT, Prompt.MORE_INFO, unit, state.facts), _question(rules, state))


def _miss(state: State, prompt: Prompt) -> Step:
    """Ask once more, then by keypad only: speech that stays unclear never decides."""
    if state.misses == 0:
        return replace(state, stage=Stage.ASKING_ANSWER, misses=1, doubtful=False), (Say(Party.RESIDENT, prompt),)
    return _keys_only(state)


def _keys_only(state: State, prompt: Prompt = Prompt.ANSWER_KEYPAD_ONLY) -> Step:
    waiting_for_key = replace(state, stage=Stage.AWAITING_KEY, misses=1, doubtful=False)
    return waiting_for_key, (Say(Party.RESIDENT, prompt),)


def key_awaited(_rules: Rules, state: State, event: Said) -> Step:
    """The resident knows that only a key counts now: the wait begins."""
    return state, ((StartTimer(Timer.KEYPAD, KEY_SECONDS),) if event.party is Party.RESIDENT else ())


def key(rules: Rules, state: State, event: KeyPressed) -> Step:
    """1 is yes, 2 is no, 3 is to talk, at any moment of the question; other keys mean nothing."""
    if event.party is Party.RESIDENT and event.key == TALK_KEY:
        return talk.begin(state)
    return decision_key(rules, state, event)


def decision_key(_rules: Rules, state: State, event: KeyPressed) -> Step:
    """1 is yes and 2 is no; other keys mean nothing."""
    if event.party is not Party.RESIDENT or event.key not in _DECISIONS:
        return state, ()
    return close(state, _DECISIONS[event.key], DecidedBy.KEYPAD)


def waiting(_rules: Rules, state: State, event: TimerFired) -> Step:
    """The visitor waits: tell them that they are not forgotten."""
    if event.timer is not Timer.WAITING:
        return state, ()
    return state, (Say(Party.VISITOR, Prompt.STILL_RINGING), StartTimer(Timer.WAITING, WAITING_SECONDS))


def key_timer(rules: Rules, state: State, event: TimerFired) -> Step:
    """No key came: ask once more where that was the first question, else the door stays shut.

    Unless it seems that a machine took the phone: then nobody was asked.
    """
    if event.timer is not Timer.KEYPAD:
        return waiting(rules, state, event)
    if state.misses == 0:
        return replace(state, misses=1), (Say(Party.RESIDENT, Prompt.ANSWER_KEYPAD_ONLY),)
    return close(state, Disposition.DENIED, DecidedBy.DEFAULT)

"""Home Assistant takes part: it decides, has something said, or ends the call."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.dialog.messages import (
    Announced,
    Decided,
    Dismissed,
    Effect,
    HangUp,
    Hush,
    Said,
    Say,
    SayText,
    StartTimer,
    StopListening,
    StopTimer,
    Timer,
)
from voice_engine.core.dialog.outcome import close, farewell, settle
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.dialog.unit import FIRST_KEY_SECONDS
from voice_engine.core.events import DecidedBy, Disposition, Party
from voice_engine.core.prompts import Prompt

_ASKING_AGAIN = {
    (Party.VISITOR, Stage.HEARING_UNIT): Stage.ASKING_UNIT,
    (Party.VISITOR, Stage.HEARING_CONFIRMATION): Stage.ASKING_CONFIRMATION,
    (Party.VISITOR, Stage.HEARING_DETAIL): Stage.ASKING_DETAIL,
    (Party.RESIDENT, Stage.HEARING_ANSWER): Stage.ASKING_ANSWER,
}
"""An ear is shut while something is said to its party, so that no echo of it is taken for an answer."""
_AWAITING_KEYS = {(Party.VISITOR, Stage.DIALING_UNIT), (Party.RESIDENT, Stage.AWAITING_KEY)}


def decided(_rules: Rules, state: State, event: Decided) -> Step:
    """The decision counts at any moment before the outcome; everyone is told."""
    disposition = Disposition.GRANTED if event.granted else Disposition.DENIED
    return close(state, disposition, DecidedBy.HOME_ASSISTANT, event.message)


def announced(_rules: Rules, state: State, event: Announced) -> Step:
    """Say it after what is being said; the question that was put stays put."""
    if event.party not in state.present:
        return state, ()
    said = SayText(event.party, event.text)
    place = (event.party, state.stage)
    if place in _ASKING_AGAIN:
        return replace(state, stage=_ASKING_AGAIN[place]), (StopListening(event.party), said)
    if place in _AWAITING_KEYS:
        return state, (StopTimer(Timer.KEYPAD), said)
    return state, (said,)


def keys_awaited(_rules: Rules, state: State, event: Said) -> Step:
    """The visitor has heard what Home Assistant had to say: the wait for keys begins anew."""
    return state, ((StartTimer(Timer.KEYPAD, FIRST_KEY_SECONDS),) if event.party is Party.VISITOR else ())


def dismissed(_rules: Rules, state: State, _event: Dismissed) -> Step:
    """A short goodbye, and the door stays shut; nobody is asked or told anything more."""
    farewells: list[Effect] = []
    for party in sorted(state.present):
        farewells += farewell(party, Say(party, Prompt.GOODBYE))
    return settle(state, Disposition.DENIED, DecidedBy.HOME_ASSISTANT, farewells)


def dismissed_after_outcome(_rules: Rules, state: State, _event: Dismissed) -> Step:
    """What is being told is cut; the outcome stands."""
    return state, tuple(effect for party in sorted(state.present) for effect in (Hush(party), HangUp(party)))

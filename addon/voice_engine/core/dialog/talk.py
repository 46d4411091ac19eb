"""The resident talks to the visitor: both are joined, and a key of the resident's still decides."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.dialog.messages import (
    Bridge,
    Effect,
    Hush,
    PlayWaiting,
    Said,
    Say,
    StopListening,
    StopTimer,
    Timer,
)
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.events import Party
from voice_engine.core.prompts import Prompt


def begin(state: State) -> Step:
    """Tell both that they can talk; they are joined once both have heard it. From here on no word of theirs decides."""
    talking = replace(state, stage=Stage.TALKING, to_be_told=state.present, doubtful=False, recorded=False)
    effects: tuple[Effect, ...] = (
        StopTimer(Timer.WAITING),
        StopTimer(Timer.KEYPAD),
        StopListening(Party.RESIDENT),
        Hush(Party.RESIDENT),
        Say(Party.RESIDENT, Prompt.TALK_RESIDENT),
        Hush(Party.VISITOR),
        Say(Party.VISITOR, Prompt.TALK_VISITOR),
        PlayWaiting(Party.VISITOR),
    )
    return talking, effects


def told(_rules: Rules, state: State, event: Said) -> Step:
    """Join them when both know; what Home Assistant has said to one of them later changes nothing."""
    if event.party not in state.to_be_told:
        return state, ()
    left = state.to_be_told - {event.party}
    after = replace(state, to_be_told=left)
    return after, () if left else (Bridge(),)

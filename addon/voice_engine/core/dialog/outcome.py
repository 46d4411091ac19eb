"""The outcome is settled, told to whoever is still there, and the legs are let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voice_engine.core.dialog.messages import (
    Effect,
    GivenUp,
    HangUp,
    Hush,
    Left,
    PlayTones,
    Say,
    SayText,
    StopListening,
    StopRinging,
    StopTimer,
    Timer,
    Unbridge,
)
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.events import DecidedBy, Disposition, Party
from voice_engine.core.prompts import Prompt

_TO_VISITOR: Mapping[Disposition, Prompt] = {
    Disposition.GRANTED: Prompt.GRANTED_VISITOR,
    Disposition.DENIED: Prompt.DENIED_VISITOR,
    Disposition.NO_ANSWER: Prompt.NO_ANSWER_VISITOR,
    Disposition.BUSY: Prompt.BUSY_VISITOR,
    Disposition.DECLINED: Prompt.DECLINED_VISITOR,
    Disposition.UNREACHABLE: Prompt.UNREACHABLE_VISITOR,
    Disposition.DO_NOT_DISTURB: Prompt.DO_NOT_DISTURB_VISITOR,
    Disposition.LEFT_AT_DESK: Prompt.LEFT_AT_DESK_VISITOR,
    Disposition.NOT_UNDERSTOOD: Prompt.NOT_UNDERSTOOD_GOODBYE,
    Disposition.FAILED: Prompt.FAILED,
}


def close(state: State, disposition: Disposition, decided_by: DecidedBy | None = None, message: str = "") -> Step:
    """Settle the outcome: nothing said or keyed from here on changes it. The visitor hears ``message`` after it."""
    effects: list[Effect] = []
    if Party.RESIDENT in state.present:
        effects += farewell(Party.RESIDENT, Say(Party.RESIDENT, _to_resident(disposition, decided_by)))
    if Party.VISITOR in state.present:
        outcome: list[Effect] = [Say(Party.VISITOR, _TO_VISITOR[disposition])]
        if message:
            outcome.append(SayText(Party.VISITOR, message))
        outcome.append(Say(Party.VISITOR, Prompt.GOODBYE))
        if disposition is Disposition.GRANTED:
            # Last: stations end the call when they open, and keep open for a few seconds from the tones on.
            outcome.append(PlayTones(Party.VISITOR))
        effects += farewell(Party.VISITOR, *outcome)
    return settle(state, disposition, decided_by, effects)


def settle(state: State, disposition: Disposition, decided_by: DecidedBy | None, farewells: Sequence[Effect]) -> Step:
    """Let the outcome stand and stop all that could bring another; ``farewells`` let the parties go."""
    effects: list[Effect] = [StopTimer(timer) for timer in Timer]
    if state.stage is Stage.RINGING:
        effects.append(StopRinging())
    if state.stage is Stage.TALKING:
        effects.append(Unbridge())
    stage = Stage.CLOSING if state.present else Stage.ENDED
    return replace(state, stage=stage, disposition=disposition, decided_by=decided_by), (*effects, *farewells)


def farewell(party: Party, *said: Effect) -> list[Effect]:
    """Say the last words to a party, in the place of all others, and let it go."""
    return [Hush(party), StopListening(party), *said, HangUp(party)]


def _to_resident(disposition: Disposition, decided_by: DecidedBy | None) -> Prompt:
    if decided_by is DecidedBy.HOME_ASSISTANT:
        is_granted = disposition is Disposition.GRANTED
        return Prompt.GRANTED_ELSEWHERE_RESIDENT if is_granted else Prompt.DENIED_ELSEWHERE_RESIDENT
    if disposition is Disposition.GRANTED:
        return Prompt.GRANTED_RESIDENT
    if disposition is Disposition.MISSED:
        return Prompt.VISITOR_LEFT
    if disposition is Disposition.FAILED:
        return Prompt.FAILED
    return Prompt.UNDECIDED_RESIDENT if decided_by is DecidedBy.DEFAULT else Prompt.DENIED_RESIDENT


def left_before_outcome(_rules: Rules, state: State, event: Left) -> Step:
    """Without the visitor there is no visit; without the resident there is no permission."""
    if event.party not in state.present:
        return state, ()
    remaining = replace(state, present=state.present - {event.party})
    if event.party is Party.VISITOR:
        return close(remaining, Disposition.MISSED)
    return close(remaining, Disposition.DENIED, DecidedBy.DEFAULT)


def left_after_outcome(_rules: Rules, state: State, event: Left) -> Step:
    """The call ends when nobody is left."""
    present = state.present - {event.party}
    return replace(state, present=present, stage=state.stage if present else Stage.ENDED), ()


def given_up(_rules: Rules, state: State, _event: GivenUp) -> Step:
    """The engine cannot carry on; the door stays shut."""
    return close(state, Disposition.FAILED)

"""The table of the dialog: which handler takes which event where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voice_engine.core.dialog import confirmation, details, outcome, remote, resident, ringing, talk, unit
from voice_engine.core.dialog.messages import (
    Announced,
    AnswerMeant,
    Decided,
    Dismissed,
    Event,
    GivenUp,
    KeyPressed,
    Left,
    NothingMeant,
    RecordingHeard,
    ResidentArrived,
    RingFailed,
    Said,
    TimerFired,
    UnitMeant,
    VisitorArrived,
)
from voice_engine.core.dialog.state import Rules, Stage, State, Step

type Handler = Callable[[Rules, State, Any], Step]
"""Takes the event type that the table names beside it."""

UNSETTLED = [stage for stage in Stage if stage not in (Stage.ARRIVING, Stage.CLOSING, Stage.ENDED)]
"""Stages in which someone is there and no outcome is."""

TRANSITIONS: Mapping[tuple[Stage, type[Event]], Handler] = {
    (Stage.ARRIVING, VisitorArrived): unit.arrived,
    (Stage.ASKING_UNIT, Said): unit.asked,
    (Stage.ASKING_UNIT, KeyPressed): unit.key,
    (Stage.HEARING_UNIT, UnitMeant): unit.meant,
    (Stage.HEARING_UNIT, NothingMeant): unit.unheard,
    (Stage.HEARING_UNIT, KeyPressed): unit.key,
    (Stage.DIALING_UNIT, KeyPressed): unit.key,
    (Stage.DIALING_UNIT, TimerFired): unit.key_timer,
    (Stage.DIALING_UNIT, Said): remote.keys_awaited,
    (Stage.ASKING_CONFIRMATION, Said): confirmation.asked,
    (Stage.ASKING_CONFIRMATION, KeyPressed): unit.key,
    (Stage.HEARING_CONFIRMATION, UnitMeant): confirmation.meant,
    (Stage.HEARING_CONFIRMATION, NothingMeant): unit.unheard,
    (Stage.HEARING_CONFIRMATION, KeyPressed): unit.key,
    (Stage.ASKING_DETAIL, Said): details.asked,
    (Stage.ASKING_DETAIL, KeyPressed): details.key,
    (Stage.HEARING_DETAIL, UnitMeant): details.meant,
    (Stage.HEARING_DETAIL, NothingMeant): details.unheard,
    (Stage.HEARING_DETAIL, KeyPressed): details.key,
    (Stage.RINGING, TimerFired): ringing.timer,
    (Stage.RINGING, RingFailed): ringing.failed,
    (Stage.RINGING, ResidentArrived): ringing.taken,
    (Stage.ASKING_ANSWER, Said): resident.asked,
    (Stage.ASKING_ANSWER, KeyPressed): resident.key,
    (Stage.ASKING_ANSWER, TimerFired): resident.waiting,
    (Stage.HEARING_ANSWER, AnswerMeant): resident.meant,
    (Stage.HEARING_ANSWER, RecordingHeard): resident.recording,
    (Stage.HEARING_ANSWER, NothingMeant): resident.unheard,
    (Stage.HEARING_ANSWER, KeyPressed): resident.key,
    (Stage.HEARING_ANSWER, TimerFired): resident.waiting,
    (Stage.AWAITING_KEY, Said): resident.key_awaited,
    (Stage.AWAITING_KEY, KeyPressed): resident.key,
    (Stage.AWAITING_KEY, TimerFired): ringing.key_timer,
    (Stage.AWAITING_KEY, Left): ringing.left_unheard,
    (Stage.TALKING, Said): talk.told,
    (Stage.TALKING, KeyPressed): resident.decision_key,
    (Stage.CLOSING, Left): outcome.left_after_outcome,
    (Stage.CLOSING, Dismissed): remote.dismissed_after_outcome,
    **{(stage, Left): outcome.left_before_outcome for stage in UNSETTLED if stage is not Stage.AWAITING_KEY},
    **{(stage, GivenUp): outcome.given_up for stage in UNSETTLED},
    **{(stage, Decided): remote.decided for stage in UNSETTLED},
    **{(stage, Announced): remote.announced for stage in UNSETTLED},
    **{(stage, Dismissed): remote.dismissed for stage in UNSETTLED},
}


def step(rules: Rules, state: State, event: Event) -> Step:
    """Take one event.

    What the table does not name has no effect: hang-ups, keys, words and timers may cross with the step that made them
    late.
    """
    handler = TRANSITIONS.get((state.stage, type(event)))
    return (state, ()) if handler is None else handler(rules, state, event)

"""A home is called without a visitor: its phones ring, a message is said, and perhaps answered. No door is involved.

``begin`` and ``step`` take the dialog's events and give its effects; the only party is the resident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from voice_engine.core.dialog.messages import (
    Abandon,
    AnswerMeant,
    Effect,
    Event,
    GivenUp,
    HangUp,
    Hush,
    KeyPressed,
    Left,
    Listen,
    NothingMeant,
    RecordingHeard,
    ResidentArrived,
    Ring,
    RingFailed,
    Said,
    Say,
    SayText,
    StartTimer,
    StopListening,
    StopRinging,
    StopTimer,
    Timer,
    TimerFired,
    Unheard,
)
from voice_engine.core.dialog.resident import KEY_SECONDS
from voice_engine.core.dialog.ringing import telling, without
from voice_engine.core.directory import Unit
from voice_engine.core.events import Disposition, Party
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import RingOrder
from voice_engine.core.transcript import Question
from voice_engine.core.understanding import Answer

_RESIDENT = Party.RESIDENT


class Outcome(StrEnum):
    """What became of a notification."""

    DELIVERED = "delivered"
    """The resident heard the message to its end."""
    ANSWERING_MACHINE = "answering_machine"
    """What took the phone spoke as answering machines do."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    """The resident sent the call away, or hung up before the message was over."""
    UNREACHABLE = "unreachable"
    DO_NOT_DISTURB = "do_not_disturb"
    """The home is not to be disturbed at this hour, so no phone was rung."""
    FAILED = "failed"
    """The engine could not say the message."""


class Reply(StrEnum):
    """What a resident answered to a question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """Nothing, or nothing beyond doubt."""


class Stage(StrEnum):
    """Where a notification stands."""

    RINGING = "ringing"
    SAYING = "saying"
    """The message is being said for the first time."""
    REPEATING = "repeating"
    """The resident has heard the message, and hears it again because no answer was clear, or goodbye."""
    HEARING = "hearing"
    """The resident is listened to; where nothing was asked, only to find out whether it is one."""
    AWAITING_KEY = "awaiting_key"
    CLOSING = "closing"
    """The outcome is settled."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told."""

    text: str
    question: bool = False
    """Whether it asks for a yes or no."""


@dataclass(frozen=True, slots=True)
class State:
    """Where it stands, with all that matters for what comes."""

    message: Message
    hears: bool
    """Whether the resident's speech is understood; else only keys are."""
    phones: tuple[tuple[str, ...], ...]
    """Those that are still to be rung, each group at once."""
    stage: Stage = Stage.RINGING
    ringing: frozenset[str] = frozenset()
    ring_results: frozenset[Disposition] = frozenset()
    misses: int = 0
    """Turns that gave no clear answer."""
    doubtful: bool = False
    """Whether the turn before may have been a yes."""
    recorded: bool = False
    """Whether it seems to be a machine that is on the line."""
    met_machine: bool = False
    """Whether a machine has taken a phone before."""
    outcome: Outcome | None = None
    reply: Reply | None = None


type Step = tuple[State, tuple[Effect, ...]]
type _Handler = Callable[[State, Any], Step]


def begin(unit: Unit, message: Message, ring_attempts: int, *, hears: bool) -> Step:
    """Ring the first of the home's phones, or all of them where they ring at once."""
    in_order = unit.ring is RingOrder.IN_ORDER
    groups = tuple((phone,) for phone in unit.phones) if in_order else (unit.phones,)
    return _ring_next(State(message, hears, groups * ring_attempts))


def step(state: State, event: Event) -> Step:
    """Take one event; what has no meaning at this stage has no effect."""
    handler = _HANDLERS.get((state.stage, type(event)))
    return (state, ()) if handler is None else handler(state, event)


# --- ringing ----------------------------------------------------------------------------------------------------------


def _ring_next(state: State) -> Step:
    phones, *later = state.phones
    ringing = replace(state, stage=Stage.RINGING, ringing=frozenset(phones), phones=tuple(later))
    return ringing, tuple(Ring(phone) for phone in phones)


def _rung_in_vain(state: State, event: RingFailed) -> Step:
    """Try the next phone; one that is busy is left in peace, as is one that was declined."""
    tried = replace(state, ringing=state.ringing - {event.phone}, ring_results=state.ring_results | {event.disposition})
    if event.disposition in (Disposition.BUSY, Disposition.DECLINED):
        tried = replace(tried, phones=without(tried.phones, {event.phone}))
    return (tried, ()) if tried.ringing else _go_on(tried)


def _go_on(state: State) -> Step:
    """Ring the next phone, or settle that nobody was reached."""
    if state.phones:
        return _ring_next(state)
    nobody = Outcome.ANSWERING_MACHINE if state.met_machine else Outcome(telling(state.ring_results))
    return replace(state, stage=Stage.ENDED, outcome=nobody), ()


def _taken(state: State, event: ResidentArrived) -> Step:
    """The first phone that is taken silences the others; should a machine have taken it, it is not rung again."""
    saying = replace(state, stage=Stage.SAYING, ringing=frozenset(), phones=without(state.phones, {event.phone}))
    others = (StopRinging(),) if len(state.ringing) > 1 else ()
    return saying, (*others, Say(_RESIDENT, _introduction(state)), SayText(_RESIDENT, state.message.text))


def _introduction(state: State) -> Prompt:
    """How to answer comes before the question: people answer at once when they have heard one."""
    if not state.message.question:
        return Prompt.MESSAGE
    return Prompt.MESSAGE_QUESTION if state.hears else Prompt.MESSAGE_QUESTION_KEYPAD


# --- the message and its answer ---------------------------------------------------------------------------------------


def _told(state: State, event: Said) -> Step:
    """The message was heard: goodbye, unless it asks something."""
    if state.message.question:
        return _asked(state, event)
    return replace(state, stage=Stage.REPEATING), (Say(_RESIDENT, Prompt.GOODBYE),)


def _asked(state: State, _event: Said) -> Step:
    if state.hears:
        # Whoever was not asked hangs up now; a machine goes on talking.
        return replace(state, stage=Stage.HEARING), (Listen(_RESIDENT, Question.ANSWER),)
    if not state.message.question:
        return _close(state, Outcome.DELIVERED)
    return replace(state, stage=Stage.AWAITING_KEY), (StartTimer(Timer.KEYPAD, KEY_SECONDS),)


def _meant(state: State, event: AnswerMeant) -> Step:
    """A yes counts as a permission at the door does: if it was heard beyond doubt, after the last word."""
    if not state.message.question:
        return _close(state, Outcome.DELIVERED)
    if event.answer is Answer.DENY:
        return _answered(state, Reply.NO)
    if event.answer is not Answer.GRANT or event.overlapping:
        return _miss(state)
    if event.certain or (state.doubtful and event.confirms):
        return _answered(state, Reply.YES)
    return _miss(state, doubtful=True)


def _unheard(state: State, event: NothingMeant) -> Step:
    if not state.message.question:
        return _close(state, Outcome.DELIVERED)
    return _keys_only(state) if event.why is Unheard.UNAVAILABLE else _miss(state)


def _miss(state: State, *, doubtful: bool = False) -> Step:
    """Say it all once more, then take keys only."""
    if state.misses:
        return _keys_only(state)
    again = (Say(_RESIDENT, Prompt.MESSAGE_AGAIN), SayText(_RESIDENT, state.message.text))
    return replace(state, stage=Stage.REPEATING, misses=1, doubtful=doubtful), again


def _keys_only(state: State) -> Step:
    return replace(state, stage=Stage.AWAITING_KEY), (Say(_RESIDENT, Prompt.MESSAGE_KEYPAD_ONLY),)


def _recording(state: State, _event: RecordingHeard) -> Step:
    """A machine cannot press a key, and a resident who talks at length can."""
    recorded = replace(state, recorded=True)
    return _keys_only(recorded) if state.message.question else _leave_machine(recorded)


def _leave_machine(state: State) -> Step:
    after, effects = _go_on(replace(state, misses=0, doubtful=False, recorded=False, met_machine=True))
    return after, (StopTimer(Timer.KEYPAD), Abandon(_RESIDENT), *effects)


def _key_awaited(state: State, _event: Said) -> Step:
    return state, (StartTimer(Timer.KEYPAD, KEY_SECONDS),)


def _key(state: State, event: KeyPressed) -> Step:
    """1 is yes and 2 is no, at any moment of a question."""
    reply = {"1": Reply.YES, "2": Reply.NO}.get(event.key)
    return _answered(state, reply) if reply and state.message.question else (state, ())


def _key_timer(state: State, _event: TimerFired) -> Step:
    return _leave_machine(state) if state.recorded else _answered(state, Reply.UNCLEAR)


# --- the end ----------------------------------------------------------------------------------------------------------


def _answered(state: State, reply: Reply) -> Step:
    said = Prompt.MESSAGE_UNANSWERED if reply is Reply.UNCLEAR else Prompt.MESSAGE_ANSWERED
    return _close(replace(state, reply=reply), Outcome.DELIVERED, said)


def _close(state: State, outcome: Outcome, said: Prompt | None = None) -> Step:
    last = (Hush(_RESIDENT), Say(_RESIDENT, said)) if said else ()
    effects = (StopTimer(Timer.KEYPAD), StopListening(_RESIDENT), *last, HangUp(_RESIDENT))
    return replace(state, stage=Stage.CLOSING, outcome=outcome), effects


def _left_early(state: State, _event: Left) -> Step:
    return replace(state, stage=Stage.ENDED, outcome=Outcome.DECLINED), ()


def _left(state: State, _event: Left) -> Step:
    """Who hangs up once the message was said has heard it, and answered nothing; a machine has not."""
    if state.recorded:
        return _leave_machine(state)
    reply = Reply.UNCLEAR if state.message.question else None
    return replace(state, stage=Stage.ENDED, outcome=Outcome.DELIVERED, reply=reply), (StopTimer(Timer.KEYPAD),)


def _ended(state: State, _event: Left) -> Step:
    return replace(state, stage=Stage.ENDED), ()


def _rung_too_long(state: State, _event: GivenUp) -> Step:
    results = state.ring_results | {Disposition.NO_ANSWER}
    return replace(state, stage=Stage.ENDED, outcome=Outcome(telling(results))), (StopRinging(),)


def _unsayable(state: State, _event: GivenUp) -> Step:
    return _close(state, Outcome.FAILED, Prompt.FAILED)


def _given_up(state: State, _event: GivenUp) -> Step:
    """It took too long, or no more can be said; the message was heard."""
    reply = Reply.UNCLEAR if state.message.question else None
    return _close(replace(state, reply=reply), Outcome.DELIVERED, Prompt.GOODBYE)


_AFTER_MESSAGE = (Stage.REPEATING, Stage.HEARING, Stage.AWAITING_KEY)
_HANDLERS: Mapping[tuple[Stage, type[Event]], _Handler] = {
    (Stage.RINGING, RingFailed): _rung_in_vain,
    (Stage.RINGING, ResidentArrived): _taken,
    (Stage.RINGING, GivenUp): _rung_too_long,
    (Stage.SAYING, Said): _told,
    (Stage.SAYING, KeyPressed): _key,
    (Stage.SAYING, Left): _left_early,
    (Stage.SAYING, GivenUp): _unsayable,
    (Stage.REPEATING, Said): _asked,
    (Stage.HEARING, AnswerMeant): _meant,
    (Stage.HEARING, NothingMeant): _unheard,
    (Stage.HEARING, RecordingHeard): _recording,
    (Stage.AWAITING_KEY, Said): _key_awaited,
    (Stage.AWAITING_KEY, TimerFired): _key_timer,
    (Stage.CLOSING, Left): _ended,
    **{(stage, KeyPressed): _key for stage in _AFTER_MESSAGE},
    **{(stage, Left): _left for stage in _AFTER_MESSAGE},
    **{(stage, GivenUp): _given_up for stage in _AFTER_MESSAGE},
}

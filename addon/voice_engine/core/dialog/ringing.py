"""The visitor waits while the phones of a unit ring, one after the other or all at once."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.dialog import resident
from voice_engine.core.dialog.messages import (
    Abandon,
    Left,
    PlayWaiting,
    ResidentArrived,
    Ring,
    RingFailed,
    Say,
    StartTimer,
    StopRinging,
    StopTimer,
    Timer,
    TimerFired,
)
from voice_engine.core.dialog.outcome import close, left_before_outcome
from voice_engine.core.dialog.resident import WAITING_SECONDS, arrived, waiting
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.directory import Unit
from voice_engine.core.events import Disposition, Party
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import RingOrder

BUSY_PAUSE_SECONDS = 5.0
"""Before another try where a phone was busy."""
_MOST_TELLING = (Disposition.DECLINED, Disposition.NO_ANSWER, Disposition.BUSY)
"""Of several phones rung in vain, the result that says most about the resident comes first."""


def begin(rules: Rules, state: State, unit: Unit) -> Step:
    """Ring the phones of ``unit``; a visitor who knows a name only is not told where that resident lives."""
    singly = unit.ring is RingOrder.IN_ORDER
    groups = tuple((phone,) for phone in unit.phones) if singly else (unit.phones,)
    ringing, rings = _ring_next(replace(state, phones=groups * rules.ring_attempts, keys="", misses=0))
    calling = Say(Party.VISITOR, Prompt.CALLING, unit.number)
    return ringing, (
        Say(Party.VISITOR, Prompt.CALLING_RESIDENT) if state.by_name else calling,
        PlayWaiting(Party.VISITOR),
        *rings,
        StartTimer(Timer.WAITING, WAITING_SECONDS),
    )


def timer(rules: Rules, state: State, event: TimerFired) -> Step:
    """Time passes while phones ring."""
    if event.timer is Timer.RING_PAUSE and state.phones:
        return _ring_next(state)
    return waiting(rules, state, event)


def failed(_rules: Rules, state: State, event: RingFailed) -> Step:
    """Once all that rang together were rung in vain, try the next, or tell the visitor that nobody could be reached."""
    phones = {event.phone} if event.phone else state.ringing
    tried = replace(state, ringing=state.ringing - phones, ring_results=state.ring_results | {event.disposition})
    if event.disposition is Disposition.DECLINED:
        tried = replace(tried, phones=without(tried.phones, phones))
    if tried.ringing:
        return tried, ()
    if not tried.phones:
        return close(tried, telling(tried.ring_results))
    if event.disposition is Disposition.BUSY and phones & set(tried.phones[0]):
        return tried, (StartTimer(Timer.RING_PAUSE, BUSY_PAUSE_SECONDS),)
    return _ring_next(tried)


def taken(rules: Rules, state: State, event: ResidentArrived) -> Step:
    """The first phone that is taken silences the others; should a machine have taken it, it is not rung again."""
    phones = {event.phone} if event.phone else state.ringing
    answered = replace(state, ringing=frozenset(), phones=without(state.phones, phones))
    after, effects = arrived(rules, answered, event)
    return after, (*([StopRinging()] if len(state.ringing) > 1 else []), *effects)


def key_timer(rules: Rules, state: State, event: TimerFired) -> Step:
    """No key came; where a machine seems to have taken the phone, nobody was asked yet."""
    if event.timer is Timer.KEYPAD and state.recorded:
        return _go_on(state)
    return resident.key_timer(rules, state, event)


def left_unheard(rules: Rules, state: State, event: Left) -> Step:
    """A machine that hangs up has refused nothing; a resident who does has permitted nothing."""
    if state.recorded and event.party is Party.RESIDENT and Party.VISITOR in state.present:
        return _go_on(state)
    return left_before_outcome(rules, state, event)


def _go_on(state: State) -> Step:
    """Nobody was at the phone that was taken: ring the next, or tell the visitor that nobody answers."""
    alone = replace(
        state,
        present=state.present - {Party.RESIDENT},
        ring_results=state.ring_results | {Disposition.NO_ANSWER},
        misses=0,
        doubtful=False,
        recorded=False,
    )
    after, effects = _ring_next(alone) if alone.phones else close(alone, telling(alone.ring_results))
    return after, (StopTimer(Timer.KEYPAD), Abandon(Party.RESIDENT), *effects)


def _ring_next(state: State) -> Step:
    phones, *later = state.phones
    ringing = replace(state, stage=Stage.RINGING, ringing=frozenset(phones), phones=tuple(later))
    return ringing, tuple(Ring(phone) for phone in phones)


def without(groups: tuple[tuple[str, ...], ...], phones: set[str] | frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Leave phones out, and groups of which nothing is left."""
    left = (tuple(phone for phone in group if phone not in phones) for group in groups)
    return tuple(group for group in left if group)


def telling(results: frozenset[Disposition]) -> Disposition:
    """Of what became of several phones, what says most about the resident."""
    return next((disposition for disposition in _MOST_TELLING if disposition in results), Disposition.UNREACHABLE)

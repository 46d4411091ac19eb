"""One timer that drives all legs, spread over a few phases so that two hundred of them do not send in one burst."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from voice_engine.core.audio import FRAME_SECONDS

PHASES = 4
"""Legs are driven at one of four moments of each 20 ms; more would only wake the process more often."""

_TICK_SECONDS = FRAME_SECONDS / PHASES
_ROUNDING_SECONDS = 1e-6
"""Far below a tick and far above the rounding of a monotonic clock that has run for years."""


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None:
        """Do not make it."""
        ...


class Clock(Protocol):
    """What is needed of an event loop's clock."""

    def time(self) -> float:
        """Monotonic seconds."""
        ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Call ``callback`` in the event loop once it is ``when``."""
        ...


class Performer(Protocol):
    """What the metronome drives."""

    def start(self, first_beat_at: float) -> None:
        """Take the moment (now, or within the next 20 ms) from which on every 20 ms counts."""
        ...

    def beat(self, now: float) -> float | None:
        """Do what is due, and tell when to be called again; None: never."""
        ...


class Metronome:
    """Calls each performer when it asked to be called, at the next tick of 5 ms."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._phases: dict[Performer, int] = {}
        self._ticks: dict[int, list[Performer]] = {}
        """Who is called at which tick; ticks are counted from the clock's zero."""
        self._timer: Timer | None = None
        self._armed_for = 0

    def add(self, performer: Performer) -> None:
        """Start a performer at once, in the phase that has the fewest, and drive it until it wants no more."""
        now = self._clock.time()
        crowd = Counter(self._phases.values())
        tick = min(range(_tick_at(now), _tick_at(now) + PHASES), key=lambda tick: crowd[tick % PHASES])
        self._phases[performer] = tick % PHASES
        performer.start(tick * _TICK_SECONDS)
        self._drive(performer, now)
        self._arm()

    def _beat(self) -> None:
        self._timer = None
        now = self._clock.time()
        last_tick = math.floor((now + _ROUNDING_SECONDS) / _TICK_SECONDS)
        try:
            while self._ticks and (tick := min(self._ticks)) <= last_tick:
                performers = self._ticks[tick]
                while performers:
                    self._drive(performers.pop(), now)
                del self._ticks[tick]
        finally:
            # A performer that raised is out; the others must be heard all the same.
            self._arm()

    def _drive(self, performer: Performer, now: float) -> None:
        next_at = performer.beat(now)
        if next_at is None:
            self._phases.pop(performer, None)
        else:
            self._ticks.setdefault(_tick_at(next_at), []).append(performer)

    def _arm(self) -> None:
        tick = min(self._ticks, default=None)
        if self._timer is not None:
            if tick == self._armed_for:
                return
            self._timer.cancel()
            self._timer = None
        if tick is not None:
            self._armed_for = tick
            self._timer = self._clock.call_at(tick * _TICK_SECONDS, self._beat)


def _tick_at(when: float) -> int:
    """The first tick that is not before ``when``."""
    return math.ceil((when - _ROUNDING_SECONDS) / _TICK_SECONDS)

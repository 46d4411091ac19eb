"""One timer for all: everybody in time, nobody in one burst, and one who fails takes no other along."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from tests.engine.servers.audiosocket.asterisk import ManualClock
from voice_engine.servers.audiosocket.metronome import PHASES, Metronome


class Performer:
    """Wants to be called every 20 ms from its start."""

    def __init__(self, clock: ManualClock, beats: int = 1000) -> None:
        self._clock = clock
        self._left = beats
        self._next_at = 0.0
        self.beats: list[float] = []

    def start(self, first_beat_at: float) -> None:
        """Take the grid."""
        self._next_at = first_beat_at

    def beat(self, now: float) -> float | None:
        """Write it down."""
        self.beats.append(now)
        self._left -= 1
        while self._next_at <= now:
            self._next_at += 0.02
        return self._next_at if self._left else None


class Faulty(Performer):
    """Raises at its third beat."""

    def beat(self, now: float) -> float | None:
        """As ever, twice."""
        if len(self.beats) == 2:
            msg = "out of tune"
            raise RuntimeError(msg)
        return super().beat(now)


def test_everybody_is_called_at_once_and_then_every_20_ms() -> None:
    """To the tick."""
    clock = ManualClock()
    performer = Performer(clock)

    Metronome(clock).add(performer)
    clock.advance(1.0)

    assert performer.beats[0] == 1000.0
    assert len(performer.beats) == 51
    assert [later - earlier for earlier, later in pairwise(performer.beats[1:])] == pytest.approx([0.02] * 49, abs=1e-6)


def test_two_hundred_that_come_together_are_spread() -> None:
    """Each of the four phases gets its quarter."""
    clock = ManualClock()
    metronome = Metronome(clock)
    performers = [Performer(clock) for _ in range(200)]
    for performer in performers:
        metronome.add(performer)

    clock.advance(0.1)

    crowds = Counter(round(performer.beats[-1], 4) for performer in performers)
    assert sorted(crowds.values()) == [200 // PHASES] * PHASES


def test_who_wants_no_more_is_called_no_more_and_leaves_its_place() -> None:
    """And a clock with nobody to call is left alone."""
    clock = ManualClock()
    metronome = Metronome(clock)
    short = [Performer(clock, beats=3) for _ in range(PHASES)]
    for performer in short:
        metronome.add(performer)
    clock.advance(1.0)
    assert [len(performer.beats) for performer in short] == [3] * PHASES

    late = [Performer(clock) for _ in range(PHASES)]
    for performer in late:
        metronome.add(performer)
    clock.advance(0.1)
    assert len({round(performer.beats[-1], 4) for performer in late}) == PHASES


def test_a_hold_up_is_one_late_beat() -> None:
    """What to make of it is the performer's business."""
    clock = ManualClock()
    performer = Performer(clock)
    Metronome(clock).add(performer)
    clock.advance(0.1)
    count = len(performer.beats)

    clock.stall(3.0)

    assert len(performer.beats) == count + 1


def test_one_that_fails_is_out_and_the_others_go_on() -> None:
    """A leg's bug must not silence the house."""
    clock = ManualClock()
    metronome = Metronome(clock)
    good = [Performer(clock) for _ in range(20)]
    faulty = Faulty(clock)
    for performer in (*good[:10], faulty, *good[10:]):
        metronome.add(performer)

    with pytest.raises(RuntimeError, match="out of tune"):
        clock.advance(1.0)
    clock.advance(1.0)

    assert len(faulty.beats) == 2
    assert all(len(performer.beats) > 50 for performer in good)

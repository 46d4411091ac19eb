"""The schedule of a leg's frames: exact in the long run, never too far ahead, honest about gaps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.pacing import IDLE_LEAD_FRAMES, LEAD_FRAMES, Pacer

FRAME = 0.02
START = 5000.0


def started(transmission_delay_ms: float = 10) -> Pacer:
    """A pacer whose first frame begins now."""
    pacer = Pacer(transmission_delay_ms)
    pacer.start(START)
    return pacer


def run(pacer: Pacer, since: float, until: float, tick: float = 0.005) -> list[tuple[float, int]]:
    """Ask at every tick; when and how many frames were sent."""
    taken = []
    for step in range(round((until - since) / tick) + 1):
        now = since + step * tick
        if frames := pacer.take(now):
            taken.append((round(now - START, 4), frames))
    return taken


@pytest.mark.parametrize(
    ("delay_ms", "expected"),
    [
        (10, [0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1]),
        (15, [0.0, 0.015, 0.03, 0.045, 0.06, 0.075, 0.08, 0.1]),
        (5, [0.0, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1]),
        (0, [0.0, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1]),
    ],
)
def test_the_lead_fills_with_the_transmission_delay_between_frames(delay_ms: float, expected: list[float]) -> None:
    """Beyond the lead, real time rules."""
    assert run(started(delay_ms), START, START + 0.1) == [(when, 1) for when in expected]


@pytest.mark.parametrize("delay_ms", [20, 30, 500])
def test_a_long_transmission_delay_does_not_starve_the_party(delay_ms: float) -> None:
    """The lead stays empty then, but real time is kept."""
    pacer = started(delay_ms)
    assert len(run(pacer, START, START + 1)) == 51
    assert pacer.underflows == 0


def test_the_transmission_delay_can_be_changed_while_the_lead_fills() -> None:
    """Throttling makes it half as long again."""
    pacer = started(10)
    assert run(pacer, START, START + 0.01) == [(0.0, 1), (0.01, 1)]
    pacer.transmission_delay_ms = 15
    assert run(pacer, START + 0.015, START + 0.045) == [(0.025, 1), (0.04, 1)]


def test_an_hour_has_exactly_its_frames() -> None:
    """The schedule is absolute: nothing adds up, not even rounding."""
    pacer = started()
    sent = 0
    while pacer.due_at < START + 3600 - FRAME / 2:
        sent += pacer.take(pacer.due_at)
    assert sent == 180_000 + LEAD_FRAMES - 1
    assert pacer.heard_at == pytest.approx(START + 3600 + (LEAD_FRAMES - 1) * FRAME, abs=1e-6)
    assert pacer.underflows == 0


@pytest.mark.parametrize(("late", "frames"), [(0.0, 1), (0.019, 1), (0.02, 2), (0.04, 3), (0.059, 3)])
def test_a_short_hold_up_is_caught_up_at_once(late: float, frames: int) -> None:
    """Up to three frames in one go; then the old schedule goes on as if nothing had happened."""
    pacer = started()
    run(pacer, START, START + 1)
    due_at = pacer.due_at

    assert pacer.take(due_at + late) == frames

    assert pacer.underflows == 0
    assert pacer.due_at == pytest.approx(due_at + frames * FRAME)


@pytest.mark.parametrize("late", [0.0601, 0.105, 3.01])
def test_after_a_long_hold_up_the_schedule_starts_over(late: float) -> None:
    """One frame now, the lead fills anew, the gap is counted once, and the phase is kept."""
    pacer = started()
    run(pacer, START, START + 1)
    due_at = pacer.due_at
    now = due_at + late

    assert pacer.take(now) == 1
    assert pacer.underflows == 1
    assert FRAME <= pacer.heard_at - now <= 2 * FRAME
    assert {frames for _, frames in run(pacer, now + 0.005, now + 0.2)} == {1}
    assert (LEAD_FRAMES - 1) * FRAME < pacer.heard_at - (now + 0.2) <= LEAD_FRAMES * FRAME
    assert pacer.underflows == 1
    assert abs(math.remainder(pacer.due_at - due_at, FRAME)) < 1e-6


def test_the_position_tells_when_a_frame_has_been_heard() -> None:
    """The first frame of a leg is heard 20 ms after its beginning, however early the next ones are sent."""
    pacer = started()
    pacer.take(START)
    assert pacer.heard_at == pytest.approx(START + 0.02)
    run(pacer, START + 0.005, START + 0.04)
    assert pacer.heard_at == pytest.approx(START + 0.1)


def test_due_at_is_the_very_moment() -> None:
    """Neither does a frame come before it, nor does one wait after it."""
    pacer = started()
    for _ in range(500):
        due_at = pacer.due_at
        assert pacer.take(due_at - 0.001) == 0
        assert pacer.take(due_at) == 1


@given(
    delay_ms=st.floats(0, 60),
    steps=st.lists(st.floats(0, 0.4).map(lambda seconds: seconds**3 * 6), min_size=1, max_size=200),
)
def test_however_the_clock_stumbles_the_lead_stays_within_its_bounds(delay_ms: float, steps: list[float]) -> None:
    """Never more than 60 ms ahead, never more than three frames at once, never silent once the party ran dry."""
    pacer = started(delay_ms)
    now = START
    for step in steps:
        now += step
        frames = pacer.take(now)
        lead = pacer.heard_at - now
        assert 0 <= frames <= LEAD_FRAMES
        assert lead <= LEAD_FRAMES * FRAME + 1e-5
        assert frames or lead > 0


def test_while_idle_the_lead_has_room_for_a_frame_at_any_moment() -> None:
    """Then the same moments as before go on."""
    for offset in (0.0, 0.004, 0.011, 0.0199):
        pacer = started()
        pacer.lead_frames = IDLE_LEAD_FRAMES
        run(pacer, START, START + 1)
        due_at = pacer.due_at
        now = due_at - FRAME + offset
        pacer.take(now)

        pacer.lead_frames = LEAD_FRAMES

        assert pacer.take(now) == 1
        assert pacer.heard_at - now <= LEAD_FRAMES * FRAME + 1e-6
        assert pacer.due_at == pytest.approx(due_at)


def test_back_to_idle_one_frame_is_left_out_and_no_gap_is_counted() -> None:
    pacer = started()
    run(pacer, START, START + 1)
    pacer.lead_frames = IDLE_LEAD_FRAMES
    assert len(run(pacer, START + 1.005, START + 1.205)) == 9
    assert pacer.underflows == 0

"""What a loaded machine makes the engine do without."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.load import (
    CALM_SECONDS,
    STEP_SECONDS,
    LeakWatch,
    Load,
    LoadLimits,
    MemoryAlert,
    Reason,
    Relief,
    Throttling,
    concurrent_jobs,
    throttle,
)

LIMITS = LoadLimits()
MEGABYTE = 1_000_000
BUSY = Load(cpu=0.9)
CALM = Load(cpu=0.2)


def after(looks: list[tuple[Load, int]], seconds: float = STEP_SECONDS) -> Throttling:
    """What looks at the machine, ``seconds`` apart, lead to."""
    throttling = Throttling()
    for number, (load, calls) in enumerate(looks):
        throttling = throttle(throttling, load, calls, LIMITS, number * seconds)
    return throttling


@pytest.mark.parametrize(
    ("load", "calls", "reasons"),
    [
        (Load(cpu=0.86), 4, {Reason.BUSY}),
        (Load(cpu=0.85), 4, set()),
        (Load(cpu=1.0), 3, set()),
        (Load(cpu=None), 9, set()),
        (Load(memory_bytes=91, memory_limit_bytes=100), 0, {Reason.MEMORY}),
        (Load(memory_bytes=90, memory_limit_bytes=100), 0, set()),
        (Load(memory_bytes=91, memory_limit_bytes=None), 0, set()),
        (Load(temperature_celsius=80.5), 0, {Reason.TEMPERATURE}),
        (Load(under_voltage=True), 0, {Reason.UNDER_VOLTAGE}),
        (Load(under_voltage=None, frequency_capped=True), 0, set()),
        (Load(cpu=0.9, temperature_celsius=85.0), 5, {Reason.BUSY, Reason.TEMPERATURE}),
    ],
)
def test_reasons(load: Load, calls: int, reasons: set[Reason]) -> None:
    throttling = after([(load, calls)])
    assert throttling.reasons == reasons
    assert throttling.active == bool(reasons)


def test_reliefs_come_one_by_one_in_order() -> None:
    throttling = Throttling()
    for number, expected in enumerate([*Relief, Relief.KEYPAD_CALLS]):
        throttling = throttle(throttling, BUSY, 4, LIMITS, number * STEP_SECONDS)
        assert throttling.reliefs[-1] is expected
        too_early = throttle(throttling, BUSY, 4, LIMITS, number * STEP_SECONDS + 1)
        assert too_early.reliefs == throttling.reliefs
    assert Relief.NO_SPECULATION in throttling


def test_reliefs_go_one_by_one_once_it_is_calm() -> None:
    throttling = after([(BUSY, 4)] * 3)
    now = 2 * STEP_SECONDS
    for left in (2, 1, 0):
        assert len(throttle(throttling, CALM, 4, LIMITS, now + CALM_SECONDS - 1).reliefs) == left + 1
        now += CALM_SECONDS
        throttling = throttle(throttling, CALM, 4, LIMITS, now)
        assert throttling.reliefs == tuple(Relief)[:left]
    assert not throttling.active


def test_a_load_just_below_its_limit_is_no_calm_yet() -> None:
    throttling = after([(BUSY, 4), (Load(cpu=0.8), 4)])
    assert throttling.reasons == {Reason.BUSY}
    assert throttle(throttling, Load(cpu=0.74), 4, LIMITS, 10.0).reasons == set()
    assert after([(Load(cpu=0.8), 4)]).reasons == set()


def test_calm_is_counted_from_the_last_trouble() -> None:
    throttling = after([(BUSY, 4)] * 30)
    last = 29 * STEP_SECONDS
    assert throttle(throttling, CALM, 4, LIMITS, last + CALM_SECONDS - 1).reliefs == tuple(Relief)


def test_memory_is_told_of_twice_before_its_end() -> None:
    def alert(*percents: int) -> MemoryAlert:
        return after([(Load(memory_bytes=percent, memory_limit_bytes=100), 0) for percent in percents]).memory_alert

    assert [alert(80), alert(81), alert(91)] == [MemoryAlert.NONE, MemoryAlert.WARNING, MemoryAlert.CRITICAL]
    assert alert(91, 87) is MemoryAlert.CRITICAL
    assert alert(91, 84) is MemoryAlert.WARNING
    assert alert(91, 84, 76) is MemoryAlert.WARNING
    assert alert(91, 84, 75) is MemoryAlert.NONE
    assert alert(76) is MemoryAlert.NONE
    assert throttle(
        after([(Load(memory_bytes=95, memory_limit_bytes=100), 0)]), Load(), 0, LIMITS, 9.0
    ).memory_alert is (MemoryAlert.NONE)


@given(
    st.lists(
        st.tuples(
            st.builds(
                Load,
                cpu=st.none() | st.floats(0, 1),
                memory_bytes=st.none() | st.integers(0, 100),
                memory_limit_bytes=st.none() | st.just(100),
                temperature_celsius=st.none() | st.floats(0, 100),
                under_voltage=st.none() | st.booleans(),
            ),
            st.integers(0, 10),
            st.floats(0.1, 60),
        ),
        max_size=60,
    )
)
def test_it_always_moves_by_single_steps(looks: list[tuple[Load, int, float]]) -> None:
    throttling, now = Throttling(), 0.0
    for load, calls, seconds in looks:
        now += seconds
        following = throttle(throttling, load, calls, LIMITS, now)
        assert abs(len(following.reliefs) - len(throttling.reliefs)) <= 1
        assert following.reliefs == tuple(Relief)[: len(following.reliefs)]
        assert following.active or not following.reasons
        throttling = following


def growth(sizes: list[float], every_seconds: float = 60.0) -> float | None:
    watch = LeakWatch()
    for number, size in enumerate(sizes):
        watch.add(number * every_seconds, round(size * MEGABYTE))
    return watch.growth_bytes_per_hour


def test_steady_growth_is_a_leak() -> None:
    found = growth([100 + minute * 0.5 for minute in range(60)])
    assert found == pytest.approx(30 * MEGABYTE, rel=0.01)


def test_what_fills_and_settles_is_no_leak() -> None:
    assert growth([100.0] * 60) is None
    assert growth([100 + 50 * min(1.0, minute / 10) for minute in range(60)]) is None
    assert growth([200 - minute * 0.5 for minute in range(60)]) is None
    assert growth([100 + size for size in itertools.islice(itertools.cycle([0, 5, 2, 9]), 60)]) is None


def test_too_early_to_tell() -> None:
    assert growth([100 + minute for minute in range(20)]) is None
    assert growth([100 + second for second in range(600)], every_seconds=1.0) is None


def test_only_the_last_hour_counts() -> None:
    assert growth([100 + minute * 0.5 for minute in range(60)] + [130.0] * 60) is None


@pytest.mark.parametrize(
    ("cores", "gigabytes", "jobs"),
    [
        (1, 0.5, 1),
        (4, 0.42, 1),
        (4, 1.9, 1),
        (2, 3.7, 2),
        (4, 3.8, 2),
        (4, 7.6, 3),
        (5, 7.9, 4),
        (8, 16, 6),
        (64, 256, 6),
        (2, 64, 2),
    ],
)
def test_how_much_a_machine_does_at_once(cores: int, gigabytes: float, jobs: int) -> None:
    """As Linux counts its memory: a Raspberry Pi 5 with 8 GB tells of 7.6."""
    assert concurrent_jobs(cores, round(gigabytes * 1024**3)) == jobs

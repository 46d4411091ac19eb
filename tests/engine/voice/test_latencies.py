"""Latencies of the last turns."""

from __future__ import annotations

import pytest

from voice_engine.voice.latencies import RECENT_TURNS, Latencies, Latency


def test_nothing_yet() -> None:
    assert Latencies().summary() == {}


def test_one_turn_is_its_own_median() -> None:
    latencies = Latencies()
    latencies.add({"endpoint": 0.5, "transcription": 0.2})
    assert latencies.summary() == {"endpoint": Latency(0.5, 0.5, 1), "transcription": Latency(0.2, 0.2, 1)}


def test_the_middle_and_the_slow_end() -> None:
    latencies = Latencies()
    for hundredth in range(101):
        latencies.add({"first_frame": hundredth / 100})
    found = latencies.summary()["first_frame"]
    assert (found.p50_seconds, found.p95_seconds, found.turns) == (pytest.approx(0.5), pytest.approx(0.95), 101)


def test_what_was_long_ago_does_not_count() -> None:
    latencies = Latencies()
    for _ in range(RECENT_TURNS):
        latencies.add({"first_frame": 9.0})
    for _ in range(RECENT_TURNS):
        latencies.add({"first_frame": 1.0})
    assert latencies.summary()["first_frame"] == Latency(1.0, 1.0, RECENT_TURNS)
    assert latencies.turns == 2 * RECENT_TURNS

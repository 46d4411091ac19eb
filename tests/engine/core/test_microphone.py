"""What the sound of a microphone says about the microphone."""

from __future__ import annotations

import pytest

from voice_engine.core.microphone import MICROPHONE_RATE, SILENT_SECONDS, SignalWatch

SECOND = MICROPHONE_RATE * 2
FULL_SCALE = b"\xff\x7f\x01\x80"


@pytest.mark.parametrize("piece", [1, 777, 4000, SECOND, 10 * SECOND])
def test_the_level_is_that_of_the_last_whole_second(piece: int) -> None:
    watch = SignalWatch()
    sound = bytes(SECOND) + FULL_SCALE * (SECOND // 4) + b"\xff\x7f" * 10
    readings = [watch.feed(sound[start : start + piece]) for start in range(0, len(sound), piece)]
    assert watch.level_dbfs == 0.0
    assert 1 <= sum(readings) <= 2


def test_there_is_no_level_before_the_first_second() -> None:
    watch = SignalWatch()
    assert not watch.feed(FULL_SCALE * (SECOND // 4 - 1))
    assert watch.level_dbfs is None
    assert watch.feed(FULL_SCALE)


def test_one_sample_that_is_not_zero_is_a_signal() -> None:
    """However quiet: what is muted gives none at all."""
    watch = SignalWatch()
    for _ in range(int(SILENT_SECONDS) - 1):
        watch.feed(bytes(SECOND))
    assert not watch.silent
    watch.feed(bytes(SECOND))
    assert watch.silent
    watch.feed(bytes(SECOND - 2) + b"\x01\x00")
    assert not watch.silent
    assert watch.level_dbfs == -96.0

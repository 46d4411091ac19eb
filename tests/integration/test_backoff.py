"""The waits before connecting again."""

import pytest

from custom_components.voice_processor import backoff
from custom_components.voice_processor.backoff import LONGEST_WAIT_SECONDS, Backoff


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the longest wait that the jitter allows, and the product's first one."""
    monkeypatch.setattr(backoff, "uniform", lambda _, longest: longest)
    monkeypatch.setattr(backoff, "FIRST_WAIT_SECONDS", 1.0)


def test_waits_double_up_to_the_longest() -> None:
    waits = Backoff()
    assert [waits.wait_seconds(lived_seconds=0) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_connection_that_lived_makes_the_waits_start_over() -> None:
    waits = Backoff()
    for _ in range(7):
        waits.wait_seconds(lived_seconds=LONGEST_WAIT_SECONDS)
    assert waits.wait_seconds(lived_seconds=LONGEST_WAIT_SECONDS + 1) == 1
    assert waits.wait_seconds(lived_seconds=0) == 2


def test_jitter_shortens_a_wait_by_up_to_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "uniform", lambda shortest, _: shortest)
    assert Backoff().wait_seconds(lived_seconds=0) == 0.5

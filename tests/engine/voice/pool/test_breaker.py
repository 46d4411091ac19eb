"""When a backend is left out, and for how long."""

from __future__ import annotations

import pytest

from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendRateLimited,
    BackendRefused,
    BackendTimeout,
    BackendUnavailable,
)
from voice_engine.voice.pool.breaker import LASTING_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Breaker

NOW = 1000.0


@pytest.mark.parametrize("error", [BackendTimeout("late"), BackendOverloaded("500"), BackendGarbled("cut")])
def test_one_failure_of_a_backend_that_is_there_is_tolerated(error: BackendError) -> None:
    breaker = Breaker()
    breaker.fail(error, NOW)
    assert not breaker.is_open
    breaker.fail(error, NOW)
    assert (breaker.is_open, breaker.problem) == (True, error)


def test_a_good_answer_in_between_is_a_new_beginning() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.fail(BackendTimeout("late"), NOW)
        breaker.succeed()
    assert not breaker.is_open


def test_pauses_grow_up_to_a_minute_and_begin_anew_after_an_answer() -> None:
    breaker = Breaker()
    pauses = []
    for _ in range(9):
        breaker.fail(BackendUnavailable("away"), NOW)
        pauses.append(breaker.retry_at - NOW)
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    breaker.succeed()
    breaker.fail(BackendUnavailable("away"), NOW)
    assert breaker.retry_at == NOW + 1


@pytest.mark.parametrize(
    ("error", "pause_seconds"),
    [
        (BackendRateLimited("slow down", 42.0), 42.0),
        (BackendRateLimited("slow down"), 5.0),
        (BackendRateLimited("come back tomorrow", 86_400.0), 3600.0),
        (BackendRefused("wrong key"), LASTING_PAUSE_SECONDS),
        (BackendMisused("no such model"), LASTING_PAUSE_SECONDS),
    ],
)
def test_what_a_service_says_itself_is_heeded(error: BackendError, pause_seconds: float) -> None:
    """And it is not even asked when all others have failed."""
    breaker = Breaker()
    breaker.fail(error, NOW)
    assert (breaker.is_open, breaker.is_barred, breaker.retry_at) == (True, True, NOW + pause_seconds)

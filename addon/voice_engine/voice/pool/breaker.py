"""A circuit breaker: whether a backend is asked, or left out until it is likely to be better."""

from __future__ import annotations

from voice_engine.core.errors import (
    BackendError,
    BackendMisused,
    BackendRateLimited,
    BackendRefused,
    BackendUnavailable,
)

FIRST_PAUSE_SECONDS = 1.0
"""A program that crashed is back after a second or two."""
LONGEST_PAUSE_SECONDS = 60.0
"""Whoever has repaired something sees it used again within a minute."""
UNLIMITED_PAUSE_SECONDS = 5.0
"""After a rate limit that does not say how long it lasts."""
LONGEST_RATE_LIMIT_SECONDS = 3600.0
"""A limit by the day is asked about once an hour."""
LASTING_PAUSE_SECONDS = 600.0
"""After a wrong key or a wrong model: only a person can mend those, there or in the settings."""
TOLERATED = 1
"""Failures in a row that do not yet mean it is broken, where it is there and fails in some other way."""

_LASTING = (BackendRefused, BackendMisused)
_TELLING = (*_LASTING, BackendRateLimited, BackendUnavailable)
"""One of these is enough: the next request would only meet it again."""


class Breaker:
    """Closed: it is asked. Open: it is not. Once its pause is over, one request or probe tells whether it is better."""

    def __init__(self) -> None:
        self.problem: BackendError | None = None
        """Why it is open."""
        self.retry_at = 0.0
        """When its pause is over, on the clock of the caller."""
        self._in_a_row = 0
        self._pauses = 0

    @property
    def is_open(self) -> bool:
        """Whether it is left out."""
        return self.problem is not None

    @property
    def is_barred(self) -> bool:
        """Whether asking it before its pause is over cannot help, or does harm."""
        return isinstance(self.problem, (*_LASTING, BackendRateLimited))

    def succeed(self) -> None:
        """It has answered: all is forgiven."""
        self.problem = None
        self._in_a_row = self._pauses = 0

    def fail(self, error: BackendError, now: float, *, at_once: bool = False) -> None:
        """It has failed with ``error``; ``at_once``: no failure is tolerated."""
        self._in_a_row += 1
        if not (at_once or self.is_open or isinstance(error, _TELLING) or self._in_a_row > TOLERATED):
            return
        self.problem = error
        self.retry_at = now + self._pause_seconds(error)
        self._pauses += 1

    def _pause_seconds(self, error: BackendError) -> float:
        if isinstance(error, _LASTING):
            return LASTING_PAUSE_SECONDS
        if isinstance(error, BackendRateLimited):
            return min(error.retry_after_seconds or UNLIMITED_PAUSE_SECONDS, LONGEST_RATE_LIMIT_SECONDS)
        return min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._pauses, 10), LONGEST_PAUSE_SECONDS)

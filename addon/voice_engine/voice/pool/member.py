"""One backend of a pool: what it is, how it does and whether it is asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from voice_engine.core.engines import BackendProblem, BackendReport, BackendState, BackendStatus
from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Language
from voice_engine.voice.pool.breaker import Breaker
from voice_engine.voice.ports import Probed, Reporting

NEWEST_SHARE = 0.2
"""How much the latest answer counts in the average: five turns, and a change is plain."""


@dataclass(slots=True, eq=False)
class Member[Backend]:
    """A backend with its name; the rest is kept by its pool."""

    name: str
    kind: str
    backend: Backend
    languages: frozenset[Language] = frozenset(Language)
    """Those it is used for; what it can is another question, which the backend answers."""
    breaker: Breaker = field(default_factory=Breaker)
    warmings: int = 0
    """How many pieces of work make it ready now."""
    is_warm: bool = False
    trials: int = 0
    """Requests under way."""
    _requests: int = 0
    _failures: Counter[str] = field(default_factory=Counter)
    _latency_seconds: float | None = None

    @property
    def state(self) -> BackendState:
        """Where it stands."""
        if self.breaker.is_open:
            return BackendState.FAILED
        if self.warmings:
            return BackendState.WARMING
        return BackendState.READY if self.is_warm else BackendState.IDLE

    @property
    def status(self) -> BackendStatus:
        """What is told of it."""
        problem = self.breaker.problem
        return BackendStatus(
            self.name,
            self.kind,
            self.state,
            BackendProblem(problem.code, str(problem)) if problem else None,
            self._requests,
            dict(self._failures),
            self._latency_seconds,
            self.backend.report if isinstance(self.backend, Reporting) else BackendReport(),
        )

    @property
    def latency_seconds(self) -> float | None:
        """How long it takes to answer; None before its first answer."""
        return self._latency_seconds

    def admits(self, now: float) -> bool:
        """Whether it may be asked: it works, or its pause is over and this request is the one that tells."""
        if not self.breaker.is_open:
            return True
        if isinstance(self.backend, Probed):
            return False  # a probe tells, so that no visitor has to
        return now >= self.breaker.retry_at and not self.trials

    def ended(self) -> None:
        """A request is over, however."""
        self.trials -= 1

    def answered(self, seconds: float) -> None:
        """It has answered a request after ``seconds``."""
        self._requests += 1
        before = seconds if self._latency_seconds is None else self._latency_seconds
        self._latency_seconds = before + (seconds - before) * NEWEST_SHARE
        self.recovered()

    def recovered(self) -> None:
        """It works."""
        self.is_warm = True
        self.breaker.succeed()

    def failed(self, error: BackendError, now: float, *, at_once: bool = False) -> None:
        """A request has failed; ``at_once``: it is left out by that."""
        self._requests += 1
        self._failures[error.code] += 1
        self.breaker.fail(error, now, at_once=at_once)

"""How long callers waited, by stage of the turn: medians and the slow end of what happened lately."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import quantiles

from voice_engine.core.events import CallEvent, Turn

RECENT_TURNS = 500
"""A busy day of a condominium."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one stage, in seconds."""

    p50_seconds: float
    p95_seconds: float
    turns: int
    """How many it is of."""


class Latencies:
    """The stages of the last turns; a ``CallObserver``."""

    def __init__(self) -> None:
        self._recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RECENT_TURNS))
        self._count = 0

    def on_call_event(self, event: CallEvent) -> None:
        """Ignored: only turns take time."""

    def on_turn(self, turn: Turn) -> None:
        """Take one turn's stages, nothing of what was said."""
        self.add(turn.stages)

    @property
    def turns(self) -> int:
        """All since the start."""
        return self._count

    def add(self, stages: Mapping[str, float]) -> None:
        """Take one turn: seconds by stage."""
        self._count += 1
        for stage, seconds in stages.items():
            self._recent[stage].append(seconds)

    def summary(self) -> dict[str, Latency]:
        """By stage, for those that occurred."""
        return {stage: _summary(list(values)) for stage, values in self._recent.items()}


def _summary(values: list[float]) -> Latency:
    if len(values) == 1:
        return Latency(values[0], values[0], 1)
    percentiles = quantiles(values, n=20, method="inclusive")
    return Latency(percentiles[9], percentiles[18], len(values))

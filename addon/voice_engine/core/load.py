"""How loaded the machine is, and what the engine does without when it is too much.

Each step of relief gives something up that callers feel less than the next; they come and go one by one, so that a
machine at its limit settles where it can just keep up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import correlation, linear_regression

STEP_SECONDS = 5.0
"""Between one step of relief and the next: what the last one brought must show in the load first."""
CALM_SECONDS = 20.0
"""How long it has to be calm before a step is taken back: a call's next turn would bring it again."""
TREND_SECONDS = 3600.0
TREND_SAMPLES = 60
_MIN_TREND_SAMPLES = 30
"""Half an hour: caches fill for a while after every start."""
STEADY = 0.95
"""Correlation of memory with time from which growth counts as steady: caches that fill and settle stay below."""


class Reason(StrEnum):
    """Why the engine holds back."""

    BUSY = "busy"
    """More calls than usual, and the processor at its limit."""
    MEMORY = "memory"
    TEMPERATURE = "temperature"
    UNDER_VOLTAGE = "under_voltage"
    """The power supply is too weak: the next peak may stop the machine."""


class Relief(StrEnum):
    """What the engine does without, in this order."""

    SLOWER_LEAD = "slower_lead"
    """The lead of a prompt over real time is filled half as fast again."""
    NO_SPECULATION = "no_speculation"
    """Nothing is transcribed before its end is certain."""
    SMALLER_AUDIO_CONTEXT = "smaller_audio_context"
    """Recognisers that can look at less look at less."""
    BATCH_PAUSED = "batch_paused"
    """Recordings wait; the inbox fills."""
    ONE_API_SLOT = "one_api_slot"
    KEYPAD_CALLS = "keypad_calls"
    """Calls that begin now are held by keypad."""


class MemoryAlert(StrEnum):
    """How near the end of memory is."""

    NONE = "none"
    WARNING = "warning"
    """Caches are shrunk."""
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Load:
    """One look at the machine. None: it does not tell."""

    cpu: float | None = None
    """Share of all processors that is busy, from 0 to 1."""
    own_cpu: float | None = None
    """The part of it that is the engine's and its child processes'."""
    memory_bytes: int | None = None
    """In use, without what can be reclaimed at once."""
    memory_limit_bytes: int | None = None
    """The container's limit, or the machine's memory where that is less."""
    own_memory_bytes: int | None = None
    """The engine's own resident memory, without its children's."""
    temperature_celsius: float | None = None
    under_voltage: bool | None = None
    frequency_capped: bool | None = None
    """The processor runs slower than it could, for heat or voltage."""
    cpu_pressure: float | None = None
    """Share of the last ten seconds in which something waited for a processor (Linux PSI, ``some avg10``), 0 to 1."""
    memory_pressure: float | None = None
    """The same for memory."""
    disk_bytes: int | None = None
    """Of the disk on which the engine keeps its data."""
    disk_free_bytes: int | None = None
    """What the engine may still write there."""

    @property
    def memory(self) -> float | None:
        """Share of the limit in use."""
        if self.memory_bytes is None or not self.memory_limit_bytes:
            return None
        return self.memory_bytes / self.memory_limit_bytes


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """Beyond these the engine holds back."""

    active_calls: int = 3
    """Up to so many calls a busy processor is no reason."""
    cpu: float = 0.85
    memory: float = 0.9
    memory_warning: float = 0.8
    temperature_celsius: float = 80.0
    """A Raspberry Pi slows itself down from 80 degrees on."""


_SOLD_GIGABYTE = 0.9 * 1024**3
"""What is left of one for Linux: graphics and firmware take the rest."""
_CPU_MARGIN, _MEMORY_MARGIN, _TEMPERATURE_MARGIN = 0.10, 0.05, 5.0
"""How far below a limit it has to fall before it counts as kept again."""


def concurrent_jobs(cores: int, memory_bytes: int) -> int:
    """How many recognitions, or syntheses, such a machine does at once without each of them getting slow."""
    if cores >= 4 and memory_bytes >= 8 * _SOLD_GIGABYTE:
        return max(3, min(cores - 1, 6))
    return 2 if cores >= 2 and memory_bytes >= 4 * _SOLD_GIGABYTE else 1


@dataclass(frozen=True, slots=True)
class Throttling:
    """What holds the engine back now, and what it does without."""

    reasons: frozenset[Reason] = frozenset()
    reliefs: tuple[Relief, ...] = ()
    memory_alert: MemoryAlert = MemoryAlert.NONE
    changed_at: float = 0.0
    """When a relief last came or went, or the last of them was still needed."""

    @property
    def active(self) -> bool:
        """Whether anything is done without."""
        return bool(self.reliefs)

    def __contains__(self, relief: Relief) -> bool:
        """Whether ``relief`` is in force."""
        return relief in self.reliefs


def throttle(before: Throttling, load: Load, active_calls: int, limits: LoadLimits, now: float) -> Throttling:
    """What follows from a look at the machine at ``now`` (seconds). What the machine does not tell is no reason."""
    reasons = _reasons(before.reasons, load, active_calls, limits)
    steps, changed_at = len(before.reliefs), before.changed_at
    waited = now - changed_at
    if reasons and steps < len(Relief) and (not steps or waited >= STEP_SECONDS):
        steps, changed_at = steps + 1, now
    elif not reasons and steps and waited >= CALM_SECONDS:
        steps, changed_at = steps - 1, now
    elif reasons and steps == len(Relief):
        changed_at = now  # calm is counted from the last trouble
    return Throttling(reasons, tuple(Relief)[:steps], _alert(before.memory_alert, load, limits), changed_at)


def _reasons(before: frozenset[Reason], load: Load, active_calls: int, limits: LoadLimits) -> frozenset[Reason]:
    def beyond(value: float | None, limit: float, margin: float, reason: Reason) -> bool:
        return value is not None and value > (limit - margin if reason in before else limit)

    found = set()
    busy = beyond(load.cpu, limits.cpu, _CPU_MARGIN, Reason.BUSY)
    if busy and active_calls > limits.active_calls:
        found.add(Reason.BUSY)
    if beyond(load.memory, limits.memory, _MEMORY_MARGIN, Reason.MEMORY):
        found.add(Reason.MEMORY)
    if beyond(load.temperature_celsius, limits.temperature_celsius, _TEMPERATURE_MARGIN, Reason.TEMPERATURE):
        found.add(Reason.TEMPERATURE)
    if load.under_voltage:
        found.add(Reason.UNDER_VOLTAGE)
    return frozenset(found)


def _alert(before: MemoryAlert, load: Load, limits: LoadLimits) -> MemoryAlert:
    memory = load.memory
    if memory is None:
        return MemoryAlert.NONE
    levels = list(MemoryAlert)
    for alert, limit in ((MemoryAlert.CRITICAL, limits.memory), (MemoryAlert.WARNING, limits.memory_warning)):
        stands = levels.index(before) >= levels.index(alert)
        if memory > (limit - _MEMORY_MARGIN if stands else limit):
            return alert
    return MemoryAlert.NONE


class LeakWatch:
    """Looks for memory that only ever grows, over an hour."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=TREND_SAMPLES)

    def add(self, now: float, own_memory_bytes: int) -> None:
        """Take one sample; more than one a minute are left out."""
        if not self._samples or now - self._samples[-1][0] >= TREND_SECONDS / TREND_SAMPLES:
            self._samples.append((now, own_memory_bytes))

    @property
    def growth_bytes_per_hour(self) -> float | None:
        """How fast it grows where it does so steadily, over half an hour at least; None: it does not, or who knows."""
        if len(self._samples) < _MIN_TREND_SAMPLES:
            return None
        times, sizes = zip(*self._samples, strict=True)
        slope, _ = linear_regression(times, sizes)
        if slope <= 0 or correlation(times, sizes) < STEADY:
            return None
        return slope * TREND_SECONDS

"""What the engine tells of its machine: how loaded it is, and what the engine does about it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from .wire import Wire, count, flag, member, number, required, texts


class Reason(StrEnum):
    """Why the engine holds back."""

    BUSY = "busy"
    MEMORY = "memory"
    TEMPERATURE = "temperature"
    UNDER_VOLTAGE = "under_voltage"


class MemoryAlert(StrEnum):
    """How near the end of memory is."""

    NONE = "none"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Load:
    """One look at the machine; None: it does not tell."""

    cpu: float | None
    """Share of all processors that is busy, 0 to 1."""
    memory: float | None
    """Share of the memory in use that there is for the engine."""
    own_memory_bytes: int | None
    temperature_celsius: float | None
    under_voltage: bool | None
    disk_free_bytes: int | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Load``."""
        return cls(
            cpu=number(wire, "cpu"),
            memory=number(wire, "memory"),
            own_memory_bytes=count(wire, "own_memory_bytes"),
            temperature_celsius=number(wire, "temperature_celsius"),
            under_voltage=flag(wire, "under_voltage"),
            disk_free_bytes=count(wire, "disk_free_bytes"),
        )


@dataclass(frozen=True, slots=True)
class Throttling:
    """What holds the engine back, and what it does without."""

    active: bool
    reasons: tuple[str, ...]
    """Codes, those too that this reader does not know; none while it is being taken back."""
    reliefs: tuple[str, ...]
    memory_alert: MemoryAlert | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Throttling``."""
        return cls(
            active=required(wire, "active", bool),
            reasons=texts(wire, "reasons") or (),
            reliefs=texts(wire, "reliefs") or (),
            memory_alert=member(MemoryAlert, wire.get("memory_alert")),
        )


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a stage of the latest turns took."""

    p50_seconds: float | None
    p95_seconds: float | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Latency``."""
        return cls(p50_seconds=number(wire, "p50_seconds"), p95_seconds=number(wire, "p95_seconds"))


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of a kind of work is done at once."""

    free: int | None
    waiting: int | None
    refused: int | None
    """How many were turned away since the engine's start; None where it is too old to tell."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Capacity``."""
        return cls(free=count(wire, "free"), waiting=count(wire, "waiting"), refused=count(wire, "refused"))

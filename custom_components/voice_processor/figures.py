"""What the engine tells time and again: its machine, caches and visits, and whether its settings are in force."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from .machine import Capacity, Latency, Load, Throttling
from .wire import Wire, WireError, count, instant, number, object_of, objects, required


@dataclass(frozen=True, slots=True)
class Cache:
    """How well a cache does."""

    name: str
    entries: int | None
    size_bytes: int | None
    hit_rate: float | None
    """0 to 1, since the engine's start; None: nobody has asked it yet."""
    recent_hit_rate: float | None
    """0 to 1, in the last hour; None: nobody has asked it."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Cache``."""
        return cls(
            name=required(wire, "name", str),
            entries=count(wire, "entries"),
            size_bytes=count(wire, "size_bytes"),
            hit_rate=number(wire, "hit_rate"),
            recent_hit_rate=number(wire, "recent_hit_rate"),
        )


@dataclass(frozen=True, slots=True)
class LastWords:
    """What a visitor said last."""

    call_id: str
    text: str
    at: datetime | None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``LastWords``."""
        return cls(call_id=required(wire, "call_id", str), text=required(wire, "text", str), at=instant(wire, "at"))


@dataclass(frozen=True, slots=True)
class Visits:
    """The day's visits."""

    calls: int
    last_words: LastWords | None
    """None where nobody said anything yet, or the engine's operator has not allowed transcripts."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Visits``."""
        words = wire.get("last_words")
        return cls(
            calls=required(wire, "calls", int),
            last_words=LastWords.from_wire(words) if isinstance(words, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class SettingsState:
    """The engine's settings beside those in force."""

    changed: bool
    """Whether the engine has to be started again for them to count."""
    settings_problem: str | None
    """Why it would not start with them."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``SettingsState``."""
        problem = wire.get("problem")
        return cls(
            changed=required(wire, "changed", bool),
            settings_problem=required(problem, "message", str) if isinstance(problem, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it; None is what the engine is too old to tell."""

    load: Load | None = None
    throttling: Throttling | None = None
    latencies: Mapping[str, Latency] | None = None
    """By stage of the turn, those that occurred."""
    capacity: Mapping[str, Capacity] | None = None
    """By kind of work."""
    caches: Mapping[str, Cache] = field(default_factory=dict)
    """By name; none where the engine is too old to tell."""
    visits: Visits | None = None
    settings: SettingsState | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read those in a ``Status``."""
        return cls(**_read(wire))

    def without_words(self) -> Self:
        """Return them without what a visitor said."""
        return replace(self, visits=replace(self.visits, last_words=None)) if self.visits else self


@dataclass(frozen=True, slots=True)
class FiguresEvent:
    """Some of the figures have changed."""

    changes: Mapping[str, Any]
    """Fields of ``Figures``."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``MachineMessage``, ``CachesMessage``, ``VisitsMessage`` or ``SettingsMessage``."""
        if not (changes := _read(wire)):
            raise WireError(f"a message of type {wire.get('type')} holds no figures")
        return cls(changes)

    def applied_to(self, figures: Figures) -> Figures:
        """Return the figures as they are now."""
        return replace(figures, **self.changes)


def _caches(wire: Wire, key: str) -> dict[str, Cache]:
    return {cache.name: cache for cache in map(Cache.from_wire, objects(wire, key))}


def _by_name[F](read: Callable[[Wire], F]) -> Callable[[Wire, str], dict[str, F]]:
    def read_all(wire: Wire, key: str) -> dict[str, F]:
        named = object_of(wire, key)
        return {name: read(object_of(named, name)) for name in named}

    return read_all


def _one[F](read: Callable[[Wire], F]) -> Callable[[Wire, str], F]:
    return lambda wire, key: read(object_of(wire, key))


_READERS: Mapping[str, Callable[[Wire, str], Any]] = {
    "load": _one(Load.from_wire),
    "throttling": _one(Throttling.from_wire),
    "latencies": _by_name(Latency.from_wire),
    "capacity": _by_name(Capacity.from_wire),
    "caches": _caches,
    "visits": _one(Visits.from_wire),
    "settings": _one(SettingsState.from_wire),
}
"""A message spells its figures as the status does."""


def _read(wire: Wire) -> dict[str, Any]:
    return {key: read(wire, key) for key, read in _READERS.items() if key in wire}

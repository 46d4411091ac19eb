"""How the machine and the engine in it are doing: the part of the status that changes while nothing happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from voice_engine.core.load import Load, Throttling
from voice_engine.core.settings_machine import LimitSettings
from voice_engine.voice.capacity import Capacities, Capacity
from voice_engine.voice.latencies import Latency


@dataclass(frozen=True, slots=True)
class MachineReport:
    """One look at all of it."""

    load: Load = field(default_factory=Load)
    throttling: Throttling = field(default_factory=Throttling)
    latencies: Mapping[str, Latency] = field(default_factory=dict)
    """By stage of the turn."""
    capacity: Mapping[str, Capacity] = field(default_factory=Capacities.within(LimitSettings()).named)
    """By kind of work."""
    memory_growth: float | None = None
    """Bytes an hour by which the engine's own memory grows steadily; None: it does not."""

    def to_wire(self) -> dict[str, Any]:
        """The fields of the contract's ``Machine``, which are the status's too."""
        return {
            "load": {
                **asdict(self.load),
                "memory": self.load.memory,
                "memory_growth_bytes_per_hour": self.memory_growth,
            },
            "throttling": {
                "active": self.throttling.active,
                "reasons": sorted(self.throttling.reasons),
                "reliefs": list(self.throttling.reliefs),
                "memory_alert": self.throttling.memory_alert,
            },
            "latencies": {stage: asdict(latency) for stage, latency in self.latencies.items()},
            "capacity": {
                name: {
                    "limit": capacity.limit,
                    "free": capacity.free,
                    "waiting": capacity.waiting,
                    "refused": capacity.refused,
                }
                for name, capacity in self.capacity.items()
            },
        }


@dataclass(frozen=True, slots=True)
class SettingsState:
    """The settings file beside the settings that are in force."""

    changed: bool = False
    """Whether it says something else since the start: the engine has to be started again for that to count."""
    problem: str | None = None
    """Why it cannot be used as it is now, which is what a start would fail with."""
    problem_code: str = ""

    def to_wire(self) -> dict[str, Any]:
        """The ``SettingsState`` schema of the contract."""
        problem = {"code": self.problem_code, "message": self.problem} if self.problem is not None else None
        return {"changed": self.changed, "problem": problem}


@dataclass(frozen=True, slots=True)
class SettingsEvent:
    """The settings file was changed, became unusable, or can be used again."""

    at: str
    settings: SettingsState

    def to_wire(self) -> dict[str, Any]:
        """The ``SettingsMessage`` schema of the contract."""
        return {"type": "settings", "at": self.at, "settings": self.settings.to_wire()}

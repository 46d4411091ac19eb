"""What the engine runs on, as the world sees it (``servers/openapi.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """What does not change while the engine runs."""

    version: str
    python: str
    machine: str
    """The processor's kind, such as ``aarch64``."""
    system: str
    """The kernel, such as ``Linux 6.12.1``."""
    cores: int
    memory_bytes: int
    programs: Mapping[str, bool]
    """Whether each program the engine can use is there."""

    def to_wire(self, uptime_seconds: float) -> dict[str, Any]:
        """The ``SystemInfo`` schema of the contract."""
        return {**asdict(self), "uptime_seconds": uptime_seconds}

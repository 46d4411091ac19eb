"""The engines of speech and language as the world sees them, and their wire shape (``servers/openapi.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class EnginePort(StrEnum):
    """What a backend is used for."""

    STT = "stt"
    """Speech to text."""
    TTS = "tts"
    """Text to speech."""
    LLM = "llm"
    """Language model."""


class BackendState(StrEnum):
    """Where a backend stands."""

    IDLE = "idle"
    """Not asked for anything yet."""
    WARMING = "warming"
    """Being made ready."""
    READY = "ready"
    FAILED = "failed"
    """Left out until it is better; the problem says why."""


@dataclass(frozen=True, slots=True)
class BackendProblem:
    """Why a backend is left out: the error's code and its sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far the model of a backend has arrived."""

    bytes_done: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class BackendReport:
    """What a backend tells of itself."""

    progress: DownloadProgress | None = None
    """While its model is downloaded."""
    restarts: int | None = None
    """How often its program had to be started again; None: it has none of its own."""
    statistics: Mapping[str, int] = field(default_factory=dict)
    """What it counts, since the start."""


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """One backend of a pool."""

    name: str
    """As the settings name it."""
    kind: str
    state: BackendState = BackendState.IDLE
    problem: BackendProblem | None = None
    requests: int = 0
    """How often it was asked since the start."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """How often it failed, by the error's code."""
    latency_seconds: float | None = None
    """How long it takes to answer, the latest answers counting most; None before the first."""
    report: BackendReport = BackendReport()

    def to_wire(self) -> dict[str, Any]:
        """The ``Backend`` schema of the contract."""
        wire = asdict(self)
        report: dict[str, Any] = wire.pop("report")
        return wire | report


@dataclass(frozen=True, slots=True)
class PortStatus:
    """The backends of one port, in order."""

    serving: str | None = None
    """The one that is asked first now; None: there is none, or all have failed."""
    backends: tuple[BackendStatus, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """The ``EnginePort`` schema of the contract."""
        return {"serving": self.serving, "backends": [backend.to_wire() for backend in self.backends]}


@dataclass(frozen=True, slots=True)
class EnginesStatus:
    """All ports."""

    stt: PortStatus = PortStatus()
    tts: PortStatus = PortStatus()
    llm: PortStatus = PortStatus()

    def to_wire(self) -> dict[str, Any]:
        """The ``Engines`` schema of the contract."""
        return {"stt": self.stt.to_wire(), "tts": self.tts.to_wire(), "llm": self.llm.to_wire()}


@dataclass(frozen=True, slots=True)
class EnginesEvent:
    """A backend changed its state, or another one serves."""

    at: str
    """ISO 8601 with offset."""
    engines: EnginesStatus

    def to_wire(self) -> dict[str, Any]:
        """The ``EnginesMessage`` schema of the contract."""
        return {"type": "engines", "at": self.at, "engines": self.engines.to_wire()}

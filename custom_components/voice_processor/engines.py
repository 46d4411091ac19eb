"""What the engine tells of its speech engines and language models."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from .wire import Wire, member, object_of, objects, optional_text, required


class BackendState(StrEnum):
    """Where a backend stands."""

    IDLE = "idle"
    WARMING = "warming"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BackendProblem:
    """Why a backend is left out."""

    code: str
    message: str

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an ``Error``."""
        return cls(code=required(wire, "code", str), message=required(wire, "message", str))


@dataclass(frozen=True, slots=True)
class Backend:
    """A speech engine or language model; a state this reader does not know is None."""

    name: str
    kind: str
    state: BackendState | None
    problem: BackendProblem | None
    """Why it is left out."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Backend``."""
        problem = wire.get("problem")
        return cls(
            name=required(wire, "name", str),
            kind=required(wire, "kind", str),
            state=member(BackendState, wire.get("state")),
            problem=BackendProblem.from_wire(problem) if isinstance(problem, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class EnginePort:
    """The backends of one port, in the order in which they are asked."""

    serving: str | None = None
    """The one that is asked first now."""
    backends: tuple[Backend, ...] = ()

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an ``EnginePort``."""
        return cls(
            serving=optional_text(wire, "serving"),
            backends=tuple(Backend.from_wire(backend) for backend in objects(wire, "backends")),
        )


@dataclass(frozen=True, slots=True)
class Engines:
    """What understands speech, speaks and reasons."""

    stt: EnginePort = EnginePort()
    tts: EnginePort = EnginePort()
    llm: EnginePort = EnginePort()

    @property
    def told(self) -> bool:
        """Whether the engine tells of any: one that speaks the contract has at least a voice."""
        return any(port.backends for port in (self.stt, self.tts, self.llm))

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an ``Engines``."""
        return cls(**{port: EnginePort.from_wire(object_of(wire, port)) for port in ("stt", "tts", "llm")})

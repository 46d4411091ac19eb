"""What the engine answers when it is asked to do something beside the calls."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from .wire import WireError, member, objects, optional_text, required, required_number


class CacheName(StrEnum):
    """What the engine remembers."""

    SPEECH = "speech"
    SPEECH_DISK = "speech_disk"
    TRANSCRIPTS = "transcripts"
    VOICE_ACTIVITY = "voice_activity"
    SETTINGS = "settings"


class Outcome(StrEnum):
    """What became of a message to a home."""

    DELIVERED = "delivered"
    ANSWERING_MACHINE = "answering_machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    DO_NOT_DISTURB = "do_not_disturb"
    FAILED = "failed"


class Reply(StrEnum):
    """What a resident answered to a question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class KnownCache:
    """A cache that the engine has; a name that this reader does not know is None."""

    name: CacheName | None
    warmable: bool
    """Whether it can be filled ahead."""


def known_caches(wire: object) -> tuple[KnownCache, ...]:
    """Read a ``CacheList``. Raises WireError."""
    return tuple(
        KnownCache(member(CacheName, cache.get("name")), cache.get("warmable") is True)
        for cache in objects(_object(wire), "caches")
    )


@dataclass(frozen=True, slots=True)
class Freed:
    """What a cache held before it was cleared."""

    name: str
    entries: int
    size_bytes: int

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read a ``Freed``. Raises WireError."""
        fields = _object(wire)
        return cls(
            name=required(fields, "name", str),
            entries=required(fields, "entries", int),
            size_bytes=required(fields, "size_bytes", int),
        )


def freed_list(wire: object) -> tuple[Freed, ...]:
    """Read a ``FreedList``. Raises WireError."""
    return tuple(Freed.from_wire(freed) for freed in objects(_object(wire), "freed"))


@dataclass(frozen=True, slots=True)
class Warmed:
    """What a cache holds since it was filled."""

    name: str
    entries: int

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read a ``Warmed``. Raises WireError."""
        fields = _object(wire)
        return cls(name=required(fields, "name", str), entries=required(fields, "entries", int))


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said in a recording."""

    text: str
    language: str
    seconds: float
    """How long the recording is."""
    speech_ratio: float
    """How much of it is voice, 0 to 1."""
    backend: str | None
    """Who understood it."""

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read a ``ClipTranscript``. Raises WireError."""
        fields = _object(wire)
        return cls(
            text=required(fields, "text", str),
            language=required(fields, "language", str),
            seconds=required_number(fields, "seconds"),
            speech_ratio=required_number(fields, "speech_ratio"),
            backend=optional_text(fields, "backend"),
        )


@dataclass(frozen=True, slots=True)
class Generated:
    """What the language model answered: a text, or data that keeps the schema it was given."""

    text: str | None
    data: dict[str, Any] | None

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read a ``Generated``. Raises WireError."""
        fields = _object(wire)
        data = fields.get("data")
        return cls(text=optional_text(fields, "text"), data=data if isinstance(data, dict) else None)


@dataclass(frozen=True, slots=True)
class Notified:
    """What became of a message to a home; an enum member this reader does not know is None."""

    outcome: Outcome | None
    answer: Reply | None

    @classmethod
    def from_wire(cls, wire: object) -> Self:
        """Read a ``Notified``. Raises WireError."""
        fields = _object(wire)
        return cls(
            outcome=member(Outcome, required(fields, "outcome", str)), answer=member(Reply, fields.get("answer"))
        )


def _object(wire: object) -> dict[str, Any]:
    if not isinstance(wire, dict):
        raise WireError("the answer is not an object")
    return wire

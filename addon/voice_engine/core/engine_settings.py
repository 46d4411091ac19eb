"""Settings of the engines: which backends are asked, in which order, and how each is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

import voluptuous as vol

from voice_engine.core.engines import EnginePort
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings_schema import (
    Check,
    choice,
    list_of,
    number,
    secret,
    section,
    service_url,
    text,
    text_like,
    whole_number,
)
from voice_engine.core.transcript import Language


class Strategy(StrEnum):
    """Which backend of a list is asked first."""

    IN_ORDER = "in_order"
    """The first that works."""
    ROUND_ROBIN = "round_robin"
    """Each request begins with the next one, as suits equals."""


@dataclass(frozen=True, slots=True)
class EnginesSettings:
    """Names of backends by port, the best first; an empty list means what the app brings."""

    stt: tuple[str, ...] = ()
    tts: tuple[str, ...] = ()
    llm: tuple[str, ...] = ()
    strategy: Strategy = Strategy.IN_ORDER
    hedge_after_seconds: float = 0.0
    """How long to wait for an answer before the next backend is asked too; 0 waits until the first has failed."""
    voice: str = ""
    """Who speaks first, and in which of its voices, such as ``espeak/female``; empty: the first of ``tts``."""

    def names(self, port: EnginePort) -> tuple[str, ...]:
        """The list of ``port``."""
        names: tuple[str, ...] = getattr(self, port)
        return names


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """How one backend is reached; which of the fields it takes depends on its kind."""

    name: str
    kind: str = ""
    """What speaks to it; empty: the kind or the service of its name."""
    url: str = ""
    api_key: str = field(default="", repr=False)
    model: str = ""
    voice: str = ""
    languages: tuple[Language, ...] = ()
    """Those it is used for; empty: all it can."""
    region: str = ""
    threads: int = 0
    """Processor cores it may use; 0: it chooses."""
    sha256: str = ""
    """Of the model, where that is a URL."""


_NAME = text_like(r"[a-z0-9][a-z0-9_-]{0,39}", "1 to 40 small letters, digits and the characters _ -")

ENGINES: dict[str, Check] = {
    "stt": list_of(_NAME, unique=True),
    "tts": list_of(_NAME, unique=True),
    "llm": list_of(_NAME, unique=True),
    "strategy": choice(Strategy),
    "hedge_after_seconds": number(0, 10),
    "voice": text_like(r"[a-z0-9_-]+(/[a-z0-9_-]+)?", "a voice, such as espeak or espeak/female", longest=80),
}
BACKEND: dict[str, Check] = {
    "name": _NAME,
    "kind": _NAME,
    "url": service_url,
    "api_key": secret(r"[\x21-\x7e]{1,500}", "at most 500 letters, digits and signs, without spaces"),
    "model": text(longest=500),
    "voice": text(longest=200),
    "languages": list_of(choice(Language)),
    "region": text_like(r"[a-z0-9]{1,40}", "a region's name, such as brazilsouth"),
    "threads": whole_number(0, 64),
    "sha256": text_like(r"[0-9a-f]{64}", "the 64 digits (0-9, a-f) of a SHA-256"),
}
ENGINES_SECTION: vol.All = section(EnginesSettings, ENGINES)
BACKENDS_LIST: vol.All = list_of(section(BackendSettings, BACKEND, required="name"))


def check_engines(engines: EnginesSettings, backends: tuple[BackendSettings, ...]) -> None:
    """Check what can be checked without knowing the kinds. Raises: SettingsError that names the key."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(backends):
        first = seen.setdefault(entry.name, index)
        if first != index:
            raise SettingsError(f"backends[{index}].name", f"is the same as backends[{first}].name")
    for index, entry in enumerate(backends):
        used = [port for port in EnginePort if entry.name in engines.names(port)]
        if entry.model and len(used) > 1:
            raise SettingsError(
                f"backends[{index}].model",
                f"cannot be one model for {' and '.join(used)}: make an entry for each, with a name of its own",
            )


def unused_backends(engines: EnginesSettings, backends: tuple[BackendSettings, ...]) -> list[str]:
    """A sentence for each backend that no list names."""
    named = {name for port in EnginePort for name in engines.names(port)}
    return [
        f"backends[{index}] has no effect: no list of engines names {entry.name}"
        for index, entry in enumerate(backends)
        if entry.name not in named
    ]


def did_you_mean(name: str, known: list[str]) -> str:
    """A hint that ends a sentence about an unknown name, and all there is."""
    similar = get_close_matches(name, known, n=1)
    return (f"; did you mean {similar[0]}?" if similar else "") + f" There are: {', '.join(known)}"

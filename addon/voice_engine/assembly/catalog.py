"""Which kinds of backends there are, and which of them the settings ask for. Everything is checked before the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from voice_engine.core.engine_settings import BackendSettings, did_you_mean
from voice_engine.core.engines import EnginePort
from voice_engine.core.errors import SettingsError
from voice_engine.core.presets import PRESETS, Preset
from voice_engine.core.settings import Settings

_FOR_ALL = frozenset({"name", "kind", "languages"})
_WEB = frozenset({"url", "api_key", "model", "voice"})
_VERBS = {EnginePort.STT: "understand speech", EnginePort.TTS: "speak", EnginePort.LLM: "reason"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What backends of a kind are for, and which settings they take."""

    ports: frozenset[EnginePort]
    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    schemes: tuple[str, ...] = ("http://", "https://")
    """How its URL may begin."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A backend that is to be made."""

    name: str
    kind: str
    settings: BackendSettings
    key: str
    """Where the settings name it, for errors."""


type Plan = Mapping[EnginePort, tuple[Entry, ...]]
"""The backends of each port, in order."""


def _of_preset(preset: Preset) -> Kind:
    offers = {
        EnginePort.STT: preset.transcription_model,
        EnginePort.TTS: preset.speech,
        EnginePort.LLM: preset.chat,
    }
    ports = frozenset(port for port, offer in offers.items() if offer is not None)
    return Kind(ports, _WEB, frozenset({"api_key"}) if preset.needs_key else frozenset())


_STT, _TTS, _LLM = frozenset({EnginePort.STT}), frozenset({EnginePort.TTS}), frozenset({EnginePort.LLM})

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        **{name: _of_preset(preset) for name, preset in PRESETS.items()},
        "pocketsphinx": Kind(_STT),
        "espeak": Kind(_TTS),
        "whisper_cpp": Kind(_STT, frozenset({"model", "threads"})),
        "llama_cpp": Kind(_LLM, frozenset({"url", "api_key", "model", "sha256", "threads"}), frozenset({"model"})),
        "anthropic": Kind(_LLM, frozenset({"url", "api_key", "model"}), frozenset({"api_key"})),
        "azure": Kind(_STT | _TTS, frozenset({"api_key", "region", "voice"}), frozenset({"api_key", "region"})),
        "wyoming": Kind(_STT | _TTS, frozenset({"url", "model", "voice"}), frozenset({"url"}), ("tcp://",)),
    }
)
"""All there are. The names of services are kinds of their own."""

LAST_VOICE = "espeak"
"""Speaks when all others fail, whether it is named or not: a door that cannot say so much as sorry helps nobody."""


def make_plan(settings: Settings, *, whisper: bool) -> Plan:
    """Find the backends the settings name; ``whisper`` tells whether whisper.cpp has a model.

    Raises: SettingsError for names that do not exist, kinds that cannot do what is asked of them, and settings that
    they miss or do not know.
    """
    entries = {
        entry.name: _checked(Entry(entry.name, entry.kind or entry.name, entry, f"backends[{index}]"))
        for index, entry in enumerate(settings.backends)
    }
    known = {**{name: Entry(name, name, BackendSettings(name), "") for name in KINDS}, **entries}
    defaults = {
        EnginePort.STT: (*(("whisper_cpp",) if whisper else ()), "pocketsphinx"),
        EnginePort.TTS: (LAST_VOICE,),
        EnginePort.LLM: (),
    }
    plan = {}
    for port in EnginePort:
        names = settings.engines.names(port) or defaults[port]
        if port is EnginePort.TTS and all(known[name].kind != LAST_VOICE for name in names if name in known):
            names = (*names, LAST_VOICE)
        plan[port] = tuple(_found(port, index, name, known) for index, name in enumerate(names))
    return plan


def _found(port: EnginePort, index: int, name: str, known: Mapping[str, Entry]) -> Entry:
    key = f"engines.{port}[{index}]"
    if name not in known:
        raise SettingsError(key, f"{name} is no backend{did_you_mean(name, _serving(port, known))}")
    entry = known[name]
    if port not in KINDS[entry.kind].ports:
        others = ", ".join(_serving(port, known))
        raise SettingsError(key, f"{name} is of kind {entry.kind}, which does not {_VERBS[port]}; these do: {others}")
    return entry if entry.key else _checked(replace(entry, key=key))


def _serving(port: EnginePort, known: Mapping[str, Entry]) -> list[str]:
    return sorted(name for name, entry in known.items() if port in KINDS[entry.kind].ports)


def _checked(entry: Entry) -> Entry:
    """Raises: SettingsError."""
    kind = KINDS.get(entry.kind)
    if kind is None:
        where = f"{entry.key}.kind"
        if entry.settings.kind:
            raise SettingsError(where, f"{entry.kind} is no kind of backend{did_you_mean(entry.kind, sorted(KINDS))}")
        raise SettingsError(
            where, f"is missing, for {entry.name} is no kind itself. There are: {', '.join(sorted(KINDS))}"
        )
    given = {field.name for field in fields(entry.settings) if getattr(entry.settings, field.name)}
    for name in sorted(given - kind.takes - _FOR_ALL):
        takes = ", ".join(sorted(kind.takes | {"languages"}))
        raise SettingsError(f"{entry.key}.{name}", f"means nothing to kind {entry.kind}, which takes: {takes}")
    _check_needs(entry, kind, given)
    if entry.settings.url and not entry.settings.url.startswith(kind.schemes):
        raise SettingsError(f"{entry.key}.url", f"must begin with {' or '.join(kind.schemes)} for kind {entry.kind}")
    return entry


def _check_needs(entry: Entry, kind: Kind, given: set[str]) -> None:
    # A server of one's own that speaks like a service wants no key of it, and has a model already.
    needs = kind.needs - {"api_key", "model"} if "url" in given else kind.needs
    for name in sorted(needs - given):
        if entry.key.startswith("engines."):
            raise SettingsError(entry.key, f"{entry.name} needs an entry in backends that holds its {name}")
        raise SettingsError(f"{entry.key}.{name}", f"is missing: kind {entry.kind} needs it")

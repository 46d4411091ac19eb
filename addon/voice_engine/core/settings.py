"""The engine's settings: frozen values, made once at the edge from one mapping and handed down in slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import voluptuous as vol

from voice_engine.core.engine_settings import (
    BACKEND,
    BACKENDS_LIST,
    ENGINES,
    ENGINES_SECTION,
    BackendSettings,
    EnginesSettings,
    check_engines,
    unused_backends,
)
from voice_engine.core.errors import SettingsError
from voice_engine.core.load import LoadLimits
from voice_engine.core.settings_checks import check_call_length, check_ports, check_units, unknown_keys
from voice_engine.core.settings_doors import ENTRANCE, SENTENCE, EntranceSettings, SentenceSettings, check_doors
from voice_engine.core.settings_machine import MACHINE_SECTIONS, InboxSettings, LimitSettings, VadSettings
from voice_engine.core.settings_microphone import MICROPHONE_SECTION, MicrophoneSettings, check_microphone
from voice_engine.core.settings_ranges import BARGE_IN, SILENCE_THRESHOLD
from voice_engine.core.settings_schema import (
    Check,
    choice,
    host_and_port,
    hours,
    is_blank,
    list_of,
    network,
    number,
    secret,
    section,
    text,
    text_like,
    truth,
    whole_number,
)
from voice_engine.core.settings_wyoming import WYOMING_SECTION, WyomingSettings
from voice_engine.core.transcript import Language, Question


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """How the door's conversation is held."""

    name: str = "Front door"
    silence_threshold_seconds: float = 1.5
    """Silence that ends an utterance."""
    no_input_seconds: float = 7.0
    """How long to wait for a word or a key before asking again."""
    max_utterance_seconds: float = 15.0
    post_audio_delay_seconds: float = 0.3
    """After the engine spoke, voice that starts this early is taken for echo unless it goes on."""
    discard_buffer_frames: int = 15
    """The same guard counted in frames of 20 ms; the longer of the two holds."""
    barge_in_seconds: float = 0.5
    """How long somebody must speak while a question is put to them to cut it short; 0: only keys do."""
    transmission_delay_ms: int = 10
    """Time between frames while the lead over real time is filled; beyond the lead real time rules."""
    open_tones: str = ""
    """Keys whose tones the visitor's station opens on, such as ``9`` or ``*5#``, played after a permission."""
    tone_seconds: float = 0.1
    tone_gap_seconds: float = 0.1
    ring_attempts: int = 2
    ring_seconds: float = 10.0
    """How long each attempt rings."""
    questions: tuple[str, ...] = (Question.INTENT, Question.NAME)
    """What visitors are asked, where they have not told it, before the resident is called."""
    max_calls: int = 10
    max_call_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class AudioSocketSettings:
    """Where Asterisk reaches the engine."""

    host: str = "0.0.0.0"  # noqa: S104 - inside the app's container; peers are limited by allowed_networks
    visitor_port: int = 9092
    resident_port: int = 9093
    allowed_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128", "172.30.32.0/23")
    """Loopback and the Supervisor's container network."""


@dataclass(frozen=True, slots=True)
class AsteriskSettings:
    """Where the engine reaches Asterisk's manager interface; without a username no phone is rung."""

    host: str = "127.0.0.1"
    port: int = 5038
    username: str = ""
    password: str = field(default="", repr=False)
    engine_address: str = "127.0.0.1:9093"
    """Host and port of the resident port as Asterisk sees it."""
    caller_id: str = "Door"
    """What the resident's phone shows."""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """The HTTP and WebSocket interface."""

    host: str = "0.0.0.0"  # noqa: S104 - inside the app's container; every request needs the token
    port: int = 8099
    token: str = field(default="", repr=False)
    """Bearer token; made at first start and kept when empty."""
    announce: bool = True
    """Whether the local network is told where the engine is; under the Supervisor, that is told instead."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What the log tells."""

    level: str = "info"
    transcripts: bool = False
    """Whether names, units and what people said may stand in the log, what they said in the call log, and what was
    said last in the status."""


@dataclass(frozen=True, slots=True)
class CallLogSettings:
    """What is remembered of calls; ``log.transcripts`` decides whether what people said is."""

    retention_days: int = 30
    """How long; 0 remembers nothing, and forgets what was remembered before."""
    recordings: bool = False
    """Whether the sound of calls is kept too; both parties are told."""


class RingOrder(StrEnum):
    """How a unit's phones are rung."""

    IN_ORDER = "in_order"
    """One after the other, as often as there are attempts."""
    AT_ONCE = "at_once"
    """All together; the first that is taken silences the others."""


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """One home: its number, who lives there and which phones ring."""

    unit: str
    residents: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    """Asterisk channels, such as ``PJSIP/501``."""
    do_not_disturb: str = ""
    """Local hours, such as ``22:00-07:00``, in which no visitor rings."""
    deliveries: str = "resident"
    """Who takes deliveries: the ``resident``, or the ``desk``, without the resident being called."""
    language: Language | None = None
    """What its residents are spoken to in, where it is not the door's."""
    ring: RingOrder = RingOrder.IN_ORDER


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    language: Language = Language.PORTUGUESE
    door: DoorSettings = field(default_factory=DoorSettings)
    audiosocket: AudioSocketSettings = field(default_factory=AudioSocketSettings)
    asterisk: AsteriskSettings = field(default_factory=AsteriskSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    load: LoadLimits = field(default_factory=LoadLimits)
    vad: VadSettings = field(default_factory=VadSettings)
    inbox: InboxSettings = field(default_factory=InboxSettings)
    microphone: MicrophoneSettings = field(default_factory=MicrophoneSettings)
    wyoming: WyomingSettings = field(default_factory=WyomingSettings)
    log: LogSettings = field(default_factory=LogSettings)
    call_log: CallLogSettings = field(default_factory=CallLogSettings)
    engines: EnginesSettings = field(default_factory=EnginesSettings)
    backends: tuple[BackendSettings, ...] = ()
    units: tuple[UnitSettings, ...] = ()
    doors: tuple[EntranceSettings, ...] = ()
    """Where there are several; the first is taken for calls whose station is not known."""
    sentences: tuple[SentenceSettings, ...] = ()
    """Those that are said in the place of the engine's own."""


class ParsedSettings(NamedTuple):
    """Settings, and what was left out of them."""

    settings: Settings
    warnings: tuple[str, ...]
    """A sentence for each key that no setting has, and for each setting that has no effect."""


MASK = "********"
"""What is shown of a secret."""

_HOST = text_like(r"[A-Za-z0-9_.:-]+", "a host name or an IP address")
_PORT = whole_number(1, 65535)
_ONE_LINE_SECRET = secret(r"[^\x00-\x1f\x7f]{1,200}", "text of one line, at most 200 characters")

_SECTIONS: dict[str, tuple[type, dict[str, Check]]] = {
    "door": (
        DoorSettings,
        {
            "name": text(longest=60),
            # The ranges keep a pause that ends an utterance shorter than any wait for one and than any utterance.
            "silence_threshold_seconds": SILENCE_THRESHOLD.check,
            "no_input_seconds": number(3, 60),
            "max_utterance_seconds": number(5, 60),
            "post_audio_delay_seconds": number(0, 3),
            "discard_buffer_frames": whole_number(0, 150),
            "barge_in_seconds": BARGE_IN.check,
            "transmission_delay_ms": whole_number(1, 20),
            "open_tones": text_like(r"[0-9A-D*#]+", "keys of a telephone, such as 9 or *5#", longest=20),
            # Q.24 has receivers take 40 ms for a tone and for a gap; slower ones exist.
            "tone_seconds": number(0.04, 2),
            "tone_gap_seconds": number(0.04, 2),
            "ring_attempts": whole_number(1, 10),
            "ring_seconds": number(5, 120),
            "questions": list_of(choice((Question.INTENT, Question.NAME)), unique=True),
            "max_calls": whole_number(1, 200),
            "max_call_seconds": number(30, 3600),
        },
    ),
    "audiosocket": (
        AudioSocketSettings,
        {
            "host": _HOST,
            "visitor_port": _PORT,
            "resident_port": _PORT,
            "allowed_networks": list_of(network),
        },
    ),
    "asterisk": (
        AsteriskSettings,
        {
            "host": _HOST,
            "port": _PORT,
            "username": text(longest=80),
            "password": _ONE_LINE_SECRET,
            "engine_address": host_and_port,
            "caller_id": text(longest=60),
        },
    ),
    "http": (
        HttpSettings,
        {
            "host": _HOST,
            "port": _PORT,
            # What a WebSocket subprotocol may be spelt with: browsers send the token as one.
            "token": secret(r"[A-Za-z0-9._~-]{16,200}", "16 to 200 letters, digits and the characters . _ ~ -"),
            "announce": truth,
        },
    ),
    **MACHINE_SECTIONS,
    **MICROPHONE_SECTION,
    **WYOMING_SECTION,
    "log": (LogSettings, {"level": choice(("debug", "info", "warning", "error")), "transcripts": truth}),
    "call_log": (CallLogSettings, {"retention_days": whole_number(0, 3650), "recordings": truth}),
}

_UNIT: dict[str, Check] = {
    "unit": text(longest=20),
    "residents": list_of(text(longest=80)),
    # A comma or an ampersand would ring more than was meant, a line end would be a command to Asterisk.
    "phones": list_of(
        text_like(r"[A-Za-z][A-Za-z0-9_]*/[^\s,&]+", "TECHNOLOGY/resource, such as PJSIP/501"), unique=True
    ),
    "ring": choice(RingOrder),
    "do_not_disturb": hours,
    "deliveries": choice(("resident", "desk")),
    "language": choice(Language),
}
_LISTS: dict[str, tuple[type, dict[str, Check], str]] = {
    "units": (UnitSettings, _UNIT, "unit"),
    "doors": (EntranceSettings, ENTRANCE, "name"),
    "sentences": (SentenceSettings, SENTENCE, "sentence"),
}
"""Settings that are lists of groups: of what, with which keys, and the one that may not be missing."""

_MAY_BE_EMPTY = frozenset({"questions"})
"""Lists of which none is a choice, and not a field that was left empty."""

_SCHEMA = vol.Schema(
    {
        "language": choice(Language),
        **{name: section(settings, checks) for name, (settings, checks) in _SECTIONS.items()},
        **{name: list_of(section(entry, checks, required)) for name, (entry, checks, required) in _LISTS.items()},
        "engines": ENGINES_SECTION,
        "backends": BACKENDS_LIST,
    },
    extra=vol.REMOVE_EXTRA,
)


def parse_settings(raw: object) -> ParsedSettings:
    """Make settings of a mapping as YAML or JSON gives it.

    What is missing, null, an empty text or an empty list means the default (but for the lists that may be empty);
    unknown keys are left out with a warning.
    Raises: SettingsError for the first wrong key, its message naming the others too.
    """
    if not isinstance(raw, Mapping):
        raise SettingsError("", "settings must be groups of keys and values, such as door: and units:")
    given = _without_blanks(raw)
    try:
        settings = Settings(**_SCHEMA(given))
    except vol.MultipleInvalid as error:
        raise _settings_error(error) from None
    _check_together(settings)
    return ParsedSettings(settings, (*_unknown_keys(given), *_without_effect(settings)))


def masked(settings: Settings) -> dict[str, Any]:
    """Settings as plain values for display; secrets, which are the fields kept out of ``repr``, are masked."""
    return {entry.name: _plain(getattr(settings, entry.name)) for entry in fields(settings)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    values = {entry: getattr(value, entry.name) for entry in fields(value)}
    return {entry.name: MASK if item and not entry.repr else _plain(item) for entry, item in values.items()}


def _without_blanks(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key: _without_blanks(value) for key, value in raw.items() if not _is_left_empty(key, value)}
    return [_without_blanks(value) for value in raw] if isinstance(raw, list) else raw


def _is_left_empty(key: Any, value: Any) -> bool:
    return is_blank(value) and not (key in _MAY_BE_EMPTY and value == [])


def _settings_error(error: vol.MultipleInvalid) -> SettingsError:
    wrong = [(_dotted(problem.path), problem.msg) for problem in error.errors]
    key, message = wrong[0]
    return SettingsError(key, "; ".join([message, *(f"{key}: {message}" for key, message in wrong[1:])]))


def _dotted(path: list[Any]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _check_together(settings: Settings) -> None:
    check_ports(
        {
            "audiosocket.visitor_port": settings.audiosocket.visitor_port,
            "audiosocket.resident_port": settings.audiosocket.resident_port,
            "http.port": settings.http.port,
            **({"wyoming.port": settings.wyoming.port} if settings.wyoming.enabled else {}),
        }
    )
    check_call_length(settings.door.max_call_seconds, settings.door.ring_attempts * settings.door.ring_seconds)
    check_doors(settings.doors)
    check_engines(settings.engines, settings.backends)
    check_microphone(settings.microphone)
    check_units([entry.unit for entry in settings.units])


def _without_effect(settings: Settings) -> list[str]:
    warnings = unused_backends(settings.engines, settings.backends)
    if settings.call_log.recordings and not settings.call_log.retention_days:
        warnings.append("call_log.recordings has no effect: with call_log.retention_days 0 no call is kept")
    return warnings


def _unknown_keys(given: Mapping[Any, Any]) -> list[str]:
    warnings = unknown_keys("", given, [*_SECTIONS, "language", "engines", "backends", *_LISTS])
    warnings += unknown_keys("engines.", given.get("engines", {}), ENGINES)
    for index, backend in enumerate(given.get("backends", [])):
        warnings += unknown_keys(f"backends[{index}].", backend or {}, BACKEND)
    for name, (_, checks) in _SECTIONS.items():
        warnings += unknown_keys(f"{name}.", given.get(name, {}), checks)
    for name, (_, checks, _) in _LISTS.items():
        for index, entry in enumerate(given.get(name, [])):
            warnings += unknown_keys(f"{name}[{index}].", entry or {}, checks)
    return warnings

"""Settings of how much the machine is asked to do, when it is too much, and what it does beside the calls."""

from __future__ import annotations

from dataclasses import dataclass

from voice_engine.core.load import LoadLimits
from voice_engine.core.settings_schema import Check, number, text_like, truth, whole_number

MOST_JOBS = 32


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How much work runs at once; more waits in order. 0: as much as the hardware does well."""

    transcriptions: int = 0
    syntheses: int = 0
    language_tasks: int = 0


@dataclass(frozen=True, slots=True)
class VadSettings:
    """How whole clips are judged; the live path of a call remembers nothing."""

    enable_cache: bool = True
    cache_size: int = 100
    """Verdicts that are remembered."""


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """The folder whose recordings are written down."""

    folder: str = ""
    """Such as ``/share/recordings``; empty: none is watched."""
    longest_minutes: float = 240.0
    """Longer recordings are refused."""
    tell_text: bool = False
    """Whether the API and Home Assistant are told what was said, not only that something was."""


_JOBS = whole_number(0, MOST_JOBS)
_SHARE = number(0.1, 1)

MACHINE_SECTIONS: dict[str, tuple[type, dict[str, Check]]] = {
    "limits": (LimitSettings, {"transcriptions": _JOBS, "syntheses": _JOBS, "language_tasks": _JOBS}),
    "load": (
        LoadLimits,
        {
            "active_calls": whole_number(0, 200),
            "cpu": _SHARE,
            "memory": _SHARE,
            "memory_warning": _SHARE,
            "temperature_celsius": number(40, 110),
        },
    ),
    "vad": (VadSettings, {"enable_cache": truth, "cache_size": whole_number(1, 10_000)}),
    "inbox": (
        InboxSettings,
        {
            "folder": text_like(r"/.+", "a folder from the root on, such as /share/recordings"),
            "longest_minutes": number(1, 1440),
            "tell_text": truth,
        },
    ),
}

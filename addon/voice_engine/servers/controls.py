"""What Home Assistant can turn while the engine runs: values, and what each may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import Settings
from voice_engine.core.settings_ranges import BARGE_IN, SILENCE_THRESHOLD, Range
from voice_engine.core.transcript import Language

MOST_UNITS = 8
"""So many units have a switch each; with more, a list of switches would help nobody."""


@dataclass(frozen=True, slots=True)
class Controls:
    """As they are in force."""

    settings: Settings
    voices: tuple[str, ...]
    """Those that speak the language, the usual one first."""
    quiet: Quiet

    @classmethod
    def now(cls, settings: Settings, voices: Callable[[Language], tuple[str, ...]], quiet: Quiet) -> Self:
        """``voices`` gives those that speak a language."""
        return cls(settings, voices(settings.language), quiet)

    def to_wire(self) -> dict[str, Any]:
        """The ``Controls`` schema of the contract."""
        settings = self.settings
        chosen = settings.engines.voice
        voice = chosen if chosen in self.voices else next(iter(self.voices), None)
        return {
            "language": {"value": settings.language, "options": list(Language)},
            "voice": {"value": voice, "options": list(self.voices)},
            "silence_threshold_seconds": _number(settings.door.silence_threshold_seconds, SILENCE_THRESHOLD),
            "barge_in_seconds": _number(settings.door.barge_in_seconds, BARGE_IN),
            "do_not_disturb": self.quiet.house,
            "units": self._units(),
        }

    def _units(self) -> list[dict[str, Any]] | None:
        units = [entry.unit for entry in self.settings.units]
        if len(units) > MOST_UNITS:
            return None
        return [{"unit": unit, "muted": unit in self.quiet.units} for unit in units]


@dataclass(frozen=True, slots=True)
class ControlsEvent:
    """Something was turned, by whomever."""

    at: str
    """ISO 8601 with offset."""
    controls: Controls
    doors: tuple[dict[str, Any], ...]
    """The ``Door`` schema of each: their language may have changed with it."""

    def to_wire(self) -> dict[str, Any]:
        """The ``ControlsMessage`` schema of the contract."""
        return {"type": "controls", "at": self.at, "controls": self.controls.to_wire(), "doors": list(self.doors)}


def _number(value: float, bounds: Range) -> dict[str, float]:
    return {"value": value, "min": bounds.minimum, "max": bounds.maximum, "step": bounds.step}

"""The doors there are, each with all that holds at it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from voice_engine.core.settings import DoorSettings, Settings
from voice_engine.core.settings_doors import EntranceSettings
from voice_engine.core.transcript import Language

_COMMON = {field.name for field in fields(EntranceSettings)} & {field.name for field in fields(DoorSettings)}


@dataclass(frozen=True, slots=True)
class Entrance:
    """One door."""

    settings: DoorSettings
    language: Language
    stations: tuple[str, ...] = ()
    """Numbers of the stations that call from it."""

    @property
    def name(self) -> str:
        """As people call it; no two doors have the same."""
        return self.settings.name


def entrances(settings: Settings) -> tuple[Entrance, ...]:
    """All doors, at least one; the first is taken where nobody can tell from which a call comes."""
    if not settings.doors:
        return (Entrance(settings.door, settings.language),)
    return tuple(_entrance(settings, door) for door in settings.doors)


def _entrance(settings: Settings, door: EntranceSettings) -> Entrance:
    own = {name: value for name in _COMMON if (value := getattr(door, name)) is not None}
    return Entrance(replace(settings.door, **own), door.language or settings.language, door.stations)

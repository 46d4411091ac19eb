"""Settings of several doors, and of sentences that take the place of the engine's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings_schema import Check, choice, list_of, number, text, text_like, whole_number
from voice_engine.core.transcript import Language


@dataclass(frozen=True, slots=True)
class EntranceSettings:
    """One of several doors: how its calls are known, and what differs there from the settings of all doors.

    Every field that ``DoorSettings`` has too stands in the place of that one, where it is given.
    """

    name: str
    stations: tuple[str, ...] = ()
    """Numbers of the stations at this door, as Asterisk tells them."""
    language: Language | None = None
    post_audio_delay_seconds: float | None = None
    discard_buffer_frames: int | None = None


@dataclass(frozen=True, slots=True)
class SentenceSettings:
    """A sentence said in the place of the engine's own."""

    sentence: str
    """Its name, such as ``welcome``."""
    text: str = ""
    language: Language | None = None
    """Not given: that of the door, or the general one."""
    door: str = ""
    """The name of the door where it is said; empty: at all of them."""


ENTRANCE: dict[str, Check] = {
    "name": text(longest=60),
    "stations": list_of(text_like(r"[^\s,]+", "the number of a station, such as 1000", longest=40)),
    "language": choice(Language),
    # How much echo there is depends on the station's loudspeaker and on the room.
    "post_audio_delay_seconds": number(0, 3),
    "discard_buffer_frames": whole_number(0, 150),
}
SENTENCE: dict[str, Check] = {
    "sentence": text(longest=60),
    "text": text(longest=300),
    "language": choice(Language),
    "door": text(longest=60),
}


def check_doors(doors: Sequence[EntranceSettings]) -> None:
    """Tell doors apart by name and by station. Raises: SettingsError where that cannot be done."""
    names: dict[str, str] = {}
    stations: dict[str, str] = {}
    for index, door in enumerate(doors):
        key = f"doors[{index}]"
        _once(names, door.name.casefold(), f"{key}.name")
        # The first is taken for calls whose station is not known, so it needs none.
        if index and not door.stations:
            raise SettingsError(f"{key}.stations", "is missing: no call could be known to come from this door")
        for position, station in enumerate(door.stations):
            _once(stations, station, f"{key}.stations[{position}]")


def _once(seen: dict[str, str], value: str, key: str) -> None:
    first = seen.setdefault(value, key)
    if first != key:
        raise SettingsError(key, f"is the same as {first}")

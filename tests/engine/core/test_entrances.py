"""What holds at each door."""

from __future__ import annotations

from voice_engine.core.entrances import Entrance, entrances
from voice_engine.core.settings import DoorSettings, Settings
from voice_engine.core.settings_doors import EntranceSettings
from voice_engine.core.transcript import Language


def test_without_doors_there_is_the_one_of_the_general_settings() -> None:
    settings = Settings(language=Language.ENGLISH, door=DoorSettings(name="Gate", ring_attempts=3))
    assert entrances(settings) == (Entrance(settings.door, Language.ENGLISH),)


def test_a_door_has_what_it_does_not_tell_itself_from_the_general_settings() -> None:
    """Nothing given is not nothing wanted: zero stands."""
    general = DoorSettings(name="unused", post_audio_delay_seconds=0.4, discard_buffer_frames=20, ring_attempts=3)
    doors = (
        EntranceSettings("Gate", ("1",)),
        EntranceSettings("Garage", ("2", "3"), Language.ENGLISH, discard_buffer_frames=0),
    )
    gate, garage = entrances(Settings(door=general, doors=doors))
    assert (gate.name, gate.language, gate.stations) == ("Gate", Language.PORTUGUESE, ("1",))
    assert (gate.settings.post_audio_delay_seconds, gate.settings.discard_buffer_frames) == (0.4, 20)
    assert (garage.name, garage.language, garage.stations) == ("Garage", Language.ENGLISH, ("2", "3"))
    assert (garage.settings.post_audio_delay_seconds, garage.settings.discard_buffer_frames) == (0.4, 0)
    assert garage.settings.ring_attempts == 3

"""Tells what can be turned, whenever it was: in the settings, or by the switches of do not disturb."""

from __future__ import annotations

from voice_engine.assembly.engines import Engines
from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.core.entrances import entrances
from voice_engine.core.sentences import OwnSentences
from voice_engine.core.settings import Settings
from voice_engine.servers.controls import Controls
from voice_engine.servers.quiet import QuietRequests, QuietStore
from voice_engine.servers.state import DoorFacts, EngineState


def door_facts(settings: Settings) -> tuple[DoorFacts, ...]:
    """The doors as they are told."""
    return tuple(DoorFacts(door.name, door.language) for door in entrances(settings))


def check_live(settings: Settings, engines: Engines) -> None:
    """Check what the engine is to work by with the backends it has. Raises: SettingsError."""
    OwnSentences.from_settings(settings)
    engines.check_voice(settings.engines.voice)


def manage_controls(
    in_force: SettingsInForce, engines: Engines, quiet: QuietStore, state: EngineState
) -> QuietRequests:
    """Have ``state`` told from now on; gives what serves the switches of do not disturb."""

    def tell() -> None:
        settings = in_force.settings
        state.set_controls(Controls.now(settings, engines.voices, quiet.current), door_facts(settings))

    tell()
    in_force.follow(lambda _: tell())
    return QuietRequests(quiet, tuple(entry.unit for entry in in_force.settings.units), tell)

"""Switch platform for the Voice Processor integration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import EngineClient
from .const import CONF_UNIT_SWITCHES
from .coordinator import VoiceProcessorConfigEntry
from .entity import VoiceProcessorEntity, async_remove_others
from .errors import translated_errors
from .models import Status

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorSwitchEntityDescription(SwitchEntityDescription):
    """Describes a Voice Processor switch entity."""

    is_on_fn: Callable[[Status], bool | None]
    """None: the engine does not have what is switched."""
    turn_fn: Callable[[EngineClient, bool], Awaitable[None]]


SWITCH_DESCRIPTIONS: tuple[VoiceProcessorSwitchEntityDescription, ...] = (
    VoiceProcessorSwitchEntityDescription(
        key="do_not_disturb",
        translation_key="do_not_disturb",
        entity_category=EntityCategory.CONFIG,
        is_on_fn=lambda status: status.controls.do_not_disturb if status.controls else None,
        turn_fn=lambda client, on: client.set_do_not_disturb(house=on),
    ),
    VoiceProcessorSwitchEntityDescription(
        key="microphone",
        translation_key="microphone",
        is_on_fn=lambda status: status.microphone.enabled if status.microphone else None,
        turn_fn=lambda client, on: client.switch_microphone(on),
    ),
)
UNIT_KEY = "mute_unit"


def unit_description(unit: str) -> VoiceProcessorSwitchEntityDescription:
    """Return the description of the switch that mutes a unit."""
    return VoiceProcessorSwitchEntityDescription(
        key=f"{UNIT_KEY}_{unit}",
        translation_key=UNIT_KEY,
        translation_placeholders={"unit": unit},
        entity_category=EntityCategory.CONFIG,
        is_on_fn=lambda status: status.controls.is_muted(unit) if status.controls else None,
        turn_fn=lambda client, on: client.set_do_not_disturb(units={unit: on}),
    )


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches; what the engine does not have gets none."""
    coordinator = entry.runtime_data
    controls = coordinator.data.controls
    units = controls.unit_names if controls and entry.options.get(CONF_UNIT_SWITCHES, True) else ()
    of_units = [VoiceProcessorSwitch(coordinator, unit_description(unit)) for unit in units]
    async_remove_others(hass, entry, f"{UNIT_KEY}_", {switch.unique_id for switch in of_units})
    async_add_entities(
        [
            *(
                VoiceProcessorSwitch(coordinator, description)
                for description in SWITCH_DESCRIPTIONS
                if description.is_on_fn(coordinator.data) is not None
            ),
            *of_units,
        ]
    )


class VoiceProcessorSwitch(VoiceProcessorEntity, SwitchEntity):
    """Switches something of the engine, which tells how it stands."""

    entity_description: VoiceProcessorSwitchEntityDescription

    @property
    @override
    def available(self) -> bool:
        """Return whether the engine is there and has what is switched."""
        return super().available and self.is_on is not None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return how it stands."""
        return self.entity_description.is_on_fn(self.coordinator.data)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        with translated_errors():
            await self.entity_description.turn_fn(self.coordinator.client, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        with translated_errors():
            await self.entity_description.turn_fn(self.coordinator.client, False)

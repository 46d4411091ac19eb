"""Number platform for the Voice Processor integration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .controls import Controls, Number
from .coordinator import VoiceProcessorConfigEntry, VoiceProcessorCoordinator
from .entity import VoiceProcessorControlEntity
from .errors import translated_errors

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorNumberEntityDescription(NumberEntityDescription):
    """Describes a Voice Processor number entity."""

    number_fn: Callable[[Controls], Number]
    change_fn: Callable[[float], dict[str, Any]]
    """Gives the change of the engine's settings."""


NUMBER_DESCRIPTIONS: tuple[VoiceProcessorNumberEntityDescription, ...] = (
    VoiceProcessorNumberEntityDescription(
        key="silence_threshold",
        translation_key="silence_threshold",
        entity_category=EntityCategory.CONFIG,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        mode=NumberMode.SLIDER,
        number_fn=lambda controls: controls.silence_threshold,
        change_fn=lambda seconds: {"door": {"silence_threshold_seconds": seconds}},
    ),
    VoiceProcessorNumberEntityDescription(
        key="barge_in",
        translation_key="barge_in",
        entity_category=EntityCategory.CONFIG,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        mode=NumberMode.SLIDER,
        number_fn=lambda controls: controls.barge_in,
        change_fn=lambda seconds: {"door": {"barge_in_seconds": seconds}},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers; an engine that tells none has none."""
    coordinator = entry.runtime_data
    if coordinator.data.controls is not None:
        async_add_entities(VoiceProcessorNumber(coordinator, description) for description in NUMBER_DESCRIPTIONS)


class VoiceProcessorNumber(VoiceProcessorControlEntity, NumberEntity):
    """A setting of the engine that is a number, in the engine's own range."""

    entity_description: VoiceProcessorNumberEntityDescription

    def __init__(
        self, coordinator: VoiceProcessorCoordinator, description: VoiceProcessorNumberEntityDescription
    ) -> None:
        """Initialize the number."""
        super().__init__(coordinator, description)
        self._async_take()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Follow the engine, which may have another range after an update."""
        self._async_take()
        super()._handle_coordinator_update()

    @callback
    def _async_take(self) -> None:
        """Take the value in force, and what it may be."""
        if self.controls is None:
            return
        number = self.entity_description.number_fn(self.controls)
        self._attr_native_value = number.value
        self._attr_native_min_value = number.minimum
        self._attr_native_max_value = number.maximum
        self._attr_native_step = number.step

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change it for the next call."""
        with translated_errors():
            await self.coordinator.client.change_settings(self.entity_description.change_fn(value))

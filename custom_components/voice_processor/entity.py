"""Base entity for the Voice Processor integration."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from yarl import URL

from .const import CONF_SLUG, DOMAIN
from .controls import Controls
from .coordinator import VoiceProcessorConfigEntry, VoiceProcessorCoordinator
from .models import Status


class VoiceProcessorEntity(CoordinatorEntity[VoiceProcessorCoordinator]):
    """Base entity: one of the engine's device."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: VoiceProcessorCoordinator, description: EntityDescription) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        if slug := entry.data.get(CONF_SLUG):
            page_url = f"homeassistant://app/{slug}"
        else:
            page_url = str(URL.build(scheme="http", host=entry.data[CONF_HOST], port=entry.data[CONF_PORT]))
        self.entity_description = description
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.entry_id)},
            manufacturer="Voice Processor",
            name=entry.title,
            sw_version=coordinator.data.engine.version,
            configuration_url=page_url,
        )


class VoiceProcessorControlEntity(VoiceProcessorEntity):
    """Base of what turns a setting of the engine."""

    @property
    def controls(self) -> Controls | None:
        """What can be turned, as the engine tells it; None: it tells nothing any more."""
        return self.coordinator.data.controls

    @property
    @override
    def available(self) -> bool:
        """Return whether the engine is there and tells it."""
        return super().available and self.controls is not None


@callback
def async_add_as_told[D: EntityDescription](
    entry: VoiceProcessorConfigEntry,
    described: Callable[[Status], Iterable[D]],
    make: Callable[[VoiceProcessorCoordinator, D], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add what the engine's state is ``described`` to have, now and whenever it tells of more."""
    coordinator = entry.runtime_data
    added: set[str] = set()

    @callback
    def async_add() -> None:
        new = [description for description in described(coordinator.data) if description.key not in added]
        if new:
            added.update(description.key for description in new)
            async_add_entities(make(coordinator, description) for description in new)

    async_add()
    entry.async_on_unload(coordinator.async_add_listener(async_add))


@callback
def async_remove_others(
    hass: HomeAssistant, entry: VoiceProcessorConfigEntry, key: str, unique_ids: set[str | None]
) -> None:
    """Remove the entities whose keys begin with ``key`` and that there are no more."""
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        if registered.unique_id.startswith(f"{entry.entry_id}_{key}") and registered.unique_id not in unique_ids:
            registry.async_remove(registered.entity_id)

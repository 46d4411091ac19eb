"""Binary sensor platform for the Voice Processor integration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import VoiceProcessorConfigEntry
from .engines import EnginePort
from .entity import VoiceProcessorEntity, async_add_as_told
from .models import Status

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorBinarySensorEntityDescription(BinarySensorEntityDescription):
    """Describes a Voice Processor binary sensor entity."""

    is_on_fn: Callable[[Status], bool | None]
    """None: the engine does not tell, or has nothing of the kind; there is no such entity until it does."""
    attributes_fn: Callable[[Status], dict[str, Any] | None] = lambda _: None
    exists_fn: Callable[[Status], bool] | None = None
    """For what there is although it is not known at times."""

    def exists(self, status: Status) -> bool:
        """Return whether the engine has it."""
        return self.is_on_fn(status) is not None if self.exists_fn is None else self.exists_fn(status)


def _is_served(port: EnginePort) -> bool | None:
    """Return whether a port has something that works; None where it has nothing at all."""
    return port.serving is not None if port.backends else None


def _throttling_attributes(status: Status) -> dict[str, Any] | None:
    """Return why the engine holds back, and what it does without."""
    throttling = status.figures.throttling
    return {"reasons": list(throttling.reasons), "reliefs": list(throttling.reliefs)} if throttling else None


BINARY_SENSOR_DESCRIPTIONS: tuple[VoiceProcessorBinarySensorEntityDescription, ...] = (
    VoiceProcessorBinarySensorEntityDescription(
        key="call_in_progress",
        translation_key="call_in_progress",
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on_fn=lambda status: bool(status.calls),
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="telephone_system",
        translation_key="telephone_system",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda status: status.system.asterisk_connected,
        attributes_fn=lambda status: {
            "problem": status.system.asterisk_problem,
            "problem_code": status.system.asterisk_problem_code,
        },
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="throttling",
        translation_key="throttling",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda status: status.figures.throttling.active if status.figures.throttling else None,
        attributes_fn=_throttling_attributes,
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="under_voltage",
        translation_key="under_voltage",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda status: status.figures.load.under_voltage if status.figures.load else None,
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="transcription_server",
        translation_key="transcription_server",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda status: _is_served(status.engines.stt),
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="language_server",
        translation_key="language_server",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda status: _is_served(status.engines.llm),
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="update_pending",
        translation_key="update_pending",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda status: status.figures.settings.changed if status.figures.settings else None,
    ),
    VoiceProcessorBinarySensorEntityDescription(
        key="microphone",
        translation_key="microphone",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=lambda status: status.microphone is not None,
        is_on_fn=lambda status: status.microphone.has_signal if status.microphone else None,
        attributes_fn=lambda status: {
            "problem": status.microphone.microphone_problem if status.microphone else None,
            "problem_code": status.microphone.microphone_problem_code if status.microphone else None,
        },
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    async_add_as_told(entry, _described, VoiceProcessorBinarySensor, async_add_entities)


def _described(status: Status) -> list[VoiceProcessorBinarySensorEntityDescription]:
    """Return what the engine tells of."""
    return [description for description in BINARY_SENSOR_DESCRIPTIONS if description.exists(status)]


class VoiceProcessorBinarySensor(VoiceProcessorEntity, BinarySensorEntity):
    """Shows whether something of the engine's state holds."""

    entity_description: VoiceProcessorBinarySensorEntityDescription
    _unrecorded_attributes = frozenset({"reliefs"})
    """They come and go one by one while the machine is at its limit."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the engine still tells of it."""
        return super().available and self.entity_description.exists(self.coordinator.data)

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it holds."""
        return self.entity_description.is_on_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what explains the state."""
        return self.entity_description.attributes_fn(self.coordinator.data)

"""Sensor platform for the Voice Processor integration."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import VoiceProcessorConfigEntry
from .engines import EnginePort
from .entity import VoiceProcessorEntity, async_add_as_told
from .figure_sensors import FigureSensor, figure_descriptions
from .models import CallStage, Disposition, Status

PARALLEL_UPDATES = 0

STAGE_IDLE = "idle"
SERVED_BY_NONE = "none"
"""Nothing is set up, or all of it has failed."""


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorSensorEntityDescription(SensorEntityDescription):
    """Describes a Voice Processor sensor entity."""

    value_fn: Callable[[Status], StateType | datetime]


def _served_by(status: Status, port: EnginePort) -> str | None:
    """Return what is asked first at a port; None where the engine is too old to tell."""
    return port.serving or (SERVED_BY_NONE if status.engines.told else None)


def _last_call_seconds(status: Status) -> float | None:
    """Return how long the last call took."""
    call = status.last_call
    if call is None or call.started_at is None or call.ended_at is None:
        return None
    return (call.ended_at - call.started_at).total_seconds()


SENSOR_DESCRIPTIONS: tuple[VoiceProcessorSensorEntityDescription, ...] = (
    VoiceProcessorSensorEntityDescription(
        key="active_calls",
        translation_key="active_calls",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda status: len(status.calls),
    ),
    VoiceProcessorSensorEntityDescription(
        key="last_disposition",
        translation_key="last_disposition",
        device_class=SensorDeviceClass.ENUM,
        options=[disposition.value for disposition in Disposition],
        value_fn=lambda status: status.last_call.disposition if status.last_call else None,
    ),
    VoiceProcessorSensorEntityDescription(
        key="last_call_duration",
        translation_key="last_call_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        value_fn=_last_call_seconds,
    ),
    VoiceProcessorSensorEntityDescription(
        key="call_stage",
        translation_key="call_stage",
        device_class=SensorDeviceClass.ENUM,
        options=[STAGE_IDLE, *(stage.value for stage in CallStage if stage is not CallStage.ENDED)],
        entity_registry_enabled_default=False,
        value_fn=lambda status: status.calls[-1].stage if status.calls else STAGE_IDLE,
    ),
    VoiceProcessorSensorEntityDescription(
        key="speech_recognition",
        translation_key="speech_recognition",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda status: _served_by(status, status.engines.stt),
    ),
    VoiceProcessorSensorEntityDescription(
        key="voice",
        translation_key="voice",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda status: _served_by(status, status.engines.tts),
    ),
    VoiceProcessorSensorEntityDescription(
        key="language_model",
        translation_key="language_model",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda status: _served_by(status, status.engines.llm),
    ),
    VoiceProcessorSensorEntityDescription(
        key="started_at",
        translation_key="started_at",
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda status: status.engine.started_at,
    ),
)

INBOX_SENSOR_DESCRIPTIONS: tuple[VoiceProcessorSensorEntityDescription, ...] = (
    VoiceProcessorSensorEntityDescription(
        key="recordings_waiting",
        translation_key="recordings_waiting",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda status: status.inbox.waiting if status.inbox and status.inbox.watching else None,
    ),
)
"""Only where the engine watches a folder."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    coordinator = entry.runtime_data
    inbox = INBOX_SENSOR_DESCRIPTIONS if coordinator.data.has_inbox else ()
    async_add_entities(VoiceProcessorSensor(coordinator, description) for description in (*SENSOR_DESCRIPTIONS, *inbox))
    async_add_as_told(entry, figure_descriptions, FigureSensor, async_add_entities)


class VoiceProcessorSensor(VoiceProcessorEntity, SensorEntity):
    """Shows a figure of the engine's state."""

    entity_description: VoiceProcessorSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the figure."""
        return self.entity_description.value_fn(self.coordinator.data)

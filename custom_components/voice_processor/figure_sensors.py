"""Sensors of what the engine tells time and again: its machine, capacity, latencies, caches and visits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfInformation, UnitOfTemperature, UnitOfTime
from homeassistant.helpers.typing import StateType

from .coordinator import VoiceProcessorCoordinator
from .entity import VoiceProcessorEntity
from .figures import Cache, Figures
from .machine import Latency, Load, MemoryAlert
from .models import Status

LONGEST_STATE = 255
"""What Home Assistant keeps of a state."""
CACHES = ("settings", "speech", "speech_disk", "transcripts", "voice_activity")
"""Those whose names are translated; others are called what the engine calls them."""


@dataclass(frozen=True, kw_only=True)
class FigureSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of a figure."""

    exists_fn: Callable[[Figures], bool]
    """Whether the engine tells of it: there is no such entity until it does."""
    value_fn: Callable[[Figures], StateType]
    placeholders: Mapping[str, str] | None = None


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)


def _of_load(
    key: str, value_fn: Callable[[Load], StateType], *, unit: str, **further: object
) -> FigureSensorEntityDescription:
    """Describe a figure of the machine: it changes with every look, so few want to keep it."""

    def value(figures: Figures) -> StateType:
        return value_fn(figures.load) if figures.load else None

    return FigureSensorEntityDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=unit,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        exists_fn=lambda figures: value(figures) is not None,
        value_fn=value,
        **further,  # type: ignore[arg-type]
    )


def _of_latency(
    name: str, stage: str, percentile: str, seconds_fn: Callable[[Latency], float | None], *, enabled: bool = False
) -> FigureSensorEntityDescription:
    """Describe how long a stage takes; unknown until there was a turn with it."""

    def seconds(figures: Figures) -> float | None:
        latency = figures.latencies.get(stage) if figures.latencies else None
        return seconds_fn(latency) if latency else None

    return FigureSensorEntityDescription(
        key=f"{name}_{percentile}",
        translation_key=f"{name}_{percentile}",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=2,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        exists_fn=lambda figures: figures.latencies is not None,
        value_fn=seconds,
    )


def _of_capacity(name: str, work: str, field: str) -> FigureSensorEntityDescription:
    """Describe how many places of a kind of work are free, or how many wait for one."""

    def jobs(figures: Figures) -> int | None:
        capacity = figures.capacity.get(work) if figures.capacity else None
        return getattr(capacity, field) if capacity else None

    return FigureSensorEntityDescription(
        key=f"{name}_{field}",
        translation_key=f"{name}_{field}",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        exists_fn=lambda figures: jobs(figures) is not None,
        value_fn=jobs,
    )


def _refused(figures: Figures) -> int | None:
    requests = figures.capacity.get("requests") if figures.capacity else None
    return requests.refused if requests else None


def _last_words(figures: Figures) -> str | None:
    words = figures.visits.last_words if figures.visits else None
    return words.text[:LONGEST_STATE] if words else None


FIGURE_DESCRIPTIONS: tuple[FigureSensorEntityDescription, ...] = (
    FigureSensorEntityDescription(
        key="calls_today",
        translation_key="calls_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        exists_fn=lambda figures: figures.visits is not None,
        value_fn=lambda figures: figures.visits.calls if figures.visits else None,
    ),
    FigureSensorEntityDescription(
        key="last_visitor_words",
        translation_key="last_visitor_words",
        entity_registry_enabled_default=False,
        exists_fn=lambda figures: figures.visits is not None,
        value_fn=_last_words,
    ),
    FigureSensorEntityDescription(
        key="refused_requests",
        translation_key="refused_requests",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=lambda figures: _refused(figures) is not None,
        value_fn=_refused,
    ),
    FigureSensorEntityDescription(
        key="memory_alert",
        translation_key="memory_alert",
        device_class=SensorDeviceClass.ENUM,
        options=[alert.value for alert in MemoryAlert],
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=lambda figures: figures.throttling is not None,
        value_fn=lambda figures: figures.throttling.memory_alert if figures.throttling else None,
    ),
    _of_load("cpu", lambda load: _percent(load.cpu), unit=PERCENTAGE, suggested_display_precision=0),
    _of_load("memory", lambda load: _percent(load.memory), unit=PERCENTAGE, suggested_display_precision=0),
    _of_load(
        "own_memory",
        lambda load: load.own_memory_bytes,
        unit=UnitOfInformation.BYTES,
        device_class=SensorDeviceClass.DATA_SIZE,
        suggested_unit_of_measurement=UnitOfInformation.MEGABYTES,
        suggested_display_precision=0,
    ),
    _of_load(
        "temperature",
        lambda load: load.temperature_celsius,
        unit=UnitOfTemperature.CELSIUS,
        device_class=SensorDeviceClass.TEMPERATURE,
        suggested_display_precision=1,
    ),
    _of_load(
        "disk_free",
        lambda load: load.disk_free_bytes,
        unit=UnitOfInformation.BYTES,
        device_class=SensorDeviceClass.DATA_SIZE,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
    ),
    *(
        _of_capacity(name, work, field)
        for name, work in (
            ("transcription", "transcriptions"),
            ("synthesis", "syntheses"),
            ("language", "language_tasks"),
        )
        for field in ("free", "waiting")
    ),
    *(
        _of_latency(name, stage, percentile, seconds_fn, enabled=name == "response")
        for name, stage in (
            ("response", "first_frame"),
            ("endpoint", "endpoint"),
            ("transcription", "transcription"),
            ("understanding", "understanding"),
            ("synthesis", "synthesis"),
        )
        for percentile, seconds_fn in (
            ("p50", lambda latency: latency.p50_seconds),
            ("p95", lambda latency: latency.p95_seconds),
        )
    ),
)


def cache_descriptions(name: str) -> tuple[FigureSensorEntityDescription, ...]:
    """Return the descriptions of a cache's sensors."""
    prefix = f"cache_{name}" if name in CACHES else "cache"
    placeholders = None if name in CACHES else {"cache": name}

    def exists(figures: Figures) -> bool:
        return name in figures.caches

    def value_of(value_fn: Callable[[Cache], StateType]) -> Callable[[Figures], StateType]:
        return lambda figures: value_fn(figures.caches[name]) if name in figures.caches else None

    return (
        FigureSensorEntityDescription(
            key=f"cache_{name}_hit_rate",
            translation_key=f"{prefix}_hit_rate",
            placeholders=placeholders,
            native_unit_of_measurement=PERCENTAGE,
            suggested_display_precision=1,
            state_class=SensorStateClass.MEASUREMENT,
            entity_category=EntityCategory.DIAGNOSTIC,
            exists_fn=exists,
            value_fn=value_of(lambda cache: _percent(cache.hit_rate)),
        ),
        FigureSensorEntityDescription(
            key=f"cache_{name}_recent_hit_rate",
            translation_key=f"{prefix}_recent_hit_rate",
            placeholders=placeholders,
            native_unit_of_measurement=PERCENTAGE,
            suggested_display_precision=1,
            state_class=SensorStateClass.MEASUREMENT,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            exists_fn=exists,
            value_fn=value_of(lambda cache: _percent(cache.recent_hit_rate)),
        ),
        FigureSensorEntityDescription(
            key=f"cache_{name}_entries",
            translation_key=f"{prefix}_entries",
            placeholders=placeholders,
            state_class=SensorStateClass.MEASUREMENT,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            exists_fn=exists,
            value_fn=value_of(lambda cache: cache.entries),
        ),
        FigureSensorEntityDescription(
            key=f"cache_{name}_size",
            translation_key=f"{prefix}_size",
            placeholders=placeholders,
            device_class=SensorDeviceClass.DATA_SIZE,
            native_unit_of_measurement=UnitOfInformation.BYTES,
            suggested_unit_of_measurement=UnitOfInformation.MEGABYTES,
            suggested_display_precision=1,
            state_class=SensorStateClass.MEASUREMENT,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            exists_fn=exists,
            value_fn=value_of(lambda cache: cache.size_bytes),
        ),
    )


def figure_descriptions(status: Status) -> list[FigureSensorEntityDescription]:
    """Return the descriptions of all that the engine tells of."""
    figures = status.figures
    described = [description for description in FIGURE_DESCRIPTIONS if description.exists_fn(figures)]
    return described + [description for name in figures.caches for description in cache_descriptions(name)]


class FigureSensor(VoiceProcessorEntity, SensorEntity):
    """Shows a figure."""

    entity_description: FigureSensorEntityDescription

    def __init__(self, coordinator: VoiceProcessorCoordinator, description: FigureSensorEntityDescription) -> None:
        """Initialize the sensor."""
        super().__init__(coordinator, description)
        if description.placeholders:
            self._attr_translation_placeholders = description.placeholders

    @property
    @override
    def available(self) -> bool:
        """Return whether the engine still tells of it."""
        return super().available and self.entity_description.exists_fn(self.coordinator.data.figures)

    @property
    @override
    def native_value(self) -> StateType:
        """Return the figure."""
        return self.entity_description.value_fn(self.coordinator.data.figures)

"""Select platform for the Voice Processor integration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .controls import Choice, Controls
from .coordinator import VoiceProcessorConfigEntry
from .entity import VoiceProcessorControlEntity
from .errors import translated_errors

PARALLEL_UPDATES = 1

NO_CHOICE = Choice(None, ())


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorSelectEntityDescription(SelectEntityDescription):
    """Describes a Voice Processor select entity."""

    choice_fn: Callable[[Controls], Choice]
    change_fn: Callable[[str], dict[str, Any]]
    """Gives the change of the engine's settings."""


SELECT_DESCRIPTIONS: tuple[VoiceProcessorSelectEntityDescription, ...] = (
    VoiceProcessorSelectEntityDescription(
        key="language",
        translation_key="language",
        entity_category=EntityCategory.CONFIG,
        choice_fn=lambda controls: controls.language,
        change_fn=lambda language: {"language": language},
    ),
    VoiceProcessorSelectEntityDescription(
        key="voice",
        translation_key="voice",
        entity_category=EntityCategory.CONFIG,
        choice_fn=lambda controls: controls.voice,
        change_fn=lambda voice: {"engines": {"voice": voice}},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects; an engine that tells none has none."""
    coordinator = entry.runtime_data
    if coordinator.data.controls is not None:
        async_add_entities(VoiceProcessorSelect(coordinator, description) for description in SELECT_DESCRIPTIONS)


class VoiceProcessorSelect(VoiceProcessorControlEntity, SelectEntity):
    """A setting of the engine that is one of several; its options may change with another setting."""

    entity_description: VoiceProcessorSelectEntityDescription

    @property
    def _choice(self) -> Choice:
        """The choice as the engine tells it."""
        return NO_CHOICE if self.controls is None else self.entity_description.choice_fn(self.controls)

    @property
    def _values(self) -> dict[str, str]:
        """The engine's values by option: translations know small letters only."""
        return {value.lower(): value for value in self._choice.options}

    @property
    @override
    def options(self) -> list[str]:
        """Return what the engine offers."""
        return list(self._values)

    @property
    @override
    def current_option(self) -> str | None:
        """Return the one in force."""
        in_force = self._choice.value
        return next((option for option, value in self._values.items() if value == in_force), None)

    @override
    async def async_select_option(self, option: str) -> None:
        """Change it for the next call."""
        with translated_errors():
            await self.coordinator.client.change_settings(self.entity_description.change_fn(self._values[option]))

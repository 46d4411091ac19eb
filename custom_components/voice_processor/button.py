"""Button platform for the Voice Processor integration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import PlatformNotReady, ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .answers import CacheName, KnownCache
from .client import EngineError, EngineRefusal
from .commands import EngineCommands
from .const import DOMAIN
from .coordinator import VoiceProcessorConfigEntry, VoiceProcessorCoordinator
from .doors import descriptions_of_doors
from .entity import VoiceProcessorEntity, async_remove_others
from .errors import translated_errors
from .models import Call, CallStage, Decision, Status

PARALLEL_UPDATES = 0
"""Warming caches takes minutes, and whoever waits at the door is let in meanwhile."""


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorButtonEntityDescription(ButtonEntityDescription):
    """Describes a button that has the engine do something."""

    press_fn: Callable[[EngineCommands], Awaitable[object]]
    entity_category: EntityCategory | None = EntityCategory.CONFIG


def _clear_description(name: CacheName) -> VoiceProcessorButtonEntityDescription:
    """Return the description of the button that clears a cache."""
    key = f"{CLEAR_CACHE}_{name}"
    return VoiceProcessorButtonEntityDescription(
        key=key, translation_key=key, press_fn=lambda commands: commands.clear_cache(name)
    )


CLEAR_CACHE = "clear_cache"
"""What the keys of buttons begin with that clear one cache."""
OPEN_DOOR_DESCRIPTION = ButtonEntityDescription(key="open_door", translation_key="open_door")
CLEAR_CACHE_DESCRIPTIONS = {name: _clear_description(name) for name in CacheName}
CLEAR_CACHES_DESCRIPTION = VoiceProcessorButtonEntityDescription(
    key="clear_all_caches", translation_key="clear_all_caches", press_fn=EngineCommands.clear_caches
)
WARM_CACHES_DESCRIPTION = VoiceProcessorButtonEntityDescription(
    key="warm_caches", translation_key="warm_caches", press_fn=EngineCommands.warm_caches
)
TEST_RING_DESCRIPTION = ButtonEntityDescription(
    key="test_ring", translation_key="test_ring", entity_category=EntityCategory.DIAGNOSTIC
)
TEST_RING_OF_DESCRIPTION = replace(TEST_RING_DESCRIPTION, translation_key="test_ring_of")
"""Where there are several doors, whose names tell the buttons apart."""
BUTTON_DESCRIPTIONS: tuple[ButtonEntityDescription, ...] = (
    OPEN_DOOR_DESCRIPTION,
    *CLEAR_CACHE_DESCRIPTIONS.values(),
    CLEAR_CACHES_DESCRIPTION,
    WARM_CACHES_DESCRIPTION,
    TEST_RING_DESCRIPTION,
    TEST_RING_OF_DESCRIPTION,
)

_RESIDENT_IS_CALLED = (CallStage.RINGING, CallStage.ASKING, CallStage.TALKING)
"""It is known whom the visitor wants: such a call is meant rather than one that is still being greeted."""


def call_to_grant(status: Status) -> Call | None:
    """Return the call that waits longest for a resident, else the one that is greeted longest; None: none waits."""
    waiting = [call for call in status.calls if call.disposition is None]
    called = [call for call in waiting if call.stage in _RESIDENT_IS_CALLED]
    greeted = [call for call in waiting if call.stage is CallStage.GREETING]
    return next(iter([*called, *greeted]), None)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons."""
    coordinator = entry.runtime_data
    caches = await _async_fetch_caches(coordinator)
    keepers = [VoiceProcessorButton(coordinator, description) for description in cache_descriptions(caches)]
    rings = [
        VoiceProcessorTestRing(coordinator, *of_door)
        for of_door in descriptions_of_doors(coordinator.data, TEST_RING_DESCRIPTION, TEST_RING_OF_DESCRIPTION)
    ]
    async_remove_others(hass, entry, f"{CLEAR_CACHE}_", {keeper.unique_id for keeper in keepers})
    async_remove_others(hass, entry, f"{TEST_RING_DESCRIPTION.key}_", {ring.unique_id for ring in rings})
    async_add_entities([VoiceProcessorOpenDoor(coordinator, OPEN_DOOR_DESCRIPTION), *keepers, *rings])


async def _async_fetch_caches(coordinator: VoiceProcessorCoordinator) -> tuple[KnownCache, ...]:
    """Return the caches of the engine; none where it is too old to tell."""
    try:
        return await EngineCommands(coordinator.client).fetch_caches()
    except EngineRefusal:
        return ()
    except EngineError as err:
        raise PlatformNotReady(
            translation_domain=DOMAIN, translation_key="cannot_connect", translation_placeholders={"error": str(err)}
        ) from err


def cache_descriptions(caches: tuple[KnownCache, ...]) -> list[VoiceProcessorButtonEntityDescription]:
    """Return the descriptions of the buttons for what an engine remembers."""
    descriptions = [CLEAR_CACHE_DESCRIPTIONS[cache.name] for cache in caches if cache.name]
    if caches:
        descriptions.append(CLEAR_CACHES_DESCRIPTION)
    if any(cache.warmable for cache in caches):
        descriptions.append(WARM_CACHES_DESCRIPTION)
    return descriptions


class VoiceProcessorOpenDoor(VoiceProcessorEntity, ButtonEntity):
    """Lets the visitor in."""

    @property
    @override
    def available(self) -> bool:
        """Return whether somebody waits to be let in."""
        return super().available and call_to_grant(self.coordinator.data) is not None

    @override
    async def async_press(self) -> None:
        """Grant the call; the engine says so if somebody decided meanwhile."""
        if (call := call_to_grant(self.coordinator.data)) is None:
            # It ended while an earlier press was under way.
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_call")
        with translated_errors():
            await self.coordinator.client.decide(call.call_id, Decision.GRANT, None)


class VoiceProcessorButton(VoiceProcessorEntity, ButtonEntity):
    """Has the engine do something."""

    entity_description: VoiceProcessorButtonEntityDescription

    @override
    async def async_press(self) -> None:
        """Have it done."""
        with translated_errors():
            await self.entity_description.press_fn(EngineCommands(self.coordinator.client))


class VoiceProcessorTestRing(VoiceProcessorEntity, ButtonEntity):
    """Lets a doorbell ring where nobody does."""

    def __init__(
        self, coordinator: VoiceProcessorCoordinator, description: ButtonEntityDescription, door: str | None
    ) -> None:
        """Initialize the button; ``door`` is the one whose doorbell rings, None the only one."""
        super().__init__(coordinator, description)
        self._door = door
        if door is not None:
            self._attr_translation_placeholders = {"door": door}

    @override
    async def async_press(self) -> None:
        """Let it ring."""
        with translated_errors():
            await EngineCommands(self.coordinator.client).test_ring(self._door)

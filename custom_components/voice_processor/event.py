"""Event platform for the Voice Processor integration."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import VoiceProcessorConfigEntry, VoiceProcessorCoordinator
from .doors import descriptions_of_doors
from .entity import VoiceProcessorEntity, async_remove_others
from .messages import CallEvent
from .microphone import Utterance
from .models import NAMES, Call, CallEventKind, CallStage
from .recording_event import VoiceProcessorRecordingEvent

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VoiceProcessorEventEntityDescription(EventEntityDescription):
    """Describes a Voice Processor event entity."""

    type_fn: Callable[[CallEvent], str | None]
    attributes_fn: Callable[[Call], dict[str, Any]]


CALL_EVENT_TYPES = {
    kind: kind.value
    for kind in (
        CallEventKind.ANSWERED,
        CallEventKind.GRANTED,
        CallEventKind.DENIED,
        CallEventKind.NO_ANSWER,
        CallEventKind.MISSED,
        CallEventKind.ENDED,
    )
}
RINGING = "ringing"
"""The resident is being rung: from here on it is known whom the visitor wants."""


def _call_event_type(event: CallEvent) -> str | None:
    """Return what the call entity tells of an event, if anything; of a test there is no call."""
    if event.call.test:
        return None
    if event.kind is CallEventKind.STAGE and event.call.stage is CallStage.RINGING:
        return RINGING
    return CALL_EVENT_TYPES.get(event.kind) if event.kind else None


DOORBELL_DESCRIPTION = VoiceProcessorEventEntityDescription(
    key="doorbell",
    translation_key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[DoorbellEventType.RING],
    type_fn=lambda event: DoorbellEventType.RING if event.kind is CallEventKind.RANG else None,
    attributes_fn=lambda call: {
        "call_id": call.call_id,
        "door": call.door,
        "caller": call.caller,
        "test": call.test,
    },
)
DOORBELL_OF_DESCRIPTION = replace(DOORBELL_DESCRIPTION, translation_key="doorbell_of")
"""Where there are several doors, whose names tell the doorbells apart."""
EVENT_DESCRIPTIONS: tuple[VoiceProcessorEventEntityDescription, ...] = (
    VoiceProcessorEventEntityDescription(
        key="call",
        translation_key="call",
        event_types=[RINGING, *CALL_EVENT_TYPES.values()],
        type_fn=_call_event_type,
        attributes_fn=lambda call: {
            "call_id": call.call_id,
            "door": call.door,
            "caller": call.caller,
            "unit": call.unit,
            "intent": call.intent,
            "visitor": call.visitor,
            "company": call.company,
            "disposition": call.disposition,
            "decided_by": call.decided_by,
        },
    ),
)

HEARD = "heard"
UTTERANCE_DESCRIPTION = EventEntityDescription(key="utterance", translation_key="utterance", event_types=[HEARD])


async def async_setup_entry(
    hass: HomeAssistant,
    entry: VoiceProcessorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities."""
    coordinator = entry.runtime_data
    doorbells = [
        VoiceProcessorDoorbell(coordinator, *of_door)
        for of_door in descriptions_of_doors(coordinator.data, DOORBELL_DESCRIPTION, DOORBELL_OF_DESCRIPTION)
    ]
    of_doors = f"{DOORBELL_DESCRIPTION.key}_"
    async_remove_others(hass, entry, of_doors, {doorbell.unique_id for doorbell in doorbells})
    async_add_entities(
        [*doorbells, *(VoiceProcessorEventEntity(coordinator, description) for description in EVENT_DESCRIPTIONS)]
    )
    if coordinator.data.has_inbox:
        async_add_entities([VoiceProcessorRecordingEvent(coordinator)])
    if coordinator.data.microphone is not None:
        async_add_entities([VoiceProcessorUtterance(coordinator, UTTERANCE_DESCRIPTION)])


class VoiceProcessorEventEntity(VoiceProcessorEntity, EventEntity):
    """Tells what happens to calls."""

    entity_description: VoiceProcessorEventEntityDescription

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return what was told before a restart; who was named then may be meant to be nameless now."""
        told = await super().async_get_last_event_data()
        if told is None or told.last_event_attributes is None or not self.coordinator.private:
            return told
        nameless = {key: None if key in NAMES else value for key, value in told.last_event_attributes.items()}
        return replace(told, last_event_attributes=nameless)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to call events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_subscribe_call_events(self._async_handle_call_event))

    @callback
    def _async_handle_call_event(self, event: CallEvent) -> None:
        """Trigger the event if it is one of this entity's."""
        if (event_type := self.entity_description.type_fn(event)) is None:
            return
        self._trigger_event(event_type, self.entity_description.attributes_fn(event.call))
        self.async_write_ha_state()


class VoiceProcessorDoorbell(VoiceProcessorEventEntity):
    """Rings when a visitor calls."""

    def __init__(
        self,
        coordinator: VoiceProcessorCoordinator,
        description: VoiceProcessorEventEntityDescription,
        door: str | None,
    ) -> None:
        """Initialize the doorbell; ``door`` is the only one for which it rings."""
        super().__init__(coordinator, description)
        self._door = door
        if door is not None:
            self._attr_translation_placeholders = {"door": door}

    @callback
    @override
    def _async_handle_call_event(self, event: CallEvent) -> None:
        """Ring, if the call comes from this door."""
        if self._door in (None, event.call.door):
            super()._async_handle_call_event(event)


class VoiceProcessorUtterance(VoiceProcessorEntity, EventEntity):
    """Tells what is said into the microphone."""

    _unrecorded_attributes = frozenset({"text"})

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to utterances."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_subscribe_utterances(self._async_handle_utterance))

    @callback
    def _async_handle_utterance(self, utterance: Utterance) -> None:
        """Trigger the event."""
        attributes = {"text": utterance.text, "language": utterance.language, "confidence": utterance.confidence}
        self._trigger_event(HEARD, attributes)
        self.async_write_ha_state()

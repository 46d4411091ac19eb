"""The event entity of the engine's watched folder."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from .coordinator import VoiceProcessorCoordinator
from .entity import VoiceProcessorEntity
from .recordings import RecordingResult

TRANSCRIBED = "transcribed"
FAILED = "failed"

RECORDING_DESCRIPTION = EventEntityDescription(
    key="recording",
    translation_key="recording",
    event_types=[TRANSCRIBED, FAILED],
)


class VoiceProcessorRecordingEvent(VoiceProcessorEntity, EventEntity):
    """Tells what becomes of recordings."""

    _unrecorded_attributes = frozenset({"text"})

    def __init__(self, coordinator: VoiceProcessorCoordinator) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, RECORDING_DESCRIPTION)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to recordings."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_subscribe_recordings(self._async_handle_recording))

    @callback
    def _async_handle_recording(self, recording: RecordingResult) -> None:
        """Trigger the event."""
        attributes = {"file": recording.file, "language": recording.language}
        if recording.problem is None:
            self._trigger_event(TRANSCRIBED, {**attributes, "text": recording.text})
        else:
            self._trigger_event(FAILED, {**attributes, "problem": recording.problem})
        self.async_write_ha_state()

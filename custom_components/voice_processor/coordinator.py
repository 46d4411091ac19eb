"""Coordinator for the Voice Processor integration."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import logging
from time import monotonic
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .backoff import Backoff
from .client import (
    EngineAuthError,
    EngineClient,
    EngineError,
    EngineProtocolError,
    EngineVersionError,
)
from .const import CONF_PRIVATE, DOMAIN
from .figures import FiguresEvent
from .messages import (
    CallEvent,
    ControlsEvent,
    EnginesEvent,
    InboxEvent,
    Message,
    MicrophoneEvent,
    Snapshot,
    SystemEvent,
)
from .microphone import Utterance, UtteranceEvent
from .models import CallEventKind, CallPage, CallStage, Status
from .recordings import RecordingResult, TranscribedEvent

_LOGGER = logging.getLogger(__name__)

type VoiceProcessorConfigEntry = ConfigEntry[VoiceProcessorCoordinator]
type CallEventListener = Callable[[CallEvent], None]
type RecordingListener = Callable[[RecordingResult], None]
type UtteranceListener = Callable[[Utterance], None]


class VoiceProcessorCoordinator(DataUpdateCoordinator[Status]):
    """Keeps the engine's state as its WebSocket tells it, and hands its call events on."""

    config_entry: VoiceProcessorConfigEntry

    def __init__(self, hass: HomeAssistant, entry: VoiceProcessorConfigEntry, client: EngineClient) -> None:
        """Initialize the coordinator."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.client = client
        self._call_event_listeners: list[CallEventListener] = []
        self.private: bool = entry.options.get(CONF_PRIVATE, False)
        """Whether visitors stay nameless."""
        self._recording_listeners: list[RecordingListener] = []
        self._utterance_listeners: list[UtteranceListener] = []

    @callback
    def async_subscribe_call_events(self, listener: CallEventListener) -> CALLBACK_TYPE:
        """Subscribe to what happens to calls."""
        return _subscribe(self._call_event_listeners, listener)

    @callback
    def async_subscribe_recordings(self, listener: RecordingListener) -> CALLBACK_TYPE:
        """Subscribe to what becomes of recordings."""
        return _subscribe(self._recording_listeners, listener)

    @callback
    def async_subscribe_utterances(self, listener: UtteranceListener) -> CALLBACK_TYPE:
        """Subscribe to what is said into the microphone."""
        return _subscribe(self._utterance_listeners, listener)

    @override
    async def _async_update_data(self) -> Status:
        """Fetch the state once; afterwards the WebSocket brings it."""
        try:
            status = await self.client.fetch_status()
        except EngineAuthError as err:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth") from err
        except EngineError as err:
            raise self._async_failure(err) from err
        delete_version_issue(self.hass, self.config_entry)
        return self._shown(status)

    def _shown(self, status: Status) -> Status:
        """Return what may be shown of the state: here once, so that no entity can tell more."""
        return status.without_names() if self.private else status

    async def async_fetch_calls(self, limit: int, before: int | None) -> CallPage:
        """Return a page of the calls that are over, as they may be shown. Raises EngineError."""
        page = await self.client.fetch_calls(limit, before)
        return page.without_names() if self.private else page

    async def async_listen(self) -> None:
        """Follow the engine for as long as the entry is loaded, reconnecting whenever the connection ends."""
        backoff = Backoff()
        while True:
            started = monotonic()
            try:
                await self.client.listen(self._async_handle_message)
            except EngineAuthError as err:
                self.async_set_update_error(err)
                self.config_entry.async_start_reauth(self.hass)
                return  # A new token reloads the entry.
            except EngineError as err:
                self.async_set_update_error(self._async_failure(err))
            except Exception as err:
                # Whatever is wrong with one message, the end of this task would be that of the entry, unnoticed; a new
                # connection begins with the whole state.
                _LOGGER.exception("Unexpected error while following the engine")
                self.async_set_update_error(err)
            await asyncio.sleep(backoff.wait_seconds(monotonic() - started))

    @callback
    def _async_handle_message(self, message: Message) -> None:
        """Take over what the engine tells."""
        match message:
            case Snapshot(status):
                self._async_handle_snapshot(self._shown(status))
            case FiguresEvent():
                figures = message.applied_to(self.data.figures)
                self.async_set_updated_data(self._shown(replace(self.data, figures=figures)))
            case SystemEvent() | EnginesEvent() | ControlsEvent() | InboxEvent() | MicrophoneEvent():
                self.async_set_updated_data(message.applied_to(self.data))
            case TranscribedEvent(recording):
                _tell_all(self._recording_listeners, recording)
            case UtteranceEvent(utterance):
                _tell_all(self._utterance_listeners, utterance)
            case CallEvent() if message.call.test:
                _tell_all(self._call_event_listeners, message)
            case CallEvent():
                event = replace(message, call=message.call.without_names()) if self.private else message
                self.async_set_updated_data(self.data.with_call(event.call))
                _tell_all(self._call_event_listeners, event)

    @callback
    def _async_handle_snapshot(self, status: Status) -> None:
        """Take over the state at the start of a connection."""
        if not self.last_update_success:
            _LOGGER.info("Connected to the engine again")
        known = {call.call_id: call.stage for call in self.data.calls}
        has_other_entities = _parts_with_entities(status) != _parts_with_entities(self.data)
        delete_version_issue(self.hass, self.config_entry)
        self.async_set_updated_data(status)
        for call in status.calls:
            # What happened while there was no connection is told where it goes on still.
            if call.stage is CallStage.GREETING and call.call_id not in known:
                _tell_all(self._call_event_listeners, CallEvent(CallEventKind.RANG, call))
            elif call.stage is CallStage.RINGING and known.get(call.call_id) is not CallStage.RINGING:
                _tell_all(self._call_event_listeners, CallEvent(CallEventKind.STAGE, call))
        if has_other_entities:
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)

    @callback
    def _async_failure(self, err: EngineError) -> UpdateFailed:
        """Say in the user's language why there is no state; a wrong version becomes a repair issue too."""
        if isinstance(err, EngineVersionError):
            key = "engine_too_old" if err.engine_too_old else "engine_too_new"
            placeholders = {"engine_version": err.engine_version}
            ir.async_create_issue(
                self.hass,
                DOMAIN,
                _version_issue_id(self.config_entry),
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=key,
                translation_placeholders=placeholders,
            )
        else:
            key = "not_an_engine" if isinstance(err, EngineProtocolError) else "cannot_connect"
            placeholders = {"error": str(err)}
        return UpdateFailed(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def _parts_with_entities(status: Status) -> tuple[object, ...]:
    """Return what has entities of its own: each door and unit, and what not every engine has, nor every version."""
    controls = status.controls
    doors = tuple(door.name for door in status.doors)
    units = controls.unit_names if controls else ()
    return status.engine.version, doors, units, controls is None, status.has_inbox, status.microphone is None


def _subscribe[T](listeners: list[Callable[[T], None]], listener: Callable[[T], None]) -> CALLBACK_TYPE:
    listeners.append(listener)
    return lambda: listeners.remove(listener)


def _tell_all[T](listeners: list[Callable[[T], None]], what: T) -> None:
    for listener in list(listeners):
        listener(what)


@callback
def delete_version_issue(hass: HomeAssistant, entry: VoiceProcessorConfigEntry) -> None:
    """Take away the repair issue about the engine's version, if there is one."""
    ir.async_delete_issue(hass, DOMAIN, _version_issue_id(entry))


def _version_issue_id(entry: VoiceProcessorConfigEntry) -> str:
    return f"engine_version_{entry.entry_id}"

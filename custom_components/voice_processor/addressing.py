"""Which engine an action means."""

from typing import cast

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import ServiceCall, callback
from homeassistant.helpers.service import async_get_config_entry

from .commands import EngineCommands
from .const import DOMAIN
from .coordinator import VoiceProcessorConfigEntry, VoiceProcessorCoordinator


@callback
def async_get_coordinator(service_call: ServiceCall) -> VoiceProcessorCoordinator:
    """Return that of the engine that is named, or of the only one; otherwise raise a ServiceValidationError."""
    entry_id = service_call.data.get(ATTR_CONFIG_ENTRY_ID)
    entry = cast("VoiceProcessorConfigEntry", async_get_config_entry(service_call.hass, DOMAIN, entry_id))
    return entry.runtime_data


@callback
def async_get_commands(service_call: ServiceCall) -> EngineCommands:
    """Return what that engine can be asked to do."""
    return EngineCommands(async_get_coordinator(service_call).client)

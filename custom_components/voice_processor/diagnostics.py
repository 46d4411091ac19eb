"""Diagnostics support for the Voice Processor integration."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .coordinator import VoiceProcessorConfigEntry

TO_REDACT = {
    CONF_HOST,
    CONF_TOKEN,
    "address",
    "asterisk_problem",  # names servers, and repeats what Asterisk says
    "caller",
    "company",
    "instance_id",
    "network",
    "microphone_problem",  # names devices
    "message",  # names servers
    "reason",  # repeats the address
    "settings_problem",  # repeats what stands in the settings
    "text",  # is what a visitor said
    "unique_id",  # is the instance's
    "unit",
    "visitor",
}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: VoiceProcessorConfigEntry) -> dict[str, Any]:
    """Return diagnostics for a config entry."""
    coordinator = entry.runtime_data
    # Redaction looks into lists, but not into tuples.
    status = asdict(
        coordinator.data,
        dict_factory=lambda items: {key: list(value) if isinstance(value, tuple) else value for key, value in items},
    )
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "connected": coordinator.last_update_success,
        "api_version": coordinator.client.api_version,
        "issues": sorted(
            issue_id
            for domain, issue_id in ir.async_get(hass).issues
            if domain == DOMAIN and entry.entry_id in issue_id
        ),
        "status": async_redact_data(status, TO_REDACT),
    }

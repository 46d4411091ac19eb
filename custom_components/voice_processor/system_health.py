"""System health of the Voice Processor integration."""

import asyncio
from collections.abc import Iterable
from typing import Any

from homeassistant.components import system_health
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from yarl import URL

from .const import DOMAIN
from .coordinator import VoiceProcessorConfigEntry

REACHED = "ok"


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is told of the engines."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what helps to tell where trouble lies; what several engines share is told once."""
    entries: list[VoiceProcessorConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    if not entries:
        return {}
    coordinators = [entry.runtime_data for entry in hass.config_entries.async_loaded_entries(DOMAIN)]
    return {
        "engine_version": _listed(coordinator.data.engine.version for coordinator in coordinators),
        "api_version": _listed(coordinator.client.api_version for coordinator in coordinators),
        "engine_reachable": _reach(hass, entries),
        "telephone_system_connected": bool(coordinators)
        and all(coordinator.data.system.asterisk_connected for coordinator in coordinators),
    }


async def _reach(hass: HomeAssistant, entries: list[VoiceProcessorConfigEntry]) -> str | dict[str, str]:
    """Ask each engine whether it serves; return the first trouble there is."""
    urls = [
        URL.build(scheme="http", host=entry.data[CONF_HOST], port=entry.data[CONF_PORT], path="/api/health")
        for entry in entries
    ]
    results = await asyncio.gather(*(system_health.async_check_can_reach_url(hass, str(url)) for url in urls))
    return next((result for result in results if result != REACHED), REACHED)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values}))

"""The Voice Processor integration."""

from functools import partial

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from .client import EngineClient
from .const import DOMAIN
from .coordinator import VoiceProcessorConfigEntry, VoiceProcessorCoordinator, delete_version_issue
from .issues import IssueKeeper, async_delete_issues
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS: list[Platform] = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, whether or not an engine is connected."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: VoiceProcessorConfigEntry) -> bool:
    """Set up Voice Processor from a config entry."""
    client = EngineClient(
        async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_PORT], entry.data[CONF_TOKEN]
    )
    coordinator = VoiceProcessorCoordinator(hass, entry, client)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    _async_keep_issues(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    # Last, so that the first event finds its entities.
    entry.async_create_background_task(hass, coordinator.async_listen(), "voice_processor events")
    return True


@callback
def _async_keep_issues(hass: HomeAssistant, entry: VoiceProcessorConfigEntry) -> None:
    """Have the engine's troubles told for as long as the entry is loaded."""
    coordinator = entry.runtime_data
    keeper = IssueKeeper(hass, entry)

    @callback
    def async_update() -> None:
        keeper.async_update(coordinator.data if coordinator.last_update_success else None)

    async_update()
    entry.async_on_unload(coordinator.async_add_listener(async_update))
    entry.async_on_unload(keeper.async_close)
    entry.async_on_unload(partial(delete_version_issue, hass, entry))


async def async_unload_entry(hass: HomeAssistant, entry: VoiceProcessorConfigEntry) -> bool:
    """Unload a config entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: VoiceProcessorConfigEntry) -> None:
    """Take the repair issues away with the entry."""
    async_delete_issues(hass, entry)
    delete_version_issue(hass, entry)

"""Actions about what the engine remembers."""

from dataclasses import asdict

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .addressing import async_get_commands
from .answers import CacheName
from .const import DOMAIN
from .errors import translated_errors

SERVICE_CLEAR_CACHE = "clear_cache"
SERVICE_WARM_CACHE = "warm_cache"

ATTR_CACHE = "cache"

CACHE_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_CACHE): vol.All(cv.ensure_list, vol.Length(min=1), [vol.Coerce(CacheName)], vol.Unique()),
    }
)


@callback
def async_setup_cache_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action in ((SERVICE_CLEAR_CACHE, _async_clear_cache), (SERVICE_WARM_CACHE, _async_warm_cache)):
        hass.services.async_register(
            DOMAIN, name, action, schema=CACHE_SCHEMA, supports_response=SupportsResponse.OPTIONAL
        )


async def _async_clear_cache(service_call: ServiceCall) -> ServiceResponse:
    """Have the caches that are named forget everything, or all; return what was freed."""
    commands = async_get_commands(service_call)
    names: list[CacheName] | None = service_call.data.get(ATTR_CACHE)
    with translated_errors():
        freed = [await commands.clear_cache(name) for name in names] if names else await commands.clear_caches()
    return {"freed": [asdict(cache) for cache in freed]}


async def _async_warm_cache(service_call: ServiceCall) -> ServiceResponse:
    """Have the caches that are named filled, or all that can be; return what they hold then."""
    commands = async_get_commands(service_call)
    names: list[CacheName] | None = service_call.data.get(ATTR_CACHE)
    with translated_errors():
        warmed = [await commands.warm_cache(name) for name in names] if names else await commands.warm_caches()
    return {"warmed": [asdict(cache) for cache in warmed]}

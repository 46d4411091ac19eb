"""The action that has a home called without a visitor."""

from dataclasses import asdict

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .addressing import async_get_commands
from .const import DOMAIN
from .errors import translated_errors

SERVICE_CALL_RESIDENT = "call_resident"

ATTR_MESSAGE = "message"
ATTR_QUESTION = "question"
ATTR_UNIT = "unit"

LONGEST_MESSAGE = 200
"""Of the contract."""
LONGEST_UNIT = 20
"""Of the contract."""

CALL_RESIDENT_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(ATTR_UNIT): vol.All(cv.string, vol.Length(min=1, max=LONGEST_UNIT)),
        vol.Required(ATTR_MESSAGE): vol.All(cv.string, vol.Length(min=1, max=LONGEST_MESSAGE)),
        vol.Optional(ATTR_QUESTION, default=False): cv.boolean,
    }
)


@callback
def async_setup_resident_actions(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_CALL_RESIDENT,
        _async_call_resident,
        schema=CALL_RESIDENT_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_call_resident(service_call: ServiceCall) -> ServiceResponse:
    """Have a home called and told a message; return what became of it."""
    commands = async_get_commands(service_call)
    data = service_call.data
    with translated_errors():
        notified = await commands.notify(data[ATTR_UNIT], data[ATTR_MESSAGE], question=data[ATTR_QUESTION])
    return asdict(notified)

"""Actions that have the engine's recogniser and language model work for Home Assistant."""

from dataclasses import asdict

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import MediaSelector
import voluptuous as vol

from .addressing import async_get_commands
from .const import DOMAIN
from .errors import translated_errors
from .sounds import async_open_sound

SERVICE_GENERATE = "generate"
SERVICE_TRANSCRIBE = "transcribe"

ATTR_FILE = "file"
ATTR_LANGUAGE = "language"
ATTR_MEDIA = "media"
ATTR_PROMPT = "prompt"
ATTR_SCHEMA = "schema"

LANGUAGES = ("en", "pt-BR")
"""Of the contract."""
LONGEST_PROMPT = 2000
"""Of the contract."""

TRANSCRIBE_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Exclusive(ATTR_MEDIA, "sound"): MediaSelector({"accept": ["audio/*"]}),
        vol.Exclusive(ATTR_FILE, "sound"): cv.string,
        vol.Optional(ATTR_LANGUAGE): vol.In(LANGUAGES),
    }
)
GENERATE_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(ATTR_PROMPT): vol.All(cv.string, vol.Length(min=1, max=LONGEST_PROMPT)),
        vol.Optional(ATTR_SCHEMA): dict,
    }
)


@callback
def async_setup_speech_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_TRANSCRIBE,
        _async_transcribe,
        schema=vol.All(TRANSCRIBE_SCHEMA, cv.has_at_least_one_key(ATTR_MEDIA, ATTR_FILE)),
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN, SERVICE_GENERATE, _async_generate, schema=GENERATE_SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _async_transcribe(service_call: ServiceCall) -> ServiceResponse:
    """Return what is said in a recording."""
    commands = async_get_commands(service_call)
    data = service_call.data
    media = data.get(ATTR_MEDIA)
    media_id = media["media_content_id"] if media else None
    async with async_open_sound(service_call.hass, file=data.get(ATTR_FILE), media_id=media_id) as sound:
        with translated_errors():
            transcript = await commands.transcribe(sound.chunks, sound.content_type, data.get(ATTR_LANGUAGE))
    return asdict(transcript)


async def _async_generate(service_call: ServiceCall) -> ServiceResponse:
    """Return what the language model answers."""
    commands = async_get_commands(service_call)
    with translated_errors():
        generated = await commands.generate(service_call.data[ATTR_PROMPT], service_call.data.get(ATTR_SCHEMA))
    return asdict(generated)

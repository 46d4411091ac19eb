"""Actions of the Voice Processor integration; those about visitors are here."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
import voluptuous as vol

from .addressing import async_get_coordinator
from .cache_actions import async_setup_cache_actions
from .client import EngineClient
from .const import DOMAIN
from .coordinator import VoiceProcessorConfigEntry
from .errors import translated_errors
from .models import Call, CallStage, Decision, Party
from .resident_actions import async_setup_resident_actions
from .speech_actions import async_setup_speech_actions

SERVICE_ANSWER_VISITOR = "answer_visitor"
SERVICE_SAY = "say"
SERVICE_HANG_UP = "hang_up"
SERVICE_GET_CALLS = "get_calls"

ATTR_BEFORE = "before"
ATTR_CALL_ID = "call_id"
ATTR_DECISION = "decision"
ATTR_LIMIT = "limit"
ATTR_MESSAGE = "message"
ATTR_PARTY = "party"
ATTR_TEXT = "text"

LONGEST_TEXT = 200
"""Of the contract."""
MOST_CALLS = 200
"""Of the contract: what a page holds at most."""
USUAL_CALLS = 50
"""Of the contract: what a page holds unless told otherwise."""
_SPOKEN = vol.All(cv.string, vol.Length(min=1, max=LONGEST_TEXT))
_CALL = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string, vol.Optional(ATTR_CALL_ID): cv.string}

ANSWER_VISITOR_SCHEMA = vol.Schema(
    {**_CALL, vol.Required(ATTR_DECISION): vol.Coerce(Decision), vol.Optional(ATTR_MESSAGE): _SPOKEN}
)
SAY_SCHEMA = vol.Schema(
    {
        **_CALL,
        vol.Optional(ATTR_PARTY, default=Party.VISITOR.value): vol.Coerce(Party),
        vol.Required(ATTR_TEXT): _SPOKEN,
    }
)
HANG_UP_SCHEMA = vol.Schema(_CALL)
GET_CALLS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_LIMIT, default=USUAL_CALLS): vol.All(vol.Coerce(int), vol.Range(min=1, max=MOST_CALLS)),
        vol.Optional(ATTR_BEFORE): vol.All(vol.Coerce(int), vol.Range(min=1)),
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, SERVICE_ANSWER_VISITOR, _async_answer_visitor, schema=ANSWER_VISITOR_SCHEMA)
    register(DOMAIN, SERVICE_SAY, _async_say, schema=SAY_SCHEMA)
    register(DOMAIN, SERVICE_HANG_UP, _async_hang_up, schema=HANG_UP_SCHEMA)
    register(
        DOMAIN,
        SERVICE_GET_CALLS,
        _async_get_calls,
        schema=GET_CALLS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    async_setup_cache_actions(hass)
    async_setup_resident_actions(hass)
    async_setup_speech_actions(hass)


async def _async_answer_visitor(service_call: ServiceCall) -> None:
    """Let the visitor in, or not."""
    client, call_id = _async_find_call(service_call, is_undecided=True)
    with translated_errors():
        await client.decide(call_id, service_call.data[ATTR_DECISION], service_call.data.get(ATTR_MESSAGE))


async def _async_say(service_call: ServiceCall) -> None:
    """Have something said to a party."""
    client, call_id = _async_find_call(service_call, is_undecided=True)
    with translated_errors():
        await client.say(call_id, service_call.data[ATTR_PARTY], service_call.data[ATTR_TEXT])


async def _async_hang_up(service_call: ServiceCall) -> None:
    """End the call."""
    client, call_id = _async_find_call(service_call, is_undecided=False)
    with translated_errors():
        await client.hang_up(call_id)


async def _async_get_calls(service_call: ServiceCall) -> ServiceResponse:
    """Return calls that are over, newest first."""
    coordinator = async_get_coordinator(service_call)
    with translated_errors():
        page = await coordinator.async_fetch_calls(service_call.data[ATTR_LIMIT], service_call.data.get(ATTR_BEFORE))
    return {"calls": [asdict(call, dict_factory=_plain) for call in page.calls], "next_before": page.next_before}


def _plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return fields as JSON has them."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in items}


@callback
def _async_find_call(service_call: ServiceCall, *, is_undecided: bool) -> tuple[EngineClient, str]:
    """Find the call that is meant: the one named, or the only one there is that can be meant."""
    entry_id: str | None = service_call.data.get(ATTR_CONFIG_ENTRY_ID)
    call_id: str | None = service_call.data.get(ATTR_CALL_ID)

    def is_meant(call: Call) -> bool:
        if call_id is not None:
            return call.call_id == call_id
        return not (is_undecided and call.stage is CallStage.INFORMING)

    found = [
        (entry.runtime_data.client, call.call_id)
        for entry in _async_entries(service_call.hass, entry_id)
        for call in entry.runtime_data.data.calls
        if is_meant(call)
    ]
    if not found:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="call_not_found" if call_id else "no_call"
        )
    if len(found) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="several_calls")
    return found[0]


@callback
def _async_entries(hass: HomeAssistant, entry_id: str | None) -> list[VoiceProcessorConfigEntry]:
    """Return the entry that is named, or all that are loaded."""
    if entry_id is None:
        return hass.config_entries.async_loaded_entries(DOMAIN)
    return [cast("VoiceProcessorConfigEntry", async_get_config_entry(hass, DOMAIN, entry_id))]

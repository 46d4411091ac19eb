"""Home Assistant with the integration against the real server."""

import asyncio

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.voice_processor import backoff
from custom_components.voice_processor.const import DOMAIN

from .engine import Engine
from .home import add_integration, becomes
from .test_client import VISIT

CALL_IN_PROGRESS = "binary_sensor.voice_processor_call_in_progress"
DOORBELL = "event.voice_processor_doorbell_front_door"
DOORBELL_OF_ANOTHER_DOOR = "event.voice_processor_doorbell_garage"
LAST_CALL = "sensor.voice_processor_last_call_outcome"


@pytest.fixture(autouse=True)
def enable_integration(enable_custom_integrations: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Home Assistant load the integration, which reconnects without a noticeable wait."""
    monkeypatch.setattr(backoff, "FIRST_WAIT_SECONDS", 0.01)


async def test_a_visit_before_and_after_a_restart(hass: HomeAssistant, engine: Engine) -> None:
    """Set up by the config flow, shown by the entities, and back by itself."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_HOST: engine.host, CONF_PORT: engine.port, CONF_TOKEN: engine.token}
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["result"].unique_id == engine.instance_id
    await becomes(hass, CALL_IN_PROGRESS, "off")

    for _ in range(2):
        rang, call = VISIT[0]
        await engine.happens(rang, **call)
        await becomes(hass, CALL_IN_PROGRESS, "on")
        doorbell = hass.states.get(DOORBELL)
        assert doorbell is not None
        assert doorbell.attributes["caller"] == "1000"
        await becomes(hass, DOORBELL_OF_ANOTHER_DOOR, "unknown")
        for what, call in VISIT[1:]:
            await engine.happens(what, **call)
        await becomes(hass, CALL_IN_PROGRESS, "off")
        await becomes(hass, LAST_CALL, "granted")

        await engine.stop()
        await becomes(hass, CALL_IN_PROGRESS, "unavailable")
        await engine.start()
        await becomes(hass, CALL_IN_PROGRESS, "off")


async def test_a_visitor_is_answered(hass: HomeAssistant, engine: Engine) -> None:
    """An automation lets the visitor in; a second answer is refused in the user's words."""
    await add_integration(hass, engine)
    rang, call = VISIT[0]
    await engine.happens(rang, **call)
    await becomes(hass, CALL_IN_PROGRESS, "on")

    answer = {"decision": "grant", "message": "Suba, por favor."}
    await hass.services.async_call(DOMAIN, "answer_visitor", answer, blocking=True)
    with pytest.raises(ServiceValidationError) as refusal:
        await hass.services.async_call(DOMAIN, "answer_visitor", {"decision": "deny"}, blocking=True)
    assert refusal.value.translation_key == "already_decided"


async def test_the_room_is_listened_to(hass: HomeAssistant, engine: Engine) -> None:
    """Switched from Home Assistant; what is said comes as an event."""
    await add_integration(hass, engine)
    microphone = "switch.voice_processor_microphone"
    await becomes(hass, microphone, "off")
    await becomes(hass, "binary_sensor.voice_processor_microphone_signal", "unknown")
    await hass.services.async_call("switch", "turn_on", {"entity_id": microphone}, blocking=True)
    await becomes(hass, microphone, "on")
    await becomes(hass, "binary_sensor.voice_processor_microphone_signal", "on")

    said = {"text": "acenda a luz", "language": "pt-BR", "confidence": 0.8, "seconds": 1.2, "backend": "whisper_cpp"}
    heard = asyncio.Event()
    entity = "event.voice_processor_utterance_heard"
    stop = async_track_state_change_event(hass, entity, callback(lambda _: heard.set()))
    await engine.happens("heard", **said)
    async with asyncio.timeout(60):
        await heard.wait()
    stop()
    state = hass.states.get(entity)
    assert state is not None
    assert (state.attributes["text"], state.attributes["language"]) == ("acenda a luz", "pt-BR")
    await hass.services.async_call("switch", "turn_off", {"entity_id": microphone}, blocking=True)
    await becomes(hass, microphone, "off")

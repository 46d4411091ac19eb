"""What the real client turns, the real server turns, tells everybody and keeps."""

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
import pytest

from custom_components.voice_processor.client import EngineClient, EngineRefusal
from custom_components.voice_processor.controls import Choice, Number, UnitControl
from custom_components.voice_processor.messages import ControlsEvent
from custom_components.voice_processor.models import Door

from .engine import Engine
from .home import add_integration, becomes
from .test_client import listening

DO_NOT_DISTURB = "switch.voice_processor_do_not_disturb"
MUTE = "switch.voice_processor_mute_unit_501"
LANGUAGE = "select.voice_processor_language"
VOICE = "select.voice_processor_voice"
SILENCE = "number.voice_processor_silence_that_ends_a_sentence"


async def test_what_is_turned_is_told(client: EngineClient, engine: Engine) -> None:
    """Each with what it may be, and the doors with their languages; a repetition is no news."""
    async with listening(client) as (heard, status):
        await client.change_settings({"language": "en", "door": {"barge_in_seconds": 1}})
        await client.set_do_not_disturb(units={"501": True})
        await client.set_do_not_disturb(units={"501": True})
        await client.set_do_not_disturb(house=True)
        settings, muted, quiet = [await heard.get() for _ in range(3)]
    assert isinstance(settings, ControlsEvent)
    assert isinstance(muted, ControlsEvent)
    assert isinstance(quiet, ControlsEvent)
    before = status.controls
    assert before is not None
    assert (before.language, before.units) == (Choice("pt-BR", ("en", "pt-BR")), (UnitControl("501", muted=False),))
    assert before.silence_threshold == Number(1.5, 0.2, 3, 0.1)
    assert settings.controls.language.value == "en"
    assert settings.controls.barge_in == Number(1, 0, 3, 0.1)
    assert settings.doors == (Door("Front door", "en"), Door("Garage", "en"))
    assert (muted.controls.units, muted.controls.do_not_disturb) == ((UnitControl("501", muted=True),), False)
    assert quiet.controls.do_not_disturb
    assert (await client.fetch_status()).controls == quiet.controls


async def test_what_is_wrong_is_refused(client: EngineClient, engine: Engine) -> None:
    before = await client.fetch_status()
    with pytest.raises(EngineRefusal) as setting:
        await client.change_settings({"door": {"barge_in_seconds": 4}})
    with pytest.raises(EngineRefusal) as unit:
        await client.set_do_not_disturb(units={"601": True})
    assert (setting.value.code, unit.value.code) == ("invalid_settings", "bad_request")
    assert await client.fetch_status() == before


async def test_home_assistant_turns_them(
    hass: HomeAssistant, engine: Engine, session: ClientSession, enable_custom_integrations: None
) -> None:
    """And follows what somebody else turns."""
    await add_integration(hass, engine)
    for entity_id, domain, service, data, state in (
        (DO_NOT_DISTURB, "switch", "turn_on", {}, "on"),
        (MUTE, "switch", "turn_on", {}, "on"),
        (MUTE, "switch", "turn_off", {}, "off"),
        (LANGUAGE, "select", "select_option", {"option": "en"}, "en"),
        (VOICE, "select", "select_option", {"option": "espeak/female"}, "espeak/female"),
        (SILENCE, "number", "set_value", {"value": 0.8}, "0.8"),
    ):
        await hass.services.async_call(domain, service, {"entity_id": entity_id, **data}, blocking=True)
        await becomes(hass, entity_id, state)

    another = EngineClient(session, engine.host, engine.port, engine.token)
    await another.set_do_not_disturb(house=False)
    await becomes(hass, DO_NOT_DISTURB, "off")
    await another.change_settings({"language": None})
    await becomes(hass, LANGUAGE, "pt-br")

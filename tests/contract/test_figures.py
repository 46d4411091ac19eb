"""Figures that the real server tells, as the real client reads them and Home Assistant shows them."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.voice_processor.client import EngineClient
from custom_components.voice_processor.figures import FiguresEvent
from custom_components.voice_processor.messages import Message

from .engine import Engine
from .home import add_integration, becomes
from .test_client import CALL, listening

SAID = {"call_id": CALL["call_id"], "heard": "apartment 501", "stages": {"first_frame": 1.25, "endpoint": 0.5}}


@pytest.fixture
def integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration."""


async def test_messages_lead_to_the_state(client: EngineClient, engine: Engine) -> None:
    """What is told one by one adds up to what the status says."""
    told: list[Message] = []
    async with listening(client) as (heard, status):
        figures = status.figures
        await engine.happens("load", cpu=0.5, memory_bytes=1, memory_limit_bytes=4, under_voltage=True)
        await engine.happens("throttled", reasons=["busy"], reliefs=["slower_lead"], memory_alert="warning")
        await engine.happens("cached", entries=3, size_bytes=300, hits=9, misses=1)
        await engine.happens("counted", calls=1)
        await engine.happens("said", **SAID)
        state = (await client.fetch_status()).figures
        while figures != state:
            told.append(await heard.get())
            if isinstance(event := told[-1], FiguresEvent):
                figures = event.applied_to(figures)

    assert figures.load is not None
    assert (figures.load.cpu, figures.load.memory, figures.load.under_voltage) == (0.5, 0.25, True)
    assert figures.throttling is not None
    assert figures.throttling.reasons == ("busy",)
    assert figures.caches["speech"].hit_rate == 0.9
    assert figures.latencies is not None
    assert figures.latencies["first_frame"].p95_seconds == 1.25
    assert figures.visits is not None
    assert figures.visits.last_words is not None
    assert (figures.visits.calls, figures.visits.last_words.text) == (1, "apartment 501")


@pytest.mark.usefixtures("integration")
async def test_home_assistant_shows_them(hass: HomeAssistant, engine: Engine) -> None:
    """Those that come after the start too."""
    await add_integration(hass, engine)
    assert hass.states.get("binary_sensor.voice_processor_under_voltage") is None

    await engine.happens("load", under_voltage=False)
    await engine.happens("cached", hits=1, misses=1)
    await engine.happens("counted", calls=1)
    await engine.happens("said", **SAID)
    await becomes(hass, "binary_sensor.voice_processor_under_voltage", "off")
    await becomes(hass, "sensor.voice_processor_speech_cache_hit_rate", "50.0")
    await becomes(hass, "sensor.voice_processor_calls_today", "1")
    await becomes(hass, "sensor.voice_processor_response_time_median", "1.25")

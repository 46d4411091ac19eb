"""Home Assistant's own voice assistants, which use the engine's voice over Wyoming."""

from __future__ import annotations

import io
import wave

import numpy as np

from dev.stage.waiting import eventually
from tests.system.house import CALL_SECONDS, House

WORDS = "The gate is open."


async def test_home_assistant_speaks_with_the_engine_s_voice(house: House) -> None:
    """Added as any Wyoming server is; what it hears by is not offered, for it knows only the door's answers."""
    home_assistant = house.stage.home_assistant
    await home_assistant.add("wyoming", host="127.0.0.1", port=house.stage.engine.ports.wyoming)

    async def voices() -> list[str] | None:
        found = [state["entity_id"] for state in await home_assistant.get("/api/states")]
        assert not [entity for entity in found if entity.startswith("stt.")]
        return [entity for entity in found if entity.startswith("tts.")] or None

    (voice,) = await eventually(voices, CALL_SECONDS)
    with wave.open(io.BytesIO(await home_assistant.speech(voice, WORDS))) as spoken:
        seconds = spoken.getnframes() / spoken.getframerate()
        loudest = np.abs(np.frombuffer(spoken.readframes(spoken.getnframes()), np.int16).astype(int)).max()
    assert 0.5 < seconds < 5
    assert loudest > 3000

"""Calls whose sound is kept: both parties are told, whatever they press, and the recording is read over HTTP."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator

import aiohttp
import numpy as np
import pytest

from dev.stage.engine import TOKEN, Engine
from dev.stage.prompts import check_heard, text_of
from dev.stage.recording import Samples, find, samples_of
from dev.stage.stage import put_up
from dev.stage.waiting import eventually
from tests.system.conftest import LOGS
from tests.system.house import CALL_SECONDS, SETTINGS, House
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.pacing import LEAD_FRAMES
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language


@pytest.fixture
async def recorded_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A stage of its own: whether calls are recorded does not change while the engine runs."""
    settings = {**SETTINGS, "call_log": {"recordings": True}}
    async with put_up(tmp_path_factory.mktemp("rec"), LOGS.with_name("system-recorded"), settings) as stage:
        house = House(stage)
        await house.at_rest()
        yield house
        await house.at_rest()


async def kept(engine: Engine, call_id: str) -> bytes:
    """The recording of a call, once it is there."""
    headers = {"Authorization": f"Bearer {TOKEN}"}

    async def read() -> bytes | None:
        async with aiohttp.request("GET", f"{engine.url}/api/calls/{call_id}/recording", headers=headers) as answer:
            return await answer.read() if answer.ok else None

    return await eventually(read, CALL_SECONDS)


async def sentence(prompt: Prompt) -> Samples:
    """A sentence as the engine speaks it."""
    return samples_of(await EspeakSynthesizer().synthesize(text_of(prompt), Language.ENGLISH))


async def test_both_are_told_and_both_are_kept(recorded_house: House) -> None:
    """Keys decide while the notice is said, and do not cut it."""
    house = recorded_house
    visitor, call = await house.visit()
    await visitor.hearing.speech(CALL_SECONDS)
    await visitor.press("501#")
    resident = await house.answered_by("501")
    await resident.hearing.speech(CALL_SECONDS)
    await resident.press("1")
    end = await call.ended()
    await house.hung_up(visitor, resident)

    assert (end["disposition"], end["decided_by"]) == ("granted", "keypad")
    await check_heard(visitor, Prompt.RECORDED, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, Prompt.RECORDED, Prompt.GRANTED_RESIDENT)
    with wave.open(io.BytesIO(await kept(house.stage.engine, end["call_id"]))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 2, 2)
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    of_visitor, of_resident = both[:, 0], both[:, 1]
    for prompt, channel in ((Prompt.GRANTED_VISITOR, of_visitor), (Prompt.GRANTED_RESIDENT, of_resident)):
        spoken = await sentence(prompt)
        match = find(spoken, channel)
        assert match is not None, prompt
        # What was sent ahead of the hang-up came too late for the recording, as no more sound arrived to keep time by.
        assert not match.added, match.damage
        assert len(match.missing) <= LEAD_FRAMES, match.damage

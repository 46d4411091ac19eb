"""Speech by a service that speaks OpenAI's API."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from tests.engine.backends.cloud import (
    KEY,
    OPENAI_FAILURES,
    SOUND_FAILURES,
    Cloud,
    Failure,
    check_cancelling,
    check_failure,
    named,
    says,
    sends,
    serving,
    streams,
)
from tests.engine.fakes import FakeLeg
from voice_engine.backends.tts_openai import OpenAiSynthesizer, SoundFormat, Voice
from voice_engine.core.audio import duration_seconds, level_dbfs, write_wav
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

VOICE = Voice("gpt-4o-mini-tts", "alloy", {Language.PORTUGUESE: "nova"})


def tone(seconds: float, rate: int) -> bytes:
    """A note everyone can hear."""
    time = np.arange(round(seconds * rate)) / rate
    return (8000 * np.sin(2 * np.pi * 440 * time)).astype("<i2").tobytes()


def synthesizer(cloud: Cloud, voice: Voice = VOICE, **options: Any) -> OpenAiSynthesizer:
    return OpenAiSynthesizer(cloud.session, cloud.endpoint, voice, **options)


@pytest.mark.parametrize(("language", "voice"), [(Language.ENGLISH, "alloy"), (Language.PORTUGUESE, "nova")])
async def test_the_request_is_exact(language: Language, voice: str) -> None:
    async with serving(sends(tone(0.1, 24000), "audio/pcm")) as cloud:
        await synthesizer(cloud).synthesize("Olá & até já", language)
    (asked,) = cloud.asked
    assert (asked.method, asked.path) == ("POST", "/v1/audio/speech")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.json == {
        "model": "gpt-4o-mini-tts",
        "input": "Olá & até já",
        "voice": voice,
        "response_format": "pcm",
    }


async def test_speed_is_asked_for_where_it_is_set() -> None:
    async with serving(sends(tone(0.1, 24000), "audio/pcm")) as cloud:
        await synthesizer(cloud, Voice("m", "v", speed=0.9)).synthesize("hello", Language.ENGLISH)
    assert cloud.asked[0].json["speed"] == 0.9


@pytest.mark.parametrize(
    ("sound_format", "body"),
    [
        (SoundFormat.PCM, tone(1.0, 24000)),
        (SoundFormat.WAV, write_wav(tone(1.0, 22050), 22050)),
        (SoundFormat.WAV, write_wav(tone(1.0, 8000), 8000)),
        (SoundFormat.WAV, write_wav(tone(1.0, 48000), 48000)),
    ],
)
@pytest.mark.parametrize("size", [333, 100_000])
async def test_sound_becomes_a_legs(sound_format: SoundFormat, body: bytes, size: int) -> None:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    async with serving(streams(*pieces)) as cloud:
        pcm = await synthesizer(cloud, sound_format=sound_format).synthesize("hello", Language.ENGLISH)
    assert duration_seconds(pcm) == pytest.approx(1.0, abs=0.01)
    assert level_dbfs(pcm) == pytest.approx(level_dbfs(tone(1.0, 8000)), abs=0.5)


async def test_a_party_hears_the_beginning_while_the_service_still_makes_the_rest() -> None:
    may_go_on = asyncio.Event()

    async def hesitates(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        await response.write(tone(0.6, 24000))
        await may_go_on.wait()
        await response.write(tone(0.2, 24000))
        return response

    leg = FakeLeg()
    async with serving(hesitates) as cloud, Speaker(synthesizer(cloud), Capacity(1)) as speaker:
        spoken = await speaker.say(leg, "hello", Language.ENGLISH)
        assert len(leg.playouts) == 1
        may_go_on.set()
        assert await spoken.playout.finished()
        assert (await speaker.say(leg, "hello", Language.ENGLISH)).cached
    first, *rest, again = leg.playouts
    assert duration_seconds(again.pcm) == pytest.approx(0.8, abs=0.01)
    assert first.pcm + b"".join(playout.pcm for playout in rest) == again.pcm


async def test_the_first_sound_comes_before_the_last() -> None:
    async with serving(streams(*[tone(0.5, 24000)] * 4)) as cloud:
        pieces = [piece async for piece in synthesizer(cloud).stream("hello", Language.ENGLISH)]
    assert len(pieces) > 2
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert duration_seconds(b"".join(pieces)) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    "body", [b"no WAV at all", b"RIFF", write_wav(b"")[:30], write_wav(b"").replace(b"WAVE", b"AVI ")]
)
async def test_what_is_no_wav_file_is_garbled(body: bytes) -> None:
    async with serving(sends(body, "audio/wav")) as cloud:
        with pytest.raises(BackendGarbled):
            await synthesizer(cloud, sound_format=SoundFormat.WAV).synthesize("hello", Language.ENGLISH)


async def test_who_sounds_different_is_told_apart() -> None:
    async with serving(says({})) as cloud:
        voices = [VOICE, Voice("tts-1", "alloy"), Voice("tts-1", "nova"), Voice("tts-1", "nova", speed=1.2)]
        identities = {synthesizer(cloud, voice).identity for voice in voices}
        assert len(identities) == 4
        assert all(KEY not in identity for identity in identities)
    async with serving(says({})) as other:
        assert synthesizer(other).identity not in identities


@pytest.mark.parametrize("failure", [*OPENAI_FAILURES, *SOUND_FAILURES], ids=named)
async def test_failures(failure: Failure) -> None:
    seconds = 0.2 if failure.name == "never answers" else 10.0
    await check_failure(
        failure, lambda cloud: synthesizer(cloud, timeout_seconds=seconds).synthesize("hello", Language.ENGLISH)
    )


async def test_cancelling_closes_the_request() -> None:
    await check_cancelling(lambda cloud: synthesizer(cloud).synthesize("hello", Language.ENGLISH))


async def test_probe() -> None:
    async with serving(says({"object": "list", "data": []})) as cloud:
        await synthesizer(cloud).probe()
    assert (cloud.asked[0].method, cloud.asked[0].path) == ("GET", "/v1/models")

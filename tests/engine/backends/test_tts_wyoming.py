"""Speech by real Wyoming servers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Info
from wyoming.tts import SynthesizeStopped

from tests.engine.backends.test_tts_openai import tone
from tests.engine.backends.wyoming_server import FakeWyoming, Handler, Script, hears, serving, silent, speaks
from voice_engine.backends.tts_wyoming import WyomingSynthesizer
from voice_engine.backends.wyoming_link import WyomingServer
from voice_engine.core.audio import duration_seconds, level_dbfs
from voice_engine.core.errors import BackendError, BackendGarbled, BackendMisused, BackendTimeout, BackendUnavailable
from voice_engine.core.transcript import Language

PIPER = speaks("pt_BR", "en_US")
STREAMING_PIPER = speaks("pt_BR", "en_US", streaming=True)
RATE = 22050


def synthesizer(fake: FakeWyoming, **options: Any) -> WyomingSynthesizer:
    return WyomingSynthesizer(fake.at, **options)


async def speak(handler: Handler, sound: bytes, rate: int = RATE, channels: int = 1) -> None:
    await handler.tell(AudioStart(rate, 2, channels))
    for at in range(0, len(sound), 2048):
        await handler.tell(AudioChunk(rate, 2, channels, sound[at : at + 2048]))
    await handler.tell(AudioStop())


async def says(handler: Handler, event: Event) -> None:
    """As Piper does."""
    if event.type == "synthesize":
        await speak(handler, tone(1.0, RATE))


async def says_in_sentences(handler: Handler, event: Event) -> None:
    """As Piper does when text may come in pieces."""
    if event.type == "synthesize-stop":
        await speak(handler, tone(0.5, RATE))
        await speak(handler, tone(0.5, RATE))
        await handler.tell(SynthesizeStopped())


async def test_a_sentence_is_asked_for_as_documented() -> None:
    async with serving(says, PIPER) as fake:
        pcm = await synthesizer(fake).synthesize("Olá", Language.PORTUGUESE)
    assert fake.types() == ["synthesize"]
    assert fake.data("synthesize") == {"text": "Olá", "voice": {"language": "pt_BR"}}
    assert duration_seconds(pcm) == pytest.approx(1.0, abs=0.01)
    assert level_dbfs(pcm) == pytest.approx(level_dbfs(tone(1.0, 8000)), abs=0.5)


async def test_a_server_that_takes_pieces_gives_sentence_by_sentence() -> None:
    async with serving(says_in_sentences, STREAMING_PIPER) as fake:
        pcm = await synthesizer(fake).synthesize("Olá. Bom dia.", Language.PORTUGUESE)
    assert fake.types() == ["synthesize-start", "synthesize-chunk", "synthesize-stop"]
    assert fake.data("synthesize-start") == {"voice": {"language": "pt_BR"}}
    assert fake.data("synthesize-chunk") == {"text": "Olá. Bom dia."}
    assert duration_seconds(pcm) == pytest.approx(1.0, abs=0.01)


async def test_a_voice_by_name() -> None:
    async with serving(says, PIPER) as fake:
        await synthesizer(fake, voices={Language.ENGLISH: "en_GB-alan-low"}).synthesize("hello", Language.ENGLISH)
    assert fake.data("synthesize")["voice"] == {"name": "en_GB-alan-low"}


async def test_the_first_sound_comes_before_the_last() -> None:
    async with serving(says, PIPER) as fake:
        pieces = [piece async for piece in synthesizer(fake).stream("hello", Language.ENGLISH)]
    assert len(pieces) > 5


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 1), (24000, 2), (48000, 1)])
async def test_sound_becomes_a_legs(rate: int, channels: int) -> None:
    async def speaks_so(handler: Handler, event: Event) -> None:
        await speak(handler, tone(1.0, rate * channels), rate, channels)

    async with serving(speaks_so, PIPER) as fake:
        pcm = await synthesizer(fake).synthesize("hello", Language.ENGLISH)
    assert duration_seconds(pcm) == pytest.approx(1.0, abs=0.01)


def tells(*events: Event, then_hangs_up: bool = False) -> Script:
    async def script(handler: Handler, _: Event) -> bool:
        for event in events:
            await handler.write_event(event)
        return not then_hangs_up

    return script


START = AudioStart(RATE, 2, 1).event()
CHUNK = AudioChunk(RATE, 2, 1, tone(0.1, RATE)).event()
STOP = AudioStop().event()


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (silent, BackendTimeout),
        (tells(START, CHUNK), BackendTimeout),
        (tells(START, STOP), BackendGarbled),
        (tells(START, CHUNK, then_hangs_up=True), BackendGarbled),
        (tells(then_hangs_up=True), BackendError),
        (tells(Error("no such voice").event()), BackendError),
        (tells(START, CHUNK, Error("out of memory").event()), BackendError),
        (tells(AudioChunk(RATE, 4, 1, bytes(400)).event()), BackendGarbled),
        (tells(AudioChunk(0, 2, 1, bytes(400)).event()), BackendGarbled),
        (tells(Event("audio-chunk", {"rate": "x", "width": 2, "channels": 1}, bytes(400))), BackendGarbled),
        (tells(Event("audio-chunk", {}, bytes(400))), BackendGarbled),
    ],
)
async def test_failures(script: Script, kind: type[BackendError]) -> None:
    seconds = 0.2 if kind is BackendTimeout else 15.0
    async with serving(script, PIPER) as fake:
        with pytest.raises(kind, match="the-server"):
            await synthesizer(fake, timeout_seconds=seconds).synthesize("hello", Language.ENGLISH)


async def test_who_stops_early_closes_the_connection() -> None:
    async with serving(tells(START, CHUNK), PIPER) as fake, asyncio.timeout(60):
        backend = synthesizer(fake)
        await backend.probe()
        await fake.left.wait()
        fake.left.clear()
        pieces = backend.stream("hello", Language.ENGLISH)
        await anext(pieces)
        await pieces.aclose()
        await fake.left.wait()


@pytest.mark.parametrize("info", [hears("en"), Info()])
async def test_what_cannot_speak_is_told(info: Info) -> None:
    async with serving(says, info) as fake:
        with pytest.raises(BackendMisused, match="no text to speech"):
            await synthesizer(fake).synthesize("hello", Language.ENGLISH)


async def test_a_language_the_server_does_not_speak_is_refused() -> None:
    async with serving(says, speaks("pt_BR")) as fake:
        with pytest.raises(BackendMisused, match="does not speak en"):
            await synthesizer(fake).synthesize("hello", Language.ENGLISH)


async def test_nobody_there() -> None:
    with pytest.raises(BackendUnavailable):
        await WyomingSynthesizer(WyomingServer("the-server", "127.0.0.1", 1)).synthesize("hello", Language.ENGLISH)


def test_who_sounds_different_is_told_apart() -> None:
    server = WyomingServer("a", "host", 10200)
    made = [
        WyomingSynthesizer(server),
        WyomingSynthesizer(server, {Language.ENGLISH: "alan"}),
        WyomingSynthesizer(server, {Language.PORTUGUESE: "alan"}),
        WyomingSynthesizer(WyomingServer("a", "host", 10201)),
    ]
    assert len({synthesizer.identity for synthesizer in made}) == 4

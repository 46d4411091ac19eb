"""Transcriptions by real Wyoming servers."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import pytest
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.asr import TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Info

from tests.engine.backends.wyoming_server import FakeWyoming, Handler, hears, raw, serving, silent, speaks
from voice_engine.backends.stt_wyoming import CONFIDENCE, WyomingTranscriber
from voice_engine.backends.wyoming_link import WyomingServer, spoken_languages
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendTimeout,
    BackendUnavailable,
    SettingsError,
)
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.ports import InterimListener, TranscriptStream

UNIT = Expectation(Question.UNIT, Language.PORTUGUESE, ("501", "502"), ("Maria da Silva",))
ANSWER = Expectation(Question.ANSWER, Language.ENGLISH, ("501",), ("Maria da Silva",))
SOUND = (6000 * np.sin(np.arange(8000) / 3)).astype("<i2").tobytes()
UTTERANCE = Utterance(SOUND, 0.9, 0.0)
BOTH = hears("en", "pt")
STREAMING = hears("en", "pt", streaming=True)


def transcriber(fake: FakeWyoming, **options: Any) -> WyomingTranscriber:
    return WyomingTranscriber(fake.at, **options)


async def opened(
    fake: FakeWyoming, on_interim: InterimListener = lambda _: None
) -> AbstractAsyncContextManager[TranscriptStream]:
    """An utterance of a server that has said what it can."""
    backend = transcriber(fake)
    await backend.probe()
    stream = backend.open(ANSWER, on_interim)
    assert stream is not None
    return stream


async def answers(handler: Handler, event: Event) -> None:
    """As wyoming-faster-whisper does: at the end of the sound."""
    if event.type == "audio-stop":
        await handler.tell(WyomingTranscript(" let him\n in "))


async def answers_in_pieces(handler: Handler, event: Event) -> None:
    """As servers do that can: while the sound comes."""
    if event.type == "audio-start":
        await handler.tell(TranscriptStart(), TranscriptChunk("let him"))
    if event.type == "audio-stop":
        await handler.tell(TranscriptChunk(" in"), WyomingTranscript("let him in"), TranscriptStop())


async def test_an_utterance_is_sent_as_documented() -> None:
    async with serving(answers, BOTH) as fake:
        transcript = await transcriber(fake, model="small").transcribe(UTTERANCE, UNIT)
    assert transcript == Transcript("let him in", CONFIDENCE, measured=False)
    assert fake.types() == ["transcribe", "audio-start", "audio-chunk", "audio-stop"]
    assert fake.data("transcribe") == {
        "name": "small",
        "language": "pt",
        "transcript_names": ["Maria da Silva"],
        "transcript_terms": ["501", "502"],
    }
    chunks = [event for event in fake.told if event.type == "audio-chunk"]
    assert all(
        event.data["rate"] == 16000 and event.data["width"] == 2 and event.data["channels"] == 1 for event in chunks
    )
    assert sum(len(event.payload or b"") for event in chunks) == pytest.approx(2 * len(SOUND), abs=8)


async def test_no_names_are_told_when_an_answer_is_expected() -> None:
    async with serving(answers, BOTH) as fake:
        await transcriber(fake).transcribe(UTTERANCE, ANSWER)
    assert fake.data("transcribe") == {"language": "en"}


async def test_words_are_there_while_the_caller_speaks() -> None:
    heard: list[str] = []
    begun = asyncio.Event()

    def hear(words: str) -> None:
        heard.append(words)
        begun.set()

    async with asyncio.timeout(30), serving(answers_in_pieces, STREAMING) as fake, await opened(fake, hear) as stream:
        await begun.wait()
        await stream.feed(SOUND)
        assert heard == ["let him"]
        assert await stream.finish() == Transcript("let him in", CONFIDENCE, measured=False)
        assert heard == ["let him", "let him in"]


async def test_a_server_that_waits_for_the_end_hears_whole_utterances_only() -> None:
    async with serving(answers, BOTH) as fake:
        backend = transcriber(fake)
        assert backend.open(ANSWER, lambda _: None) is None
        await backend.probe()
        assert backend.open(ANSWER, lambda _: None) is None


@pytest.mark.parametrize("text", ["", "  \n", "[BLANK_AUDIO]", "Thanks for watching!", "Legendas por Amara.org"])
async def test_nothing_understood_is_nothing(text: str) -> None:
    async def nothing(handler: Handler, event: Event) -> None:
        if event.type == "audio-stop":
            await handler.tell(WyomingTranscript(text))

    async with serving(nothing, BOTH) as fake:
        assert await transcriber(fake).transcribe(UTTERANCE, ANSWER) == Transcript("", 0.0)


async def hangs_up(_: Handler, event: Event) -> bool:
    return event.type != "audio-stop"


async def hangs_up_at_once(_: Handler, __: Event) -> bool:
    return False


async def hangs_up_in_the_middle(handler: Handler, event: Event) -> bool:
    if event.type == "audio-stop":
        await handler.tell(TranscriptChunk("yes"))
    return event.type != "audio-stop"


async def fails(handler: Handler, event: Event) -> None:
    if event.type == "audio-stop":
        await handler.tell(Error("out of memory"))


async def tells_no_text(handler: Handler, event: Event) -> None:
    if event.type == "audio-stop":
        await handler.write_event(Event("transcript", {"text": None}))


async def talks_nonsense(handler: Handler, event: Event) -> None:
    if event.type == "audio-stop":
        handler.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def talks_lists(handler: Handler, event: Event) -> None:
    if event.type == "audio-stop":
        handler.writer.write(b"[1]\n")


async def promises_more(handler: Handler, event: Event) -> bool:
    if event.type == "audio-stop":
        handler.writer.write(b'{"type": "transcript", "data_length": 1000}\n{"text')
    return event.type != "audio-stop"


async def promises_a_gigabyte(handler: Handler, event: Event) -> None:
    if event.type == "audio-stop":
        handler.writer.write(b'{"type": "transcript", "payload_length": 1000000000}\n')


async def promises_a_gigabyte_of_data(handler: Handler, event: Event) -> None:
    if event.type == "audio-stop":
        handler.writer.write(b'{"type": "transcript", "data_length": 1000000000}\n')


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (hangs_up, BackendGarbled),
        (hangs_up_at_once, BackendError),
        (hangs_up_in_the_middle, BackendGarbled),
        (fails, BackendError),
        (tells_no_text, BackendGarbled),
        (talks_nonsense, BackendGarbled),
        (talks_lists, BackendGarbled),
        (promises_more, BackendGarbled),
        (promises_a_gigabyte, BackendGarbled),
        (promises_a_gigabyte_of_data, BackendGarbled),
        (silent, BackendTimeout),
    ],
)
async def test_failures(script: Any, kind: type[BackendError]) -> None:
    seconds = 0.2 if script is silent else 10.0
    async with serving(script, BOTH) as fake:
        with pytest.raises(kind):
            await transcriber(fake, transcribing_seconds=seconds).transcribe(UTTERANCE, ANSWER)


async def test_the_servers_words_are_told() -> None:
    async with serving(fails, BOTH) as fake:
        with pytest.raises(BackendError, match="the-server failed: out of memory"):
            await transcriber(fake).transcribe(UTTERANCE, ANSWER)


async def test_cancelling_closes_the_connection() -> None:
    async with serving(silent, BOTH) as fake, asyncio.timeout(60):
        backend = transcriber(fake)
        await backend.probe()
        await fake.left.wait()
        fake.left.clear()
        asking = asyncio.ensure_future(backend.transcribe(UTTERANCE, ANSWER))
        while "audio-stop" not in fake.types():  # noqa: ASYNC110 - what it was told is all that tells
            await asyncio.sleep(0.001)
        asking.cancel()
        await fake.left.wait()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_leaving_in_the_middle_closes_the_connection_and_keeps_the_reason() -> None:
    async with serving(answers, STREAMING) as fake, asyncio.timeout(30):
        opening = await opened(fake)

        async def break_off() -> None:
            async with opening as stream:
                await stream.feed(SOUND)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await break_off()
        await fake.left.wait()


async def test_a_language_the_server_does_not_offer_is_refused() -> None:
    async with serving(answers, hears("pt_PT")) as fake:
        backend = transcriber(fake)
        assert backend.speaks(Language.ENGLISH)
        with pytest.raises(BackendMisused, match="does not understand en"):
            await backend.transcribe(UTTERANCE, ANSWER)
        assert not backend.speaks(Language.ENGLISH)
        await backend.transcribe(UTTERANCE, UNIT)
        assert fake.data("transcribe")["language"] == "pt_PT"


@pytest.mark.parametrize(
    ("offered", "found"),
    [
        (["en", "pt"], {Language.ENGLISH: "en", Language.PORTUGUESE: "pt"}),
        (["pt", "pt-BR"], {Language.PORTUGUESE: "pt-BR"}),
        (["pt_PT", "pt_BR"], {Language.PORTUGUESE: "pt_BR"}),
        (["pt_PT"], {Language.PORTUGUESE: "pt_PT"}),
        (["en_US", "en_GB"], {Language.ENGLISH: "en_GB"}),
        (["en-US", "de"], {Language.ENGLISH: "en-US"}),
        (["eng", "ptx", ""], {}),
        ([], {}),
    ],
)
def test_languages_are_found(offered: list[str], found: dict[Language, str]) -> None:
    assert spoken_languages(offered) == found


@pytest.mark.parametrize(("info", "model"), [(speaks("en"), ""), (Info(), ""), (BOTH, "large")])
async def test_what_cannot_transcribe_is_told(info: Info, model: str) -> None:
    async with serving(answers, info) as fake:
        with pytest.raises(BackendMisused):
            await transcriber(fake, model=model).probe()


async def test_preparing_has_the_model_loaded() -> None:
    async with serving(answers, BOTH) as fake:
        await transcriber(fake).prepare(ANSWER)
    assert fake.types()[-1] == "audio-stop"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"[]\n", b'{"type": "info"', b"\n"])
async def test_something_else_than_wyoming(answer: bytes) -> None:
    async with raw(answer) as server:
        with pytest.raises(BackendError):
            await WyomingTranscriber(server).probe()


async def test_info_that_is_not_as_documented() -> None:
    async with raw(b'{"type": "info", "data": {"asr": [{"models": 5}]}}\n', hang_up=False) as server:
        with pytest.raises(BackendGarbled):
            await WyomingTranscriber(server).probe()


async def test_nobody_there() -> None:
    with pytest.raises(BackendUnavailable, match="the-server cannot be reached"):
        await WyomingTranscriber(WyomingServer("the-server", "127.0.0.1", 1)).probe()


@pytest.mark.parametrize("uri", ["", "core-whisper", "core-whisper:10300", "http://host:10300", "tcp://host", "tcp://:1",
                                 "tcp://host:x", "tcp://host:99999"])  # fmt: skip
def test_what_is_no_address_is_refused(uri: str) -> None:
    with pytest.raises(SettingsError, match="the address of whisper must look like"):
        WyomingServer.from_uri("whisper", uri)


def test_an_address() -> None:
    assert WyomingServer.from_uri("whisper", "tcp://core-whisper:10300") == WyomingServer(
        "whisper", "core-whisper", 10300
    )

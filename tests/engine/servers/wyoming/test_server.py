"""The engine as a Wyoming server, over real sockets: asked by the protocol's own client and by our own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeVoice

from tests.engine.fakes import FakeSynthesizer, audible, words_in
from tests.engine.servers.serving import FreeTranscriber, LoudnessJudge
from voice_engine.backends.sound_files import SoundFiles
from voice_engine.backends.stt_wyoming import WyomingTranscriber
from voice_engine.backends.tts_wyoming import WyomingSynthesizer
from voice_engine.backends.wyoming_link import WyomingServer as Address
from voice_engine.core.errors import BackendUnavailable, SettingsError
from voice_engine.core.settings_wyoming import WyomingSettings
from voice_engine.core.transcript import Expectation, Language, Question, Utterance
from voice_engine.scribe.scribe import Scribe
from voice_engine.servers.wyoming import Services, WyomingServer
from voice_engine.servers.wyoming import server as server_module
from voice_engine.servers.wyoming import session as session_module
from voice_engine.voice.capacity import Capacity, Priority
from voice_engine.voice.speaker import Speaker

HEARING = [Transcribe(language="en"), AudioStart(16000, 2, 1)]
SAID = audible("turn on the light", 2.0)


@dataclass(slots=True)
class Behind:
    """What stands behind the port."""

    settings: WyomingSettings = field(default_factory=lambda: WyomingSettings(enabled=True, host="127.0.0.1", port=0))
    transcriber: FreeTranscriber = field(default_factory=FreeTranscriber)
    synthesizer: FakeSynthesizer = field(default_factory=lambda: FakeSynthesizer(delay_seconds=0.0))
    transcriptions: Capacity = field(default_factory=lambda: Capacity(1))
    heard: tuple[Language, ...] = tuple(Language)
    port: int = 0


@asynccontextmanager
async def serving(behind: Behind | None = None) -> AsyncIterator[Behind]:
    """Run a server for as long as the context lasts."""
    behind = behind or Behind()
    scribe = Scribe(SoundFiles(), LoudnessJudge(), behind.transcriber, behind.transcriptions)
    async with asyncio.timeout(60), Speaker(behind.synthesizer, Capacity(1)) as speaker:
        services = Services(scribe, speaker, lambda: behind.heard, lambda: Language.PORTUGUESE, "0.1.0")
        async with WyomingServer(behind.settings, services) as server:
            behind.port = server.port
            yield behind


@asynccontextmanager
async def connected(behind: Behind) -> AsyncIterator[AsyncTcpClient]:
    """The client that Home Assistant uses."""
    async with AsyncTcpClient("127.0.0.1", behind.port) as client:
        yield client


async def tell(client: AsyncTcpClient, *messages: Eventable) -> None:
    """Send them in this order."""
    for message in messages:
        await client.write_event(message.event())


async def answer(client: AsyncTcpClient) -> Event:
    """The next event."""
    event = await client.read_event()
    assert event is not None
    return event


async def error(client: AsyncTcpClient) -> Error:
    """What is wrong; the connection ends with it."""
    told = Error.from_event(await answer(client))
    assert await client.read_event() is None
    return told


async def cut_off(reader: asyncio.StreamReader) -> None:
    """Nothing comes any more."""
    with suppress(ConnectionError):
        assert await reader.read() == b""


def chunks(sound: bytes, rate: int = 16000) -> list[Eventable]:
    """As clients send it."""
    return [AudioChunk(rate, 2, 1, sound[start : start + 2048]) for start in range(0, len(sound), 2048)]


async def test_it_says_what_it_offers() -> None:
    async with serving() as behind, connected(behind) as client:
        await tell(client, Describe())
        info = Info.from_event(await answer(client))
    assert info.asr[0].installed
    assert info.asr[0].models[0].languages == ["en", "pt-BR"]
    assert [(voice.name, voice.languages) for voice in info.tts[0].voices] == [
        ("voice-engine-en", ["en"]),
        ("voice-engine-pt-BR", ["pt-BR"]),
    ]


async def test_where_open_speech_is_not_understood_it_is_not_offered() -> None:
    async with serving(Behind(heard=())) as behind, connected(behind) as client:
        await tell(client, Describe())
        info = Info.from_event(await answer(client))
    assert (info.asr, len(info.tts)) == ([], 1)


@pytest.mark.parametrize(
    ("named", "language"),
    [
        ("en", Language.ENGLISH),
        ("pt", Language.PORTUGUESE),
        ("pt_BR", Language.PORTUGUESE),
        (None, Language.PORTUGUESE),
    ],
)
async def test_speech_becomes_words(named: str | None, language: Language) -> None:
    async with serving() as behind, connected(behind) as client:
        behind.transcriber.words = "turn on the light"
        for _ in range(2):  # a connection may be used again
            await tell(client, Transcribe(language=named), AudioStart(16000, 2, 1), *chunks(SAID), AudioStop())
            transcript = Transcript.from_event(await answer(client))
            assert (transcript.text, transcript.language) == ("turn on the light", language)
    (utterance, expectation), _ = behind.transcriber.asked
    assert (utterance.pcm, utterance.sample_rate) == (SAID, 16000)
    assert (expectation.question, expectation.language) == (Question.DICTATION, language)


async def test_sound_of_another_rate_is_brought_to_the_recognisers() -> None:
    async with serving() as behind, connected(behind) as client:
        await tell(client, Transcribe(), AudioStart(48000, 2, 1), *chunks(SAID * 3, 48000), AudioStop())
        await answer(client)
    (utterance, _) = behind.transcriber.asked[0]
    assert len(utterance.pcm) == pytest.approx(len(SAID), rel=0.01)


async def test_of_silence_nobody_is_asked() -> None:
    async with serving() as behind, connected(behind) as client:
        await tell(client, *HEARING, *chunks(bytes(32000)), AudioStop())
        assert Transcript.from_event(await answer(client)).text == ""
        await tell(client, *HEARING, AudioStop())
        assert Transcript.from_event(await answer(client)).text == ""
    assert behind.transcriber.asked == []


async def test_calls_go_first() -> None:
    async with serving() as behind, connected(behind) as client:
        async with behind.transcriptions.lease(Priority.CALL):
            await tell(client, *HEARING, *chunks(SAID), AudioStop())
            while not behind.transcriptions.waiting:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            assert behind.transcriber.asked == []
        assert Transcript.from_event(await answer(client)).text == "five oh one"


@pytest.mark.parametrize(
    ("voice", "language"),
    [
        (None, Language.PORTUGUESE),
        (SynthesizeVoice(name="voice-engine-en"), Language.ENGLISH),
        (SynthesizeVoice(name="another"), Language.PORTUGUESE),
        (SynthesizeVoice(language="en"), Language.ENGLISH),
    ],
)
async def test_words_become_speech(voice: SynthesizeVoice | None, language: Language) -> None:
    async with serving() as behind, connected(behind) as client:
        spoken = list[Language]()
        synthesize = behind.synthesizer.synthesize

        async def noted(text: str, language: Language) -> bytes:
            spoken.append(language)
            return await synthesize(text, language)

        behind.synthesizer.synthesize = noted  # type: ignore[method-assign]
        await tell(client, Synthesize("It is nine\no'clock.", voice))
        start = AudioStart.from_event(await answer(client))
        sound = b""
        while AudioChunk.is_type((event := await answer(client)).type):
            sound += AudioChunk.from_event(event).audio
        assert AudioStop.is_type(event.type)
    assert (start.rate, start.width, start.channels) == (8000, 2, 1)
    assert (words_in(sound), spoken) == (["It is nine o'clock."], [language])


async def test_an_engine_may_be_another_ones_recogniser_and_voice() -> None:
    """Ours on both ends: what one offers is what the other looks for."""
    async with serving() as behind:
        address = Address("the-other", "127.0.0.1", behind.port)
        transcriber, voice = WyomingTranscriber(address), WyomingSynthesizer(address)
        expectation = Expectation(Question.ANSWER, Language.ENGLISH)
        await transcriber.prepare(expectation)
        heard = await transcriber.transcribe(Utterance(audible("yes", 1.0), 1.0, 0.0), expectation)
        sound = await voice.synthesize("good evening", Language.PORTUGUESE)
    assert (heard.text, words_in(sound)) == ("five oh one", ["good evening"])


async def test_what_is_not_known_is_ignored() -> None:
    async with serving() as behind, connected(behind) as client:
        await client.write_event(Event("select-program", {"name": "voice-engine"}))
        await tell(client, Ping("here"))
        assert Pong.from_event(await answer(client)).text == "here"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([Transcribe(language="de")], "bad_request"),
        ([AudioStart(16000, 4, 1)], "bad_request"),
        ([AudioStart(10, 2, 1)], "protocol_error"),
        ([Synthesize("")], "bad_request"),
        ([Synthesize("...")], "bad_request"),
        ([Synthesize("a" * 1001)], "bad_request"),
        ([Synthesize("hello", SynthesizeVoice(language="de"))], "bad_request"),
    ],
)
async def test_what_cannot_be_done_is_told(messages: list[Eventable], code: str) -> None:
    async with serving() as behind, connected(behind) as client:
        await tell(client, *messages)
        assert (await error(client)).code == code


async def test_what_fails_is_told() -> None:
    async with serving() as behind:
        behind.transcriber.problem = BackendUnavailable("it is away")
        behind.synthesizer.broken = True
        async with connected(behind) as client:
            await tell(client, *HEARING, *chunks(SAID), AudioStop())
            assert (await error(client)).text == "it is away"
        async with connected(behind) as client:
            await tell(client, Synthesize("hello"))
            assert (await error(client)).code == "backend_failed"


async def test_who_does_not_stop_speaking_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LONGEST_SECONDS", 1.0)
    async with serving() as behind, connected(behind) as client:
        await tell(client, *HEARING, AudioChunk(16000, 2, 1, bytes(33000)))
        assert "longer than" in (await error(client)).text


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b'{"type": "audio-chunk", "payload_length": 1000000000}\n',
        b'{"type": "describe", "data_length": 1000000000}\n',
        b"x" * 100_000,
    ],
)
async def test_what_is_no_wyoming_is_cut_off(line: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as behind:
        reader, writer = await asyncio.open_connection("127.0.0.1", behind.port)
        writer.write(line)
        await cut_off(reader)
        writer.close()
        async with connected(behind) as client:
            await tell(client, Ping())
            assert Pong.is_type((await answer(client)).type)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "IDLE_SECONDS", 0.05)
    async with serving() as behind, connected(behind) as client:
        with suppress(ConnectionError):
            assert await client.read_event() is None


async def test_nobody_works_for_who_has_left() -> None:
    async with serving() as behind:
        behind.transcriber.may_answer.clear()
        async with connected(behind) as client:
            await tell(client, *HEARING, *chunks(SAID), AudioStop())
            while not behind.transcriber.asked:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            assert behind.transcriptions.running == 1
        while behind.transcriptions.running:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def test_at_the_end_nobody_is_waited_for() -> None:
    async with serving() as behind:
        behind.transcriber.may_answer.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", behind.port)
        client = AsyncTcpClient("127.0.0.1", behind.port)
        await client.connect()
        await tell(client, *HEARING, *chunks(SAID), AudioStop())
        while not behind.transcriber.asked:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
    assert behind.transcriptions.running == 0
    await client.disconnect()
    writer.close()
    del reader


async def test_strangers_are_cut_off_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    settings = WyomingSettings(enabled=True, host="127.0.0.1", port=0, allowed_networks=("192.0.2.0/24",))
    async with serving(Behind(settings)) as behind:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", behind.port)
            await cut_off(reader)
            writer.close()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Refused 127.0.0.1: it is in none of the networks of wyoming.allowed_networks"
    ]


async def test_no_more_than_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CLIENTS", 1)
    async with serving() as behind, connected(behind) as client:
        await tell(client, Ping())
        await answer(client)
        reader, writer = await asyncio.open_connection("127.0.0.1", behind.port)
        await cut_off(reader)
        writer.close()
        await tell(client, Ping())
        await answer(client)


async def test_a_port_in_use_is_told_by_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = WyomingSettings(enabled=True, host="127.0.0.1", port=taken.getsockname()[1])
        with pytest.raises(SettingsError) as caught:
            async with serving(Behind(settings)):
                pass
    assert caught.value.key == "wyoming.port"

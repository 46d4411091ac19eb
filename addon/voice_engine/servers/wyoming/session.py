"""One client's connection: what it asks for, one request after the other."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable, async_write_event
from wyoming.info import Describe
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize

from voice_engine.core.audio import SAMPLE_BYTES, SAMPLE_RATE
from voice_engine.core.clips import Clip
from voice_engine.core.errors import BackendTimeout, ProtocolError, RequestError, VoiceEngineError
from voice_engine.core.sound_stream import SoundStream
from voice_engine.core.text import speakable
from voice_engine.core.transcript import Language
from voice_engine.core.transcript import Transcript as Words
from voice_engine.core.wyoming_events import EventHeader
from voice_engine.servers.awaited import while_awaited
from voice_engine.servers.wyoming.offer import language_of, language_of_voice, offer

HEARING_RATE = 16000
"""What recognisers listen at."""
LONGEST_SECONDS = 60.0
"""Of what is said in one go: 1.9 MB, all that a client may have us hold."""
LONGEST_PAYLOAD_BYTES = 1_000_000
"""Clients send a fraction of a second at a time; some send a file of a few seconds as one."""
LONGEST_TEXT = 1000
"""Characters: a minute of speech."""
IDLE_SECONDS = 30.0
"""Without a word from a client: nobody is there, or has been forgotten."""
SENDING_SECONDS = 10.0
"""A client that takes nothing for so long is gone."""
WORKING_SECONDS = 90.0
"""On one request, calls before it: a place is waited for for half a minute, and a slow machine hears for as long."""
_CHUNK_BYTES = SAMPLE_RATE * SAMPLE_BYTES
"""A second."""


class Ears(Protocol):
    """Speech to text (``scribe.Scribe``)."""

    async def overheard(self, clip: Clip, language: Language) -> Words:
        """What is said in a clip, remembered nowhere. Raises: BackendError, NoCapacity."""
        ...


class Mouth(Protocol):
    """Text to speech (``voice.Speaker``)."""

    async def sound(self, text: str, language: Language) -> bytes:
        """``text`` as 16-bit mono PCM at 8 kHz. Raises: BackendError."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What the engine has for clients."""

    ears: Ears
    mouth: Mouth
    heard: Callable[[], Sequence[Language]]
    """Languages in which open speech is understood now."""
    language: Callable[[], Language]
    """What is spoken where a client does not say."""
    version: str


class Unintelligible(RequestError):
    """A client asks for what is not offered; the message says what."""

    code = "bad_request"


class Session:
    """Used once."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, services: Services) -> None:
        self._reader = reader
        self._writer = writer
        self._services = services
        self._language: Language | None = None
        self._sound: SoundStream | None = None
        self._heard = bytearray()

    async def run(self) -> None:
        """Serve until the client leaves, or has asked for what cannot be.

        Raises: OSError, EOFError, TimeoutError, NobodyWaits where it goes away in the middle, ProtocolError and
        ValueError for what is no Wyoming.
        """
        while (event := await self._next()) is not None:
            try:
                await self._answer(event)
            except VoiceEngineError as error:
                # It ends here: who sends sound has sent more of it already, which would be taken for another request.
                await self._send(Error(f"{error}", error.code))
                return

    async def _next(self) -> Event | None:
        async with asyncio.timeout(IDLE_SECONDS):
            line = await self._reader.readline()
            if not line:
                return None
            header = EventHeader.from_line(line, LONGEST_PAYLOAD_BYTES)
            data = header.with_data(await self._reader.readexactly(header.data_bytes))
            return Event(header.kind, data, await self._reader.readexactly(header.payload_bytes) or None)

    async def _answer(self, event: Event) -> None:
        """Do what an event asks for; those we know nothing of are ignored, as the protocol wants it."""
        if Describe.is_type(event.type):
            services = self._services
            await self._send(offer(services.version, services.heard(), tuple(Language)))
        elif Ping.is_type(event.type):
            await self._send(Pong(_text(event.data, "text") or None))
        elif Transcribe.is_type(event.type):
            self._language = _chosen(_text(event.data, "language"))
        elif AudioStart.is_type(event.type):
            self._begin(event.data)
        elif AudioChunk.is_type(event.type):
            self._hear(event)
        elif AudioStop.is_type(event.type):
            await self._transcribe()
        elif Synthesize.is_type(event.type):
            await self._speak(event.data)

    # --- speech to text -----------------------------------------------------------------------------------------------

    def _begin(self, form: Mapping[str, object]) -> None:
        rate, width, channels = (_number(form, key) for key in ("rate", "width", "channels"))
        if width != SAMPLE_BYTES:
            raise Unintelligible("only sound of 16 bits a sample is heard")
        self._sound = SoundStream(rate, channels, HEARING_RATE)
        self._heard.clear()

    def _hear(self, event: Event) -> None:
        if self._sound is None:
            self._begin(event.data)
        assert self._sound is not None  # noqa: S101 - for the type checker: it was begun
        self._heard += self._sound.feed(event.payload or b"")
        if len(self._heard) > LONGEST_SECONDS * HEARING_RATE * SAMPLE_BYTES:
            raise Unintelligible(f"the sound is longer than {LONGEST_SECONDS:g} s")

    async def _transcribe(self) -> None:
        rest = self._sound.finish() if self._sound else b""
        clip = Clip(bytes(self._heard) + rest, HEARING_RATE)
        language = self._language or self._services.language()
        self._sound, self._language = None, None
        self._heard.clear()
        async with self._while_awaited():
            words = await self._services.ears.overheard(clip, language)
        await self._send(Transcript(words.text, language=language))

    # --- text to speech -----------------------------------------------------------------------------------------------

    async def _speak(self, asked: Mapping[str, object]) -> None:
        text = _text(asked, "text")
        if not 0 < len(text) <= LONGEST_TEXT or not (text := speakable(text)):
            raise Unintelligible(f"text must hold words, and {LONGEST_TEXT} characters at most")
        async with self._while_awaited():
            pcm = await self._services.mouth.sound(text, self._spoken(asked.get("voice")))
        await self._send(AudioStart(SAMPLE_RATE, SAMPLE_BYTES, 1))
        for start in range(0, len(pcm), _CHUNK_BYTES):
            await self._send(AudioChunk(SAMPLE_RATE, SAMPLE_BYTES, 1, pcm[start : start + _CHUNK_BYTES]))
        await self._send(AudioStop())

    def _spoken(self, voice: object) -> Language:
        wanted = voice if isinstance(voice, dict) else {}
        if (language := language_of_voice(_text(wanted, "name"))) is not None:
            return language
        return _chosen(_text(wanted, "language")) or self._services.language()

    # --- the connection -----------------------------------------------------------------------------------------------

    async def _send(self, message: Eventable) -> None:
        async with asyncio.timeout(SENDING_SECONDS):
            await async_write_event(message.event(), self._writer)

    @asynccontextmanager
    async def _while_awaited(self) -> AsyncIterator[None]:
        """Break off what is under way once the client has gone, or it takes too long.

        Raises: NobodyWaits, BackendTimeout.
        """
        try:
            async with asyncio.timeout(WORKING_SECONDS), while_awaited(self._is_left):
                yield
        except TimeoutError as error:
            raise BackendTimeout(f"it took more than {WORKING_SECONDS:g} s") from error

    def _is_left(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _number(data: Mapping[str, object], key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int):
        raise ProtocolError(f"sound whose {key} is not told")
    return value


def _chosen(spelling: str) -> Language | None:
    """The language a client names; None: none. Raises: Unintelligible."""
    language = language_of(spelling)
    if spelling and language is None:
        raise Unintelligible(f"{spelling[:20]} is no language of this engine; there are {', '.join(Language)}")
    return language

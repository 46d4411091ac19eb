"""Text to speech by a Wyoming server, such as Home Assistant's Piper app."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from voice_engine.backends.wyoming_link import WyomingConnection, WyomingServer, spoken_languages
from voice_engine.core.audio import SAMPLE_BYTES
from voice_engine.core.errors import BackendGarbled, BackendMisused, ProtocolError
from voice_engine.core.sound_stream import SoundStream
from voice_engine.core.transcript import Language

TIMEOUT_SECONDS = 15.0
"""For the whole sentence: Piper on a Raspberry Pi 4 takes two thirds of the time it takes to say it."""
MAX_SOUND_BYTES = 16_000_000
"""Five minutes at 24 kHz, which no sentence at a door takes."""


class WyomingSynthesizer:
    """A ``StreamingSynthesizer``."""

    def __init__(
        self,
        server: WyomingServer,
        voices: Mapping[Language, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """``voices`` are names the server offers; for languages without one it chooses itself."""
        self._server = server
        self._voices = voices or {}
        self._timeout_seconds = timeout_seconds
        self._languages: Mapping[Language, str] | None = None
        self._takes_pieces = False

    @property
    def identity(self) -> str:
        """Everything its sound depends on, as far as it is known here."""
        voices = "+".join(self._voices.get(language, "") for language in Language)
        return f"wyoming/{self._server.host}:{self._server.port}/{voices}"

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Speak ``text`` as signed 16-bit little-endian mono PCM at 8 kHz. Raises: BackendError."""
        return b"".join([piece async for piece in self.stream(text, language)])

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        """The sound of ``synthesize`` in pieces, as soon as they are there. Raises: BackendError."""
        if self._languages is None:
            await self.probe()
        voice = self._voice(language)
        heard = 0
        async with self._server.connected(self._timeout_seconds) as connection:
            if self._takes_pieces:
                await connection.send(SynthesizeStart(voice), SynthesizeChunk(text), SynthesizeStop())
            else:
                await connection.send(Synthesize(text, voice))
            async with aclosing(self._sound(connection)) as pieces:
                async for piece in pieces:
                    heard += len(piece)
                    if heard > MAX_SOUND_BYTES:
                        raise BackendGarbled(f"{self._server.name} does not stop talking")
                    yield piece
        if not heard:
            raise BackendGarbled(f"{self._server.name} answered without any sound")

    async def probe(self) -> None:
        """Ask what it can do. Raises: BackendError."""
        info = await self._server.describe()
        if not info.tts:
            raise BackendMisused(f"{self._server.name} has no text to speech")
        voices = [voice for program in info.tts for voice in program.voices]
        self._languages = spoken_languages(language for voice in voices for language in voice.languages)
        self._takes_pieces = info.tts[0].supports_synthesize_streaming

    def _voice(self, language: Language) -> SynthesizeVoice:
        if language in self._voices:
            return SynthesizeVoice(name=self._voices[language])
        spelling = (self._languages or {}).get(language)
        if spelling is None:
            raise BackendMisused(f"{self._server.name} does not speak {language}")
        return SynthesizeVoice(language=spelling)

    async def _sound(self, connection: WyomingConnection) -> AsyncGenerator[bytes]:
        """One sound, or one for every sentence where the server takes text in pieces."""
        sound: SoundStream | None = None
        last = SynthesizeStopped if self._takes_pieces else AudioStop
        try:
            while True:
                event = await connection.receive()
                if AudioChunk.is_type(event.type):
                    sound = sound or _sound_of(event)
                    if piece := sound.feed(event.payload or b""):
                        yield piece
                elif AudioStop.is_type(event.type) and sound is not None:
                    if piece := sound.finish():
                        yield piece
                    sound = None
                if last.is_type(event.type):
                    return
        except ProtocolError as error:
            raise BackendGarbled(f"{self._server.name} sent no sound we can play: {error}") from error


def _sound_of(event: Event) -> SoundStream:
    try:
        rate, width, channels = (int(event.data[key]) for key in ("rate", "width", "channels"))
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"its format is not told ({error!r})") from error
    if width != SAMPLE_BYTES:
        raise ProtocolError(f"it has {8 * width} bits a sample; 16 are understood")
    return SoundStream(rate, channels)

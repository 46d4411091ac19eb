"""Text to speech by OpenAI's speech API, which Groq, speaches and others speak too."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import aiohttp

from voice_engine.backends.web import MAX_SOUND_BYTES, Endpoint, WebService
from voice_engine.core.errors import BackendGarbled, ProtocolError
from voice_engine.core.sound_stream import SoundStream, WavStream
from voice_engine.core.transcript import Language

RAW_RATE = 24000
"""Of ``pcm``, as OpenAI documents it."""
TIMEOUT_SECONDS = 10.0
"""For the whole sentence; one of ten seconds takes a second or two."""


class SoundFormat(StrEnum):
    """What the service sends."""

    PCM = "pcm"
    """Raw, 24 kHz: its first sound comes soonest."""
    WAV = "wav"
    """For services whose ``pcm`` has the voice's own rate, or that have no other."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, and how."""

    model: str
    name: str
    """For languages that have no voice of their own in ``by_language``."""
    by_language: Mapping[Language, str] = field(default_factory=dict)
    speed: float = 1.0

    def speaking(self, language: Language) -> str:
        """The voice for ``language``."""
        return self.by_language.get(language, self.name)


class OpenAiSynthesizer:
    """A ``StreamingSynthesizer``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        voice: Voice,
        sound_format: SoundFormat = SoundFormat.PCM,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._web = WebService(session, endpoint, endpoint.bearer)
        self._voice = voice
        self._format = sound_format
        self._timeout_seconds = timeout_seconds

    @property
    def identity(self) -> str:
        """Everything its sound depends on."""
        voices = "+".join(self._voice.speaking(language) for language in Language)
        return f"openai/{self._web.endpoint.base_url}/{self._voice.model}/{voices}/{self._voice.speed:g}x"

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Speak ``text`` as signed 16-bit little-endian mono PCM at 8 kHz. Raises: BackendError."""
        return b"".join([piece async for piece in self.stream(text, language)])

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        """The sound of ``synthesize`` in pieces, as soon as they are there. Raises: BackendError."""
        request: dict[str, str | float] = {
            "model": self._voice.model,
            "input": text,
            "voice": self._voice.speaking(language),
            "response_format": self._format.value,
        }
        if self._voice.speed != 1.0:
            request["speed"] = self._voice.speed
        sound = SoundStream(RAW_RATE) if self._format is SoundFormat.PCM else WavStream()
        heard = False
        name = self._web.endpoint.name
        async with self._web.request(
            "POST", "/audio/speech", self._timeout_seconds, private=(text,), json=request
        ) as response:
            if response.content_type.startswith("text/") or response.content_type.endswith("json"):
                raise BackendGarbled(f"{name} answered with words where sound was asked for")
            try:
                async for chunk in self._web.chunks(response, MAX_SOUND_BYTES):
                    if piece := sound.feed(chunk):
                        heard = True
                        yield piece
                if piece := sound.finish():
                    heard = True
                    yield piece
            except ProtocolError as error:
                raise BackendGarbled(f"{name} answered with something else than sound: {error}") from error
        if not heard:
            raise BackendGarbled(f"{name} answered without any sound")

    async def probe(self) -> None:
        """Whether it answers now. Raises: BackendError."""
        await self._web.probe("GET", "/models")

"""Text to speech by Azure Speech's REST API."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from xml.sax.saxutils import escape, quoteattr

import aiohttp

from voice_engine.backends.web import MAX_SOUND_BYTES, Endpoint, WebService
from voice_engine.core.audio import SAMPLE_RATE
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.sound_stream import SoundStream
from voice_engine.core.transcript import Language

PATH = "/cognitiveservices/v1"
TOKEN_PATH = "/sts/v1.0/issueToken"  # noqa: S105 - a path
OUTPUT_FORMAT = "raw-8khz-16bit-mono-pcm"
"""Just what a leg plays."""
LOCALES = {Language.ENGLISH: "en-US", Language.PORTUGUESE: "pt-BR"}
VOICES = {Language.ENGLISH: "en-US-JennyNeural", Language.PORTUGUESE: "pt-BR-FranciscaNeural"}
"""There in every region."""
TIMEOUT_SECONDS = 10.0
"""For the whole sentence; one of ten seconds takes a second or two."""
USER_AGENT = "voice-engine"
"""Required, as the API's reference has it."""


class AzureSynthesizer:
    """A ``StreamingSynthesizer``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        tokens: Endpoint,
        *,
        voices: Mapping[Language, str] = VOICES,
        speed: float = 1.0,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """``endpoint`` is such as ``https://brazilsouth.tts.speech.microsoft.com``.

        ``tokens`` is where keys are checked: ``https://brazilsouth.api.cognitive.microsoft.com``.
        """
        self._web = WebService(session, endpoint, {"Ocp-Apim-Subscription-Key": endpoint.key})
        self._tokens = WebService(session, tokens, {"Ocp-Apim-Subscription-Key": tokens.key})
        self._voices = {**VOICES, **voices}
        self._speed = speed
        self._timeout_seconds = timeout_seconds

    @property
    def identity(self) -> str:
        """Everything its sound depends on; the region is not among it."""
        return f"azure/{'+'.join(self._voices[language] for language in Language)}/{self._speed:g}x"

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Speak ``text`` as signed 16-bit little-endian mono PCM at 8 kHz. Raises: BackendError."""
        return b"".join([piece async for piece in self.stream(text, language)])

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        """The sound of ``synthesize`` in pieces, as soon as they are there. Raises: BackendError."""
        headers = {
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": OUTPUT_FORMAT,
            "User-Agent": USER_AGENT,
        }
        body = self._ssml(text, language).encode()
        name = self._web.endpoint.name
        sound, heard = SoundStream(SAMPLE_RATE), False
        async with self._web.request(
            "POST", PATH, self._timeout_seconds, headers, private=(text,), data=body
        ) as response:
            if response.content_type.startswith("text/") or response.content_type.endswith("json"):
                raise BackendGarbled(f"{name} answered with words where sound was asked for")
            async for chunk in self._web.chunks(response, MAX_SOUND_BYTES):
                if piece := sound.feed(chunk):
                    heard = True
                    yield piece
        if not heard:
            raise BackendGarbled(f"{name} answered without any sound")

    async def probe(self) -> None:
        """Whether it answers now and takes the key. Raises: BackendError."""
        await self._tokens.probe("POST", TOKEN_PATH)

    def _ssml(self, text: str, language: Language) -> str:
        # XML has no way at all to write most control characters.
        spoken = escape("".join(character if character.isprintable() else " " for character in text))
        if self._speed != 1.0:
            spoken = f'<prosody rate="{round((self._speed - 1) * 100):+d}%">{spoken}</prosody>'
        return (
            f'<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="{LOCALES[language]}">'
            f"<voice name={quoteattr(self._voices[language])}>{spoken}</voice></speak>"
        )

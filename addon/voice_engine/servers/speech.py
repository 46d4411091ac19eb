"""The engine's voice over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from voice_engine.core.audio import write_wav
from voice_engine.core.errors import BackendTimeout
from voice_engine.core.transcript import Language
from voice_engine.servers.awaited import by_client_of, while_awaited
from voice_engine.servers.requests import answering, language_of, read_json, text_of
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

LONGEST_SPEECH = 500
"""Characters: half a minute."""
_SPEAKING_SECONDS = 60.0
"""What a slow voice takes for that, with calls before it."""


class SpeechRequests:
    """Serves sentences as sound."""

    def __init__(self, speaker: Speaker, slots: Capacity, language: Callable[[], Language]) -> None:
        self._speaker = speaker
        self._slots = slots
        self._language = language

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [web.post("/api/speak", answering(self._speak))]

    async def _speak(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        text, language = text_of(body, "text", LONGEST_SPEECH), language_of(body, self._language())
        async with self._slots.lease_now():
            try:
                async with asyncio.timeout(_SPEAKING_SECONDS), while_awaited(by_client_of(request)):
                    pcm = await self._speaker.sound(text, language)
            except TimeoutError as cause:
                raise BackendTimeout(f"the sentence was not spoken within {_SPEAKING_SECONDS:g} s") from cause
        return web.Response(body=write_wav(pcm), content_type="audio/wav")

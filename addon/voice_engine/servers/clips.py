"""Clips over HTTP: written down, or sent through all stages to see what each makes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from voice_engine.core.audio import duration_seconds
from voice_engine.core.clips import Clip
from voice_engine.core.errors import BackendError, NoCapacity, VoiceEngineError
from voice_engine.core.transcript import Language, Transcript
from voice_engine.scribe.microphone import Microphone
from voice_engine.scribe.scribe import Scribe, Stopwatch
from voice_engine.servers.awaited import by_client_of, while_awaited
from voice_engine.servers.generation import Generation
from voice_engine.servers.requests import answering, language_of, sentence
from voice_engine.servers.uploads import media_type, read_upload
from voice_engine.voice.capacity import Capacity

LISTENING_SECONDS = 15.0
"""For somebody to walk to the microphone and say a sentence."""
_NOBODY = Transcript("", 0.0)

type _Hear = Callable[[Clip, Language], Awaitable[Transcript]]


class ClipRequests:
    """Serves uploads; a place is taken before the first byte is read, so that memory is bounded by places."""

    def __init__(
        self,
        scribe: Scribe,
        generation: Generation,
        slots: Capacity,
        language: Callable[[], Language],
        microphone: Microphone,
    ) -> None:
        """``language`` gives that of clips that are not said to be in another."""
        self._scribe = scribe
        self._generation = generation
        self._slots = slots
        self._language = language
        self._microphone = microphone

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [
            web.post("/api/transcribe", answering(self._transcribe)),
            web.post("/api/test/live", answering(self._test)),
        ]

    async def _transcribe(self, request: web.Request) -> web.Response:
        language = language_of(request.query, self._language())
        async with self._slots.lease_now():
            content = await read_upload(request)
            async with while_awaited(by_client_of(request)):
                said = await self._scribe.transcribe(content, media_type(request), language)
        return web.json_response(
            {
                "text": said.text,
                "language": said.language,
                "seconds": said.seconds,
                "speech_ratio": said.speech_ratio,
                "backend": said.backend or None,
                "stages": dict(said.stages),
            }
        )

    async def _test(self, request: web.Request) -> web.Response:
        is_upload = request.can_read_body or request.content_type.startswith("audio/")
        language = language_of(request.query, self._language() if is_upload else self._microphone.language)
        async with self._slots.lease_now():
            content = await read_upload(request) if is_upload else b""
            async with while_awaited(by_client_of(request)):
                watch = Stopwatch()
                if is_upload:
                    with watch.stage("decode"):
                        clip = await self._scribe.read(content, media_type(request))
                    return web.json_response(await self._stages(clip, language, watch, self._scribe.words))
                with watch.stage("capture"):
                    clip = await self._microphone.record(LISTENING_SECONDS)
                # What is said in a room is remembered nowhere.
                return web.json_response(await self._stages(clip, language, watch, self._scribe.overheard))

    async def _stages(self, clip: Clip, language: Language, watch: Stopwatch, hear: _Hear) -> dict[str, Any]:
        """What each stage makes of a clip; one that fails is told, and ends the test, not the request."""
        problems = dict[str, Any]()
        with watch.stage("voice_activity"):
            activity = await self._scribe.activity(clip)
        said, answer = _NOBODY, None
        if activity.is_speech:
            try:
                with watch.stage("transcription"):
                    said = await hear(clip, language)
            except (BackendError, NoCapacity) as cause:
                problems["transcription"] = _problem(cause)
        if said.text:
            try:
                with watch.stage("language_model"):
                    answer = await self._generation.read_visitor(said.text)
            except (BackendError, NoCapacity) as cause:
                problems["language_model"] = _problem(cause)
        return {
            "is_speech": activity.is_speech,
            "speech_ratio": activity.speech_ratio,
            "level_dbfs": activity.level_dbfs,
            "confidence": activity.confidence,
            "seconds": duration_seconds(clip.pcm, clip.sample_rate),
            "text": said.text,
            "language": language,
            "backend": said.backend or None,
            "answer": answer,
            "stages": watch.seconds,
            "problems": problems,
        }


def _problem(cause: VoiceEngineError) -> dict[str, str]:
    return {"code": cause.code, "message": sentence(str(cause))}

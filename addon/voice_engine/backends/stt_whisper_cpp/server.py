"""``whisper-server``, asked over HTTP."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from voice_engine.backends.child_server import HOST, ChildServer, RestartPolicy, ServerStatus
from voice_engine.backends.stt_whisper_cpp import hints
from voice_engine.backends.stt_whisper_cpp.config import SERVER, WhisperConfig
from voice_engine.backends.stt_whisper_cpp.verdict import Segment, server_segments
from voice_engine.core.audio import SAMPLE_RATE
from voice_engine.core.errors import BackendMisused, BackendOverloaded, BackendTimeout, BackendUnavailable
from voice_engine.core.scrubbing import scrubbed
from voice_engine.core.transcript import Expectation

_LONGEST_REASON = 200
"""Characters of a refusal that are passed on."""


class WhisperServer:
    """One model in memory. It works on one request after the other."""

    def __init__(
        self, config: WhisperConfig, *, policy: RestartPolicy | None, on_change: Callable[[ServerStatus], None]
    ) -> None:
        self._config = config
        self._child = ChildServer(SERVER, self._arguments, model=config.model, policy=policy, on_change=on_change)
        self._session: aiohttp.ClientSession | None = None
        self.frugal = False
        """Whether to look at as little beside the words as can be."""

    async def __aenter__(self) -> Self:
        """Begin to start it."""
        # A connection for each request: it is closed when the request is cancelled, which ends the work on it.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(total=self._config.request_seconds),
        )
        await self._child.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        try:
            await self._child.__aexit__(None, None, None)
        finally:
            assert self._session is not None  # noqa: S101 - for the type checker: it was entered
            await self._session.close()

    @property
    def status(self) -> ServerStatus:
        """How it is doing."""
        return self._child.status

    async def hear(
        self, pcm: bytes, expectation: Expectation, patience_seconds: float, sample_rate: int = SAMPLE_RATE
    ) -> tuple[Segment, ...]:
        """Have an utterance transcribed; cancelling stops the work. Raises: BackendError."""
        base_url = await self._child.base_url(patience_seconds)
        wav = await asyncio.to_thread(hints.sound, pcm, sample_rate)
        form = _form(wav, expectation, hints.audio_context(pcm, sample_rate, frugal=self.frugal))
        assert self._session is not None  # noqa: S101 - for the type checker: it is running, so it was entered
        try:
            async with self._session.post(f"{base_url}/inference", data=form) as response:
                status, answer = response.status, await response.read()
        except TimeoutError as error:
            await self._child.suspect()
            raise BackendTimeout(f"whisper-server did not answer within {self._config.request_seconds:g} s") from error
        except aiohttp.ClientError as error:
            raise BackendUnavailable(f"whisper-server broke off: {error}") from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise BackendOverloaded(f"whisper-server failed with status {status}: {_reason(answer, expectation)}")
        if status != HTTPStatus.OK:
            raise BackendMisused(f"whisper-server refused with status {status}: {_reason(answer, expectation)}")
        return server_segments(answer)

    def _arguments(self, port: int) -> list[str]:
        threads = () if self._config.threads is None else ("--threads", str(self._config.threads))
        # Language probabilities would cost a second run of the encoder.
        return [
            *("--model", str(self._config.model_path), "--host", HOST, "--port", str(port)),
            *threads,
            "--no-language-probabilities",
        ]


def _form(wav: bytes, expectation: Expectation, audio_context: int) -> aiohttp.FormData:
    fields = {
        "response_format": "verbose_json",
        "language": hints.language_code(expectation.language),
        "audio_ctx": str(audio_context),
        "no_timestamps": "true",
        "suppress_nst": "true",
        # No second attempt at a higher temperature: it takes as long again, and is made up more often than not.
        "temperature": "0.0",
        "temperature_inc": "0.0",
    }
    prompt = hints.prompt(expectation)
    if prompt:
        fields["prompt"] = prompt
    form = aiohttp.FormData(fields)
    form.add_field("file", io.BytesIO(wav), filename="utterance.wav", content_type="audio/wav")
    return form


def _reason(answer: bytes, expectation: Expectation) -> str:
    reason = scrubbed(answer.decode(errors="replace"), (hints.prompt(expectation),))
    return reason[:_LONGEST_REASON] or "no reason given"

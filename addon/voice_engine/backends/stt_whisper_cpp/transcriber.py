"""The transcriber: the server where it runs, the command where it cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from voice_engine.backends.child_server import RestartPolicy, ServerState, ServerStatus
from voice_engine.backends.stt_whisper_cpp import hints
from voice_engine.backends.stt_whisper_cpp.command import WhisperCommand
from voice_engine.backends.stt_whisper_cpp.config import WhisperConfig
from voice_engine.backends.stt_whisper_cpp.server import WhisperServer
from voice_engine.backends.stt_whisper_cpp.verdict import Segment, transcript
from voice_engine.core.audio import SAMPLE_BYTES, SAMPLE_RATE
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance

_LOGGER = logging.getLogger(__name__)

_WARMING_SECONDS = 1.0
"""Of silence: enough for every part of the model to be used once."""


@dataclass(frozen=True, slots=True)
class WhisperStatus:
    """The recogniser as the world sees it."""

    server: ServerStatus
    warm: bool = False
    """Whether it has worked since it was last started, so that the next request takes no longer than others."""


class WhisperTranscriber:
    """A ``Transcriber`` for every language whisper knows; used once, as a context in which the server runs."""

    def __init__(
        self,
        config: WhisperConfig,
        *,
        policy: RestartPolicy | None = None,
        on_change: Callable[[WhisperStatus], None] | None = None,
    ) -> None:
        """``on_change`` is told each new status, in the loop."""
        self._config = config
        self._policy = policy or RestartPolicy()
        self._on_change = on_change
        self._server = WhisperServer(config, policy=self._policy, on_change=self._on_server)
        self._command = WhisperCommand(config)
        self._status = WhisperStatus(self._server.status)

    async def __aenter__(self) -> Self:
        """Begin to load the model; returns at once."""
        await self._server.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server."""
        await self._server.__aexit__(None, None, None)

    @property
    def status(self) -> WhisperStatus:
        """How it is doing now."""
        return self._status

    def be_frugal(self, frugal: bool) -> None:
        """Whether to spend as little time on each utterance as can be, at some risk for its last word."""
        self._server.frugal = frugal

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:  # noqa: ARG002 - it hears all words
        """Whether the model was trained for ``language``."""
        return language is Language.ENGLISH or not self._config.english_only

    async def prepare(self, expectation: Expectation) -> None:
        """Wait until the model is loaded and transcribe silence once. Raises: BackendError."""
        silence = bytes(round(_WARMING_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES)
        await self._hear(Utterance(silence, 0.0, 0.0), expectation, self._policy.start_seconds)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance; what was surely not said is empty. Cancelling stops the work.

        Raises: BackendError.
        """
        segments = await self._hear(utterance, expectation, self._config.patience_seconds)
        return transcript(segments, self._config, hints.prompt(expectation), utterance.speech_seconds)

    async def transcribe_many(self, recordings: Sequence[bytes], expectation: Expectation) -> list[Transcript]:
        """Transcribe recordings (8 kHz PCM) with one loading of the model, apart from the server, in their order.

        Raises: BackendError.
        """
        self._config.model.check()
        prompt = hints.prompt(expectation)
        heard = await self._command.hear_all(recordings, expectation)
        return [transcript(segments, self._config, prompt, None) for segments in heard]

    async def _hear(
        self, utterance: Utterance, expectation: Expectation, patience_seconds: float
    ) -> tuple[Segment, ...]:
        self.check_model()
        pcm, sample_rate = utterance.pcm, utterance.sample_rate
        try:
            segments = await self._server.hear(pcm, expectation, patience_seconds, sample_rate)
        except BackendUnavailable as error:
            if self._server.status.state is not ServerState.RESTING:
                raise
            _LOGGER.info("whisper-cli takes over: %s", error)
            return await self._command.hear(pcm, expectation, sample_rate)
        self._tell(replace(self._status, warm=True))
        return segments

    def check_model(self) -> None:
        """See that it has a model, in memory or on disk. Raises: BackendWithoutModel."""
        if self._server.status.state is not ServerState.READY:
            self._config.model.check()

    def _on_server(self, server: ServerStatus) -> None:
        warm = self._status.warm and server.state is ServerState.READY
        self._tell(WhisperStatus(server, warm))

    def _tell(self, status: WhisperStatus) -> None:
        if status != self._status:
            self._status = status
            if self._on_change is not None:
                self._on_change(status)

"""Makes the backends that run on this machine, and finds their models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from voice_engine.assembly.catalog import Entry
from voice_engine.assembly.downloaded_llama import DownloadedLlama
from voice_engine.backends.child_server import ServerState, ServerStatus
from voice_engine.backends.llm_llama_cpp import LlamaModel, LlamaOptions
from voice_engine.backends.models import MODELS, ModelAtUrl, ModelProgress, ModelState, ModelStore
from voice_engine.backends.stt_whisper_cpp import WhisperConfig, WhisperStatus, WhisperTranscriber
from voice_engine.core.engine_settings import did_you_mean
from voice_engine.core.engines import BackendReport, DownloadProgress
from voice_engine.core.errors import (
    BackendError,
    BackendRateLimited,
    BackendUnavailable,
    BackendWithoutModel,
    SettingsError,
)
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance

MODELS_FOLDER = "models"
"""Where they are in the directory of what is kept."""
WHISPER_MODEL = "base-q5_1"
"""The smallest that understands Portuguese well enough; 60 MB."""


class Models:
    """Where models are: ``models`` in the directory of what is kept."""

    def __init__(self, data_directory: Path, on_change: Callable[[], None]) -> None:
        """``on_change`` is called when more of a model has arrived, or a program does otherwise than before."""
        self._directory = data_directory / MODELS_FOLDER
        self._on_change = on_change
        self._progress: dict[str, DownloadProgress] = {}
        self.store = ModelStore(self._directory, on_progress=self._take)

    def is_there(self, settings: Settings) -> bool:
        """Whether whisper.cpp has a model, or is told which one to fetch."""
        return bool(self.store.present()) or any(
            "whisper_cpp" in (entry.kind, entry.name) and entry.model for entry in settings.backends
        )

    def check(self, entry: Entry) -> None:
        """Know the model of a recogniser. Raises: SettingsError for one that neither is there nor can be had."""
        model = entry.settings.model
        if entry.kind != "whisper_cpp" or not model or model in MODELS or self.file(model).suffix == ".bin":
            return
        if not self.file(model).exists():
            raise SettingsError(
                f"{entry.key}.model",
                f"{model} is no model that can be downloaded{did_you_mean(model, list(MODELS))}. "
                "A model of your own is given by its file, such as ggml-medium.bin",
            )

    def whisper(self, entry: Entry) -> LocalWhisper:
        """A recogniser for ``entry``, whose model is a name or a file."""
        present = self.store.present()
        usual = present[0] if present and WHISPER_MODEL not in present else WHISPER_MODEL
        return LocalWhisper(self, entry.settings.model or usual, entry.settings.threads)

    def llama(self, entry: Entry) -> LlamaModel | DownloadedLlama:
        """A language model for ``entry``, whose model is a file or the URL of one."""

        def make(path: Path) -> LlamaModel:
            return LlamaModel(LlamaOptions(path, entry.settings.threads), on_change=self.changed)

        there = model_at_url(entry)
        if there is None:
            return make(self.file(entry.settings.model))
        return DownloadedLlama(
            there.file_name,
            lambda: there.fetch(self._directory, self._take),
            make,
            lambda: self.progress(there.file_name),
        )

    def progress(self, model: str) -> DownloadProgress | None:
        """How far the download of a model is; None: it is not downloaded now."""
        return self._progress.get(model)

    def changed(self, _status: WhisperStatus | ServerStatus) -> None:
        """A program does otherwise than before."""
        self._on_change()

    def _take(self, progress: ModelProgress) -> None:
        if progress.state is ModelState.DOWNLOADING:
            self._progress[progress.name] = DownloadProgress(progress.done_bytes, progress.total_bytes)
        else:
            self._progress.pop(progress.name, None)
        self._on_change()

    def file(self, model: str) -> Path:
        """The file called ``model``, by its whole path or by its name in the directory of models."""
        return self._directory / model

    async def whisper_file(self, model: str) -> Path:
        """The file of a model of whisper.cpp, downloaded if it is one of those there are. Raises: BackendError."""
        if model not in MODELS:
            return self.file(model)
        try:
            return await self.store.fetch(model)
        except BackendRateLimited:
            raise  # it says when it may be asked again
        except BackendError as error:
            raise BackendWithoutModel(str(error)) from error


def model_at_url(entry: Entry) -> ModelAtUrl | None:
    """The model of a llama.cpp that runs here, where it is to be downloaded. Raises: SettingsError."""
    settings = entry.settings
    if entry.kind != "llama_cpp" or settings.url:
        return None
    if "://" not in settings.model:
        if settings.sha256:
            raise SettingsError(f"{entry.key}.sha256", "means nothing for a file: only what is downloaded is checked")
        return None
    if not settings.sha256:
        raise SettingsError(
            f"{entry.key}.sha256", "is missing: whoever offers a model tells its SHA-256, and another file is refused"
        )
    try:
        return ModelAtUrl(settings.model, settings.sha256)
    except ValueError as error:
        raise SettingsError(f"{entry.key}.model", str(error)) from None


class LocalWhisper:
    """A ``Transcriber`` that can be probed: whisper.cpp, started as soon as its model is there. Used once."""

    def __init__(self, models: Models, model: str, threads: int) -> None:
        self._models = models
        self._model = model
        self._threads = threads
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()
        self._whisper: WhisperTranscriber | None = None
        self._frugal = False

    async def __aenter__(self) -> Self:
        """Be ready to start."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        await self._stack.aclose()

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:  # noqa: ARG002 - it hears all words
        """Whether the model was trained for ``language``, as its name says."""
        return language is Language.ENGLISH or ".en" not in self._model

    def be_frugal(self, frugal: bool) -> None:
        """Whether to spend as little time on each utterance as can be; see ``WhisperTranscriber``."""
        self._frugal = frugal
        if self._whisper is not None:
            self._whisper.be_frugal(frugal)

    async def prepare(self, expectation: Expectation) -> None:
        """Download the model if need be, load it and transcribe silence once. Raises: BackendError."""
        async with self._starting:
            if self._whisper is None:
                config = WhisperConfig(await self._models.whisper_file(self._model), self._threads or None)
                self._whisper = await self._stack.enter_async_context(
                    WhisperTranscriber(config, on_change=self._models.changed)
                )
                self._whisper.be_frugal(self._frugal)
        await self._whisper.prepare(expectation)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance. Raises: BackendError."""
        if self._whisper is None:
            raise BackendUnavailable(f"the speech model {self._model} is not there yet")
        return await self._whisper.transcribe(utterance, expectation)

    @property
    def report(self) -> BackendReport:
        """How far its model is, and restarts of its server."""
        restarts = self._whisper.status.server.restarts if self._whisper else 0
        return BackendReport(self._models.progress(self._model), restarts)

    async def probe(self) -> None:
        """Whether it would serve; before its start, whether that may be tried again. Raises: BackendError."""
        if self._whisper is None:
            return
        self._whisper.check_model()
        server = self._whisper.status.server
        if server.state not in (ServerState.READY, ServerState.RESTING):
            raise BackendUnavailable(server.problem or "whisper-server is starting")

"""The models on disk, and the way there."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from voice_engine.backends.models.download import download
from voice_engine.backends.models.registry import BASE_URL, MODELS, Model
from voice_engine.core.errors import BackendError, BackendGarbled, BackendMisused, BackendRateLimited

_LOGGER = logging.getLogger(__name__)

_SPARE_BYTES = 200_000_000
"""That stay free: the disk is Home Assistant's too, and a full one stops it."""
_TOLD_EVERY_SECONDS = 0.5
_RETRY_AFTER_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""A minute without a byte: longer than a router takes to reconnect."""


LONGEST_WAIT_SECONDS = 300.0
"""Hubs count requests by five minutes; a longer wait is told, and whoever asks again later goes on where this ended."""


class ModelState(StrEnum):
    """What is being done about a model."""

    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    PRESENT = "present"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """How far a model is."""

    name: str
    state: ModelState
    done_bytes: int
    total_bytes: int
    problem: str | None = None
    """Why it failed, in a sentence."""


class ModelStore:
    """Models in one directory."""

    def __init__(
        self,
        directory: Path,
        *,
        base_url: str = BASE_URL,
        on_progress: Callable[[ModelProgress], None] | None = None,
        retry_after_seconds: Sequence[float] = _RETRY_AFTER_SECONDS,
        models: dict[str, Model] = MODELS,
    ) -> None:
        """``on_progress`` is told in the loop, at most twice a second while bytes arrive."""
        self._directory = directory
        self._base_url = base_url.rstrip("/")
        self._on_progress = on_progress
        self._retry_after_seconds = retry_after_seconds
        self._models = models
        self._verified: set[str] = set()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._told_at = float("-inf")

    def path(self, name: str) -> Path:
        """Where a model is, or will be. Raises: BackendMisused for a name no model has."""
        return self._directory / self._model(name).file_name

    def present(self) -> tuple[str, ...]:
        """Names of the models that are there whole, as far as their size tells."""
        return tuple(name for name, model in self._models.items() if self._is_there(model))

    async def fetch(self, name: str) -> Path:
        """Where a model is, downloaded if it is not there or damaged; who asks meanwhile waits for the same download.

        Cancelled, what has arrived is kept for the next time. Raises: BackendError.
        """
        model = self._model(name)
        async with self._turns[name]:
            try:
                if not await self._is_sound(model):
                    await self._download(model)
            except BackendError as error:
                self._tell(model, ModelState.FAILED, 0, str(error))
                raise
        return self._directory / model.file_name

    def _model(self, name: str) -> Model:
        try:
            return self._models[name]
        except KeyError:
            raise BackendMisused(f"there is no model {name!r}, only {', '.join(self._models)}") from None

    def _is_there(self, model: Model) -> bool:
        path = self._directory / model.file_name
        return path.is_file() and path.stat().st_size == model.size_bytes

    async def _is_sound(self, model: Model) -> bool:
        """Whether it is there, and unharmed; that is found out once."""
        if not self._is_there(model):
            return False
        if model.name not in self._verified:
            self._tell(model, ModelState.VERIFYING, model.size_bytes)
            if await asyncio.to_thread(sha256_of, self._directory / model.file_name) != model.sha256:
                _LOGGER.warning("%s is damaged and is downloaded again", model.file_name)
                return False
            self._verified.add(model.name)
        self._tell(model, ModelState.PRESENT, model.size_bytes)
        return True

    async def _download(self, model: Model) -> None:
        part = self._directory / f"{model.file_name}.part"
        await asyncio.to_thread(self._make_room, model, part)
        resumed = await asyncio.to_thread(_size, part) > 0
        await self._complete(model, part)
        self._tell(model, ModelState.VERIFYING, model.size_bytes)
        if await asyncio.to_thread(sha256_of, part) != model.sha256:
            await asyncio.to_thread(part.unlink)
            if not resumed:
                raise BackendGarbled(f"{self._url(model)} is not the model {model.name}: its checksum is another")
            _LOGGER.warning("What was there of %s was damaged: it is downloaded from the start", model.file_name)
            return await self._download(model)
        await asyncio.to_thread(_settle, part, self._directory / model.file_name)
        self._verified.add(model.name)
        _LOGGER.info("%s was downloaded", model.file_name)
        self._tell(model, ModelState.PRESENT, model.size_bytes)
        return None

    async def _complete(self, model: Model, part: Path) -> None:
        """Download what is missing, trying again while it can help."""
        failures = 0
        while (before := await asyncio.to_thread(_size, part)) != model.size_bytes:
            if before > model.size_bytes:
                await asyncio.to_thread(part.unlink)
            self._tell(model, ModelState.DOWNLOADING, before)
            try:
                await download(
                    self._url(model),
                    part,
                    model.size_bytes,
                    lambda done: self._tell_often(model, done),
                )
            except BackendError as error:
                # One that brought something counts as the first.
                failures = 1 if await asyncio.to_thread(_size, part) > before else failures + 1
                if not error.retryable or failures > len(self._retry_after_seconds):
                    raise
                delay = self._delay_seconds(error, failures)
                _LOGGER.info("%s is downloaded on in %g s: %s", model.file_name, delay, error)
                await asyncio.sleep(delay)

    def _delay_seconds(self, error: BackendError, failures: int) -> float:
        """How long to wait before trying again. Raises: the error, where that is longer than is worth waiting."""
        usual = self._retry_after_seconds[failures - 1]
        wanted = error.retry_after_seconds if isinstance(error, BackendRateLimited) else None
        if wanted is not None and wanted > LONGEST_WAIT_SECONDS:
            raise error
        return max(usual, wanted or 0.0)

    def _make_room(self, model: Model, part: Path) -> None:
        """See that it fits. Raises: BackendError."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._directory).free
        except OSError as error:
            raise BackendError(f"{self._directory} cannot be used for models: {error.strerror}") from error
        missing = model.size_bytes - _size(part)
        if free < missing + _SPARE_BYTES:
            raise BackendError(
                f"the model {model.name} needs {_megabytes(missing)} more, and {_megabytes(_SPARE_BYTES)} are to stay"
                f" free: {self._directory} has {_megabytes(free)}. Free some space, or choose a smaller model"
            )

    def _url(self, model: Model) -> str:
        return f"{self._base_url}/{model.file_name}"

    def _tell_often(self, model: Model, done: int) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = now
            self._tell(model, ModelState.DOWNLOADING, done)

    def _tell(self, model: Model, state: ModelState, done: int, problem: str | None = None) -> None:
        if self._on_progress is not None:
            self._on_progress(ModelProgress(model.name, state, done, model.size_bytes, problem))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def sha256_of(path: Path) -> str:
    """Of a whole file; takes seconds for a large one."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(part: Path, path: Path) -> None:
    """Give it its name as soon as it is on the disk for good."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)


def _megabytes(count: int) -> str:
    return f"{max(0, count) / 1e6:.0f} MB"

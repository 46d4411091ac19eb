"""A language model of this machine whose file is fetched first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from voice_engine.backends.llm_llama_cpp import LlamaModel
from voice_engine.core.engines import BackendReport, DownloadProgress
from voice_engine.core.errors import BackendUnavailable
from voice_engine.voice.ports import LanguageTask


class DownloadedLlama:
    """A ``LanguageModel`` that can be probed: llama.cpp, started as soon as its model is there. Used once."""

    def __init__(
        self,
        name: str,
        fetch: Callable[[], Awaitable[Path]],
        make: Callable[[Path], LlamaModel],
        progress: Callable[[], DownloadProgress | None],
    ) -> None:
        """``fetch`` brings the file, ``make`` the model of it; ``progress`` tells how far it is."""
        self._name = name
        self._fetch = fetch
        self._make = make
        self._progress = progress
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()
        self._model: LlamaModel | None = None

    async def __aenter__(self) -> Self:
        """Be ready to start."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        await self._stack.aclose()

    @property
    def constrained(self) -> bool:
        """Always: llama.cpp makes a grammar of the schema."""
        return True

    @property
    def report(self) -> BackendReport:
        """How far its file is; then what the model tells."""
        return replace(self._model.report if self._model else BackendReport(restarts=0), progress=self._progress())

    async def prepare(self, instructions: str) -> None:
        """Download the model if need be, load it and have it work through ``instructions``. Raises: BackendError."""
        async with self._starting:
            if self._model is None:
                self._model = await self._stack.enter_async_context(self._make(await self._fetch()))
        await self._model.prepare(instructions)

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """Answer one task, held to its schema. Raises: BackendError."""
        if self._model is None:
            raise BackendUnavailable(f"the language model {self._name} is not there yet")
        return await self._model.answer(task)

    async def probe(self) -> None:
        """Whether it takes tasks; before its start, whether that may be tried again. Raises: BackendError."""
        if self._model is not None:
            await self._model.probe()

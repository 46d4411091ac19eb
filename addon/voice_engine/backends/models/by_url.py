"""A model that is known by its URL and its SHA-256 alone, fetched like those of the registry."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from voice_engine.backends.models.download import size_of
from voice_engine.backends.models.registry import Model
from voice_engine.backends.models.store import ModelProgress, ModelStore, sha256_of

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.gguf")


@dataclass(frozen=True, slots=True)
class ModelAtUrl:
    """Where a GGUF file is to be had, and what it must be. Raises: ValueError for a URL that names none."""

    url: str
    sha256: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        plain = not (parts.query or parts.fragment or "@" in self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise ValueError("must look like https://host/folder/name.gguf, without user and query")
        if not _FILE_NAME.fullmatch(self.file_name):
            raise ValueError("must end in the name of a GGUF file: letters, digits and . _ -")

    @property
    def file_name(self) -> str:
        """What the file is called, there and here."""
        return self.url.rpartition("/")[2]

    async def fetch(self, directory: Path, on_progress: Callable[[ModelProgress], None]) -> Path:
        """Where it is, downloaded if it is not there or is another file; without network where it is there.

        Cancelled, what has arrived is kept for the next time. Raises: BackendError.
        """
        path = directory / self.file_name
        if await asyncio.to_thread(self._is_sound, path):
            return path
        model = Model(self.file_name, await size_of(self.url), self.sha256, self.file_name)
        store = ModelStore(
            directory,
            base_url=self.url.rpartition("/")[0],
            on_progress=on_progress,
            models={model.name: model},
        )
        return await store.fetch(model.name)

    def _is_sound(self, path: Path) -> bool:
        return path.is_file() and sha256_of(path) == self.sha256

"""Synthesised speech on disk: what was said before the last restart is said again without synthesis.

Made for memory cards: a sound is written once, and reading it writes nothing but, once a day, the time it was used.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

from voice_engine.core.cache import CacheStatistics, Tally

_LOGGER = logging.getLogger(__name__)

FOLDER = "speech"
_SUFFIX = ".sound"
_MAGIC = b"VESOUND1"
_DIGEST_BYTES = 16
_HEADER_BYTES = len(_MAGIC) + _DIGEST_BYTES
_TOUCH_SECONDS = 86_400.0
"""How old a file's time may grow before a use renews it: a write per day and sound, not one per use."""


@dataclass(slots=True)
class _File:
    size_bytes: int
    used_at: float
    pinned: bool = False


class SoundStore:
    """Sounds by name in ``directory/speech``, together at most ``max_bytes``; enter it to learn what is there.

    No method raises for a disk that cannot be read or written: a sound that is not kept is synthesised again.
    """

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory = directory / FOLDER
        self._max_bytes = max_bytes
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._size_bytes = 0
        self._tally = Tally(time.time)
        self._disk_works = True

    async def __aenter__(self) -> Self:
        """Learn what was kept, the least recently used first; what a crash left half written is removed."""
        with self._disk():
            self._files = await asyncio.to_thread(_found, self._directory)
        self._size_bytes = sum(file.size_bytes for file in self._files.values())
        await self._evict(self._max_bytes)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is left to do: every sound is written at once."""

    @property
    def statistics(self) -> CacheStatistics:
        """How well it does."""
        return self._tally.statistics(len(self._files), self._size_bytes, self._max_bytes)

    async def load(self, name: str, *, pinned: bool = False) -> bytes | None:
        """The sound kept under ``name``, or None; a damaged file is dropped. ``pinned`` keeps it from now on."""
        file = self._files.get(name)
        if file is None:
            self._tally.miss()
            return None
        now = time.time()
        content = b""
        with self._disk():
            content = await asyncio.to_thread(
                _read, self._path(name), now if now - file.used_at > _TOUCH_SECONDS else 0
            )
        pcm = _sound(content)
        if self._files.get(name) is not file:
            return pcm  # dropped, or written anew, while it was read
        if pcm is None:
            _LOGGER.warning("A sound on disk was damaged; it is synthesised again")
            self._tally.miss()
            await self._remove(name)
            return None
        self._tally.hit()
        file.used_at = now
        file.pinned |= pinned
        self._files.move_to_end(name)
        return pcm

    async def save(self, name: str, pcm: bytes, *, pinned: bool = False) -> None:
        """Keep a sound: whole or not at all. One that finds no place beside the pinned ones is not kept."""
        size = len(pcm) + _HEADER_BYTES
        pinned_bytes = sum(file.size_bytes for other, file in self._files.items() if file.pinned and other != name)
        if size + pinned_bytes > self._max_bytes:
            return
        await self._remove(name)
        await self._evict(self._max_bytes - size)
        with self._disk():
            await asyncio.to_thread(_write, self._path(name), _MAGIC + _digest(pcm) + pcm)
            self._forget(name)  # two who saved at once
            self._files[name] = _File(size, time.time(), pinned)
            self._size_bytes += size

    async def clear(self) -> CacheStatistics:
        """Delete every sound; gives what was held."""
        held = self.statistics
        for name in list(self._files):
            await self._remove(name)
        self._tally.cleared()
        return held

    async def _evict(self, size_bytes: int) -> None:
        for name in [name for name, file in self._files.items() if not file.pinned]:
            if self._size_bytes <= size_bytes:
                return
            await self._remove(name)
            self._tally.evictions += 1

    async def _remove(self, name: str) -> None:
        if self._forget(name):
            with self._disk():
                await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def _forget(self, name: str) -> bool:
        file = self._files.pop(name, None)
        self._size_bytes -= file.size_bytes if file else 0
        return file is not None

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}{_SUFFIX}"

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Tell once that the disk fails, and once that it works again."""
        try:
            yield
        except OSError as error:
            if self._disk_works:
                _LOGGER.warning(
                    "%s cannot be used, so speech is kept in memory only: %s", self._directory, error.strerror
                )
            self._disk_works = False
        else:
            if not self._disk_works:
                _LOGGER.info("%s can be used again", self._directory)
            self._disk_works = True


def _found(directory: Path) -> OrderedDict[str, _File]:
    directory.mkdir(parents=True, exist_ok=True)
    found: list[tuple[str, _File]] = []
    for entry in os.scandir(directory):
        if not entry.name.endswith(_SUFFIX):
            Path(entry.path).unlink(missing_ok=True)  # half written when the engine was killed
            continue
        status = entry.stat()
        found.append((entry.name.removesuffix(_SUFFIX), _File(status.st_size, status.st_mtime)))
    return OrderedDict(sorted(found, key=lambda pair: pair[1].used_at))


def _read(path: Path, used_at: float) -> bytes:
    """The file's content, empty if it is gone; ``used_at`` renews its time unless it is zero."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return b""
    if used_at:
        with contextlib.suppress(OSError):
            os.utime(path, (used_at, used_at))
    return content


def _write(path: Path, content: bytes) -> None:
    """Replace the file in one step. Not synchronised: a power cut costs a sound, which its digest tells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sound(content: bytes) -> bytes | None:
    """The sound in a file's content; None where a single bit is not as it was written."""
    pcm = content[_HEADER_BYTES:]
    return pcm if content[:_HEADER_BYTES] == _MAGIC + _digest(pcm) else None


def _digest(pcm: bytes) -> bytes:
    return blake2b(pcm, digest_size=_DIGEST_BYTES).digest()

"""The folder that recordings are dropped into: what lies in it, read piece by piece, and results written beside it.

No recording is ever changed, moved or deleted. All of it is done by one thread: a share on the network may hang.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from voice_engine.backends.inbox.reader import Decoder, Reader, find
from voice_engine.backends.inbox.results import Results, may_have_results
from voice_engine.core.clips import Clip
from voice_engine.core.errors import InboxUnusable, RecordingChanged
from voice_engine.core.inbox import DETAILS_SUFFIX, PROBLEM_SUFFIX, Recording, RecordingResult, is_dropped

_PATIENCE_SECONDS = 300.0
"""For one thing done in the folder: the digest of a gigabyte, over a slow network."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording in the folder."""

    recording: Recording
    has_result: bool
    """Whether a file lies beside it that tells what became of it, in this version or another."""


class InboxFolder:
    """An async context manager, used once; every method may raise InboxUnusable."""

    def __init__(self, path: Path, decoder: Decoder) -> None:
        self._path = path
        self._decoder = decoder
        self._results = Results(path)
        self._tidied = False
        self._thread = ThreadPoolExecutor(1, "inbox")

    async def __aenter__(self) -> Self:
        """The folder need not be there yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait for nothing: a share that hangs may never answer."""
        self._thread.shutdown(wait=False)

    async def look(self) -> list[Listed]:
        """What lies in the folder, oldest first. Raises: InboxUnusable, also where nothing can be written."""
        return await self._perform(self._look)

    async def verdict(self, recording: Recording) -> bool | None:
        """Whether this version was written down (True), or cannot be (False). None: neither."""
        return await self._perform(lambda: self._results.verdict(recording))

    @asynccontextmanager
    async def reading(self, recording: Recording) -> AsyncIterator[OpenRecording]:
        """Read a recording for as long as the context lasts."""
        reader = Reader(self._path, recording, self._decoder)
        try:
            yield OpenRecording(reader, self._perform)
        finally:
            # After what the thread does now; nobody has to wait for it.
            with suppress(RuntimeError):  # the folder was left meanwhile
                self._thread.submit(reader.close)

    async def keep(self, recording: Recording, result: RecordingResult) -> bool:
        """Write a result beside the recording, whole or not at all. False: its name is too long for that.

        Raises: RecordingChanged, ResultInTheWay.
        """
        return await self._perform(lambda: self._keep(recording, result))

    async def _perform[Result](self, work: Callable[[], Result]) -> Result:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError as error:
            raise InboxUnusable(f"the folder {self._path} does not answer") from error
        except OSError as error:
            raise InboxUnusable(f"the folder {self._path} cannot be used: {error.strerror or error}") from error

    # In the thread.

    def _look(self) -> list[Listed]:
        with os.scandir(self._path) as entries:
            names = {entry.name for entry in entries}
        if not os.access(self._path, os.W_OK | os.X_OK):
            raise InboxUnusable(f"nothing can be written into the folder {self._path}, so the recordings wait")
        if not self._tidied:
            self._results.tidy(names)
            self._tidied = True
        found = [find(self._path / name, self._path) for name in names if is_dropped(name)]
        listed = [
            Listed(recording, not names.isdisjoint((recording.name + DETAILS_SUFFIX, recording.name + PROBLEM_SUFFIX)))
            for recording in found
            if recording is not None
        ]
        return sorted(listed, key=lambda entry: (entry.recording.modified_ns, entry.recording.name))

    def _keep(self, recording: Recording, result: RecordingResult) -> bool:
        if find(self._path / recording.name, self._path) != recording:
            raise RecordingChanged("the recording was changed or moved meanwhile")
        if not may_have_results(recording.name):
            return False
        self._results.keep(recording, result)
        return True


class OpenRecording:
    """A recording that is being read."""

    def __init__(self, reader: Reader, perform: Callable[[Callable[[], Clip | None]], Awaitable[Clip | None]]) -> None:
        self._reader = reader
        self._perform = perform

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal digits, once the first piece was read."""
        return self._reader.digest

    async def read(self) -> Clip | None:
        """The next minute at most, cut in a pause; None: that was all.

        Raises: UnreadableSound, RecordingChanged, InboxUnusable.
        """
        return await self._perform(self._reader.read)

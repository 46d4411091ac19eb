"""Transcripts of recordings that were transcribed before, over restarts: the same sound is not recognised twice.

Kept under a digest of the sound, the language, the backend and its model. What people said stands in the file, as it
does in what the transcripts were made for; clearing it deletes all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

from voice_engine.core.cache import CacheStatistics, Tally
from voice_engine.core.transcript import Language, Transcript

_LOGGER = logging.getLogger(__name__)

FILE_NAME = "transcripts.db"
MOST_TRANSCRIPTS = 2000
"""Weeks of a busy inbox, and less than a megabyte."""
_SCHEMA_VERSION = 1
_BUSY_SECONDS = 2.0
"""How long a person with a database browser may hold the file; then the recording is transcribed again."""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS transcripts (
    key BLOB PRIMARY KEY,
    text TEXT NOT NULL,
    confidence REAL NOT NULL,
    backend TEXT NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transcripts_by_use ON transcripts (used);
PRAGMA user_version = {_SCHEMA_VERSION};
"""


@dataclass(frozen=True, slots=True)
class TranscriptKey:
    """What a transcript depends on."""

    sound: bytes
    """``digest`` of the recording."""
    language: Language
    backend: str
    model: str = ""

    def digest(self) -> bytes:
        """All of it in 16 bytes."""
        whole = blake2b(digest_size=16)
        for part in (self.sound, self.language.encode(), self.backend.encode(), self.model.encode()):
            whole.update(len(part).to_bytes(4) + part)
        return whole.digest()


def digest(sound: bytes) -> bytes:
    """Of every byte of a recording as it was decoded; 1 ms a minute of sound."""
    return blake2b(sound, digest_size=16).digest()


class TranscriptStore:
    """Enter it to use it. No method raises for a file that cannot be used: then every transcript is made anew."""

    def __init__(self, directory: Path, most: int = MOST_TRANSCRIPTS) -> None:
        self._path = directory / FILE_NAME
        self._most = most
        self._tally = Tally(time.time)
        self._entries = self._size_bytes = 0
        self._connection: sqlite3.Connection | None = None
        self._uses = 0
        # A connection belongs to one thread.
        self._thread = ThreadPoolExecutor(1, "transcripts")

    async def __aenter__(self) -> Self:
        """Open the file; one that is damaged is replaced."""
        await self._perform(self._open, None)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._perform(self._close, None)
        self._thread.shutdown(wait=False)

    @property
    def statistics(self) -> CacheStatistics:
        """How well it does; bounded by the number of its entries."""
        return self._tally.statistics(self._entries, self._size_bytes, None)

    async def get(self, key: TranscriptKey) -> Transcript | None:
        """The transcript, or None."""
        found = await self._perform(lambda: self._get(key.digest()), None)
        if found is None:
            self._tally.miss()
        else:
            self._tally.hit()
        return found

    async def put(self, key: TranscriptKey, transcript: Transcript) -> None:
        """Keep a transcript; the least recently used leave for it where there are too many."""
        self._tally.evictions += await self._perform(lambda: self._put(key.digest(), transcript), 0)

    async def clear(self) -> CacheStatistics:
        """Forget every transcript; gives what was held."""
        held = self.statistics
        await self._perform(self._clear, None)
        self._tally.cleared()
        return held

    async def _perform[Result](self, work: Callable[[], Result], otherwise: Result) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            _LOGGER.warning("%s cannot be used, so recordings are transcribed anew: %s", self._path, error)
            return otherwise

    # In the thread.

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._connected()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # held by another, or the disk is full: the file may be sound
            _LOGGER.warning("%s was damaged; it is begun anew", self._path)
            self._path.unlink(missing_ok=True)
            self._connection = self._connected()

    def _connected(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, autocommit=True)
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, _SCHEMA_VERSION):
                connection.execute("DROP TABLE IF EXISTS transcripts")  # of another version of the engine
            connection.executescript(_SCHEMA)
            self._uses = connection.execute("SELECT coalesce(max(used), 0) FROM transcripts").fetchone()[0]
            self._count(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _get(self, key: bytes) -> Transcript | None:
        if self._connection is None:
            return None
        row = self._connection.execute(
            "UPDATE transcripts SET used = ? WHERE key = ? RETURNING text, confidence, backend", (self._use(), key)
        ).fetchone()
        return Transcript(row[0], row[1], backend=row[2]) if row else None

    def _put(self, key: bytes, transcript: Transcript) -> int:
        connection = self._connection
        if connection is None:
            return 0
        values = (key, transcript.text, transcript.confidence, transcript.backend, self._use())
        connection.execute("INSERT OR REPLACE INTO transcripts VALUES (?, ?, ?, ?, ?)", values)
        left = connection.execute(
            "DELETE FROM transcripts WHERE key IN (SELECT key FROM transcripts ORDER BY used DESC LIMIT -1 OFFSET ?)",
            (self._most,),
        ).rowcount
        self._count(connection)
        return left

    def _clear(self) -> None:
        if self._connection is None:
            return
        self._connection.execute("DELETE FROM transcripts")
        with contextlib.suppress(sqlite3.OperationalError):
            self._connection.execute("VACUUM")  # or the words would stand in the file's free pages
        self._count(self._connection)

    def _use(self) -> int:
        self._uses += 1
        return self._uses

    def _count(self, connection: sqlite3.Connection) -> None:
        count = "SELECT count(*), coalesce(sum(length(CAST(text AS BLOB))), 0) FROM transcripts"
        self._entries, self._size_bytes = connection.execute(count).fetchone()

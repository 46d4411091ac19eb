"""The file of the call log: opened, replaced when it is damaged, and deleted."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voice_engine.core.errors import BackendUnavailable

_LOGGER = logging.getLogger(__name__)

SCHEMA_VERSION = 2
"""Kept in ``user_version``. Whoever changes the schema raises it and brings older files up to it in ``_prepare``."""
BUSY_SECONDS = 5.0
"""How long somebody else, such as a person with a database browser, may hold the file."""

_SCHEMA = """
BEGIN;
CREATE TABLE calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL,
    door TEXT NOT NULL,
    caller TEXT,
    unit TEXT,
    intent TEXT,
    visitor TEXT,
    company TEXT,
    disposition TEXT,
    decided_by TEXT,
    started_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE INDEX calls_by_id ON calls (call_id);
CREATE UNIQUE INDEX running_calls ON calls (call_id) WHERE ended_at IS NULL;
CREATE TABLE turns (
    number INTEGER PRIMARY KEY,
    call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
    party TEXT NOT NULL,
    heard TEXT,
    understood TEXT,
    stages TEXT NOT NULL,
    backends TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX turns_by_call ON turns (call);
PRAGMA user_version = 2;
COMMIT;
"""
_UPGRADE_FROM_1 = """
BEGIN;
ALTER TABLE turns ADD COLUMN backends TEXT NOT NULL DEFAULT '{}';
PRAGMA user_version = 2;
COMMIT;
"""
_END_INTERRUPTED = """
UPDATE calls SET ended_at = changed_at, disposition = coalesce(disposition, 'failed') WHERE ended_at IS NULL
"""
"""What was going on when the engine was killed ends with what is known of it."""


class _Unusable(Exception):
    """The file is not a call log that this version can go on with."""


class Database:
    """One SQLite file, opened when first used; belongs to one thread."""

    def __init__(self, path: Path | None) -> None:
        """``path``: None keeps everything in memory, which is to say until the engine stops."""
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def perform[Result](self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do ``work`` in one transaction; a damaged file is moved aside first and the work done in a new one.

        Raises: BackendUnavailable when the file cannot be used for now (disk full, not writable, held by another).
        """
        with _translated():
            try:
                return self._transact(work)
            except (sqlite3.DatabaseError, _Unusable) as error:
                if self._path is None or not _is_damage(error):
                    raise
                self._set_aside(self._path, error)
                return self._transact(work)

    def forget(self, work: Callable[[sqlite3.Connection], int]) -> int:
        """Do ``work``, which deletes and returns how much; nothing of it is left in the file. Raises as ``perform``."""
        count = self.perform(work)
        if count:
            # Overwritten pages (secure_delete) reach the file, and old ones leave the write-ahead log.
            self.perform(_checkpoint)
        return count

    def forget_damaged(self, before: float = float("inf")) -> None:
        """Delete a damaged file that was moved aside, if it was last written before ``before`` (seconds since 1970).

        Raises: BackendUnavailable.
        """
        if self._path is None:
            return
        aside = _aside(self._path)
        with _translated(), suppress(FileNotFoundError):
            if aside.stat().st_mtime < before:
                _remove(aside)

    def close(self) -> None:
        """Close the file; it is opened again when used again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _transact[Result](self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._connection is None:
            self._connection = _open(self._path)
        with self._connection:
            return work(self._connection)

    def _set_aside(self, path: Path, error: Exception) -> None:
        self.close()
        aside = _aside(path)
        _remove(aside)
        for part, aside_part in zip(_parts(path), _parts(aside), strict=True):
            with suppress(FileNotFoundError):
                part.replace(aside_part)
        _LOGGER.warning("%s cannot be read (%s); it is now %s, and a new call log is begun", path, error, aside.name)


def erase(path: Path) -> None:
    """Delete the file, if there is one, and a damaged one that was moved aside. Raises: BackendUnavailable."""
    with _translated():
        _remove(path)
        _remove(_aside(path))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError, _Unusable) as error:
        raise BackendUnavailable(f"the call log cannot be used: {error}") from error


def _aside(path: Path) -> Path:
    """Where a damaged file goes. There is room for one: a failing disk must not be filled with them."""
    return path.with_name(f"damaged-{path.name}")


def _remove(path: Path) -> None:
    for part in _parts(path):
        part.unlink(missing_ok=True)


def _parts(path: Path) -> list[Path]:
    """The file, its write-ahead log and that log's index: they only make sense together."""
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.touch(mode=0o600)  # SQLite would let others read it, and its write-ahead log takes after it
    connection = sqlite3.connect(path or ":memory:", timeout=BUSY_SECONDS)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    # With a write-ahead log what is committed outlives the process however it ends. FULL has it outlive a power cut
    # too: a few writes per call are nothing to the disk, and they keep nobody waiting.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise _Unusable(finding)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (version, tables) == (0, 0):
        connection.executescript(_SCHEMA)
    elif version == 1:
        connection.executescript(_UPGRADE_FROM_1)
    elif version != SCHEMA_VERSION:
        raise _Unusable(f"its version is {version}, not {SCHEMA_VERSION}")
    with connection:
        connection.execute(_END_INTERRUPTED)


def _checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_damage(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        # The lower byte is the kind of error, what is above it the detail; errors of Python's own have none.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    return isinstance(error, _Unusable)

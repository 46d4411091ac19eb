"""A recording as it is read: its sound piece by piece, and the digest of its file. Used by one thread."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Buffer, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BufferedReader, FileIO
from pathlib import Path
from typing import BinaryIO

from voice_engine.backends.inbox.results import may_have_results
from voice_engine.core.clips import Clip, cut_at_pauses
from voice_engine.core.errors import RecordingChanged, UnreadableSound
from voice_engine.core.inbox import MEDIA_TYPES, Recording, media_type

_PIECE_SECONDS = 60.0
"""Held of a recording at a time: 1.9 MB."""

type Decode = Callable[[BinaryIO, str, float], Iterator[bytes]]
"""Gives the sound of a file of a media type, of so many seconds at most, block by block. Raises: UnreadableSound."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """How files become sound."""

    decode: Decode
    sample_rate: int
    """Hertz, of what ``decode`` gives."""
    longest_seconds: float


@dataclass(slots=True)
class Reader:
    """One recording, opened when its first piece is asked for."""

    folder: Path
    recording: Recording
    decoder: Decoder
    digest: str = ""
    """SHA-256 of the file, in hexadecimal digits, once the first piece was read."""
    _pieces: Iterator[bytes] | None = None
    _file: _File | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def read(self) -> Clip | None:
        """The next minute at most, cut in a pause; None: that was all. Raises: UnreadableSound, RecordingChanged."""
        if self._pieces is None:
            self._pieces = self._begin()
        try:
            piece = next(self._pieces, None)
        finally:
            self._check()
        return None if piece is None else Clip(piece, self.decoder.sample_rate)

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    def _begin(self) -> Iterator[bytes]:
        kind = media_type(self.recording.name)
        if kind is None:
            raise UnreadableSound(f"Only files whose names end in {', '.join(MEDIA_TYPES)} are read.")
        if not may_have_results(self.recording.name):
            raise UnreadableSound("The file's name is too long for a result beside it; give it a shorter one.")
        self._file = file = self._open.enter_context(self._opened())
        if version(self.recording.name, os.fstat(file.fileno())) != self.recording:
            raise RecordingChanged("the recording was changed meanwhile")
        if not self.recording.size_bytes:
            raise UnreadableSound("The file is empty.")
        self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._check()
        file.seek(0)
        sound = self.decoder.decode(file, kind, self.decoder.longest_seconds)
        return cut_at_pauses(sound, self.decoder.sample_rate, _PIECE_SECONDS)

    def _opened(self) -> _File:
        path = self.folder / self.recording.name
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self.folder.resolve()):
                raise UnreadableSound("The file is a link out of the folder; put the recording itself there.")
            # A pipe in its place would keep us waiting for ever.
            return _File(FileIO(os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)))
        except PermissionError as error:
            raise UnreadableSound("The engine may not read the file; change its permissions.") from error
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP) and path.is_symlink():
                raise UnreadableSound("The file is a link that leads nowhere.") from error
            if error.errno == errno.ENOENT:
                raise RecordingChanged("the recording is gone") from error
            raise

    def _check(self) -> None:
        """A share that went away in the middle is no fault of the recording's. Raises: OSError."""
        if self._file is not None and self._file.problem is not None:
            raise self._file.problem


class _File(BufferedReader):
    """Remembers why it could not be read: libsndfile takes that for the end of the sound."""

    problem: OSError | None = None

    def readinto(self, buffer: Buffer, /) -> int:
        """As the class above does; nothing where it cannot."""
        try:
            return super().readinto(buffer)
        except OSError as error:
            self.problem = error
            return 0


def find(path: Path, folder: Path) -> Recording | None:
    """The file of that path in this version; None: it is gone, or no file. Links out of the folder are not followed."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            status = _behind_link(path, folder, status)
    except FileNotFoundError:
        return None
    kind = stat.S_IFMT(status.st_mode)
    return version(path.name, status) if kind in (stat.S_IFREG, stat.S_IFLNK) else None


def version(name: str, status: os.stat_result) -> Recording:
    """What tells one version of a file from another."""
    return Recording(name, status.st_size, status.st_mtime_ns)


def _behind_link(link: Path, folder: Path, status: os.stat_result) -> os.stat_result:
    try:
        real = link.resolve(strict=True)
    except OSError:
        return status
    return real.lstat() if real.is_relative_to(folder.resolve()) else status

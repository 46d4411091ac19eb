"""The sound of calls, one stereo WAV file each: the visitor's leg on the left, the resident's on the right."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from uuid import UUID

import numpy as np

from voice_engine.core.audio import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE
from voice_engine.core.events import Party
from voice_engine.core.records import RecordedFrame

FOLDER_NAME = "recordings"
_CHANNELS = (Party.VISITOR, Party.RESIDENT)
_BLOCK_BYTES = SAMPLE_BYTES * len(_CHANNELS)
_FRAME_BYTES = FRAME_BYTES * len(_CHANNELS)
_HEADER_BYTES = 44
_LONGEST_FRAMES = 2 * 3600 * 50
"""Two hours; a call lasts one at most."""


class Recordings:
    """The folder of recordings; belongs to one thread. Its methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, call_id: str) -> Path | None:
        """Where the recording of a call is; None: there is none."""
        try:
            path = self._folder / f"{UUID(call_id)}.wav"
        except ValueError:  # whatever was asked for, it is not to become a path
            return None
        return path if path.is_file() else None

    def write(self, frames: Iterable[RecordedFrame]) -> None:
        """Add frames to their calls' files. After each call of this the files can be played, whatever comes next."""
        by_call = attrgetter("call_id")
        for call_id, of_call in groupby(sorted(frames, key=by_call), by_call):
            file = self._open(f"{UUID(call_id)}.wav")
            try:
                _add(file, [frame for frame in of_call if 0 <= frame.position < _LONGEST_FRAMES])
            finally:
                os.close(file)

    def _open(self, name: str) -> int:
        path, flags = self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(path, flags, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            return os.open(path, flags, 0o600)

    def delete(self, call_id: str) -> None:
        """Delete the recording of a call, if there is one."""
        path = self.path(call_id)
        if path is not None:
            path.unlink(missing_ok=True)

    def delete_all(self, *, but: Iterable[str] = (), before: float = float("inf")) -> None:
        """Delete all but those of some calls, if they were last written ``before`` (seconds since 1970)."""
        kept = {f"{call_id}.wav" for call_id in but}
        for path in self._folder.glob("*.wav"):
            with suppress(FileNotFoundError):
                if path.name not in kept and path.stat().st_mtime < before:
                    path.unlink()


def _add(file: int, frames: list[RecordedFrame]) -> None:
    """Write both directions of each leg, mixed, into its channel; what is there in the other stays.

    As few system calls as can be: with each, this thread and the event loop meet in the queue for the interpreter, and
    where the processor is overloaded who waits there is late.
    """
    size = max(os.fstat(file).st_size, _HEADER_BYTES)
    if frames:
        first = min(frame.position for frame in frames)
        length = (max(frame.position for frame in frames) - first + 1) * _FRAME_BYTES
        place = _HEADER_BYTES + first * _FRAME_BYTES
        there = os.pread(file, length, place) if place < size else b""
        _write_all(file, _mixed(there.ljust(length, b"\0"), first, frames), place)
        size = max(size, place + length)
    _write_all(file, _header(size - _HEADER_BYTES), 0)


def _mixed(there: bytes, first: int, frames: list[RecordedFrame]) -> bytes:
    """What was ``there`` from the ``first`` frame on, with ``frames`` in their places."""
    blocks = np.frombuffer(there, "<i2").reshape(-1, FRAME_BYTES // SAMPLE_BYTES, len(_CHANNELS)).copy()
    for channel, party in enumerate(_CHANNELS):
        of_leg = [frame for frame in frames if frame.party is party]
        # All frames at once: what is quick in this thread does not hold the calls up.
        heard, said = (np.frombuffer(b"".join(each), "<i2") for each in _directions(of_leg))
        mixed = np.clip(heard.astype(np.int32) + said, -32768, 32767).reshape(-1, FRAME_BYTES // SAMPLE_BYTES)
        blocks[[frame.position - first for frame in of_leg], :, channel] = mixed
    return blocks.tobytes()


def _write_all(file: int, data: bytes, place: int) -> None:
    """A disk that fills up takes a part, and refuses the rest with an error that says so."""
    while data:
        written = os.pwrite(file, data, place)
        data, place = data[written:], place + written


def _directions(frames: list[RecordedFrame]) -> tuple[list[bytes], list[bytes]]:
    return [frame.heard for frame in frames], [frame.said for frame in frames]


def _header(sound_bytes: int) -> bytes:
    """The beginning of a WAV file with so much sound."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        sound_bytes + 36,
        b"WAVE",
        b"fmt ",
        16,
        1,
        len(_CHANNELS),
        SAMPLE_RATE,
        SAMPLE_RATE * _BLOCK_BYTES,
        _BLOCK_BYTES,
        8 * SAMPLE_BYTES,
        b"data",
        sound_bytes,
    )

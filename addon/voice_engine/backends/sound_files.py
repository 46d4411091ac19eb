"""Sound files as clips: WAV, FLAC, OGG (Vorbis, Opus) and MP3 by libsndfile, and raw PCM."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from email.message import Message
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from voice_engine.core.audio import SAMPLE_BYTES
from voice_engine.core.clips import Clip
from voice_engine.core.errors import ProtocolError, UnreadableSound
from voice_engine.core.sound_stream import SoundStream

CLIP_RATE = 16000
"""What recognisers listen at, and one of the rates voice detectors take."""
_FORMATS = {
    "audio/wav": "WAV",
    "audio/wave": "WAV",
    "audio/x-wav": "WAV",
    "audio/vnd.wave": "WAV",
    "audio/flac": "FLAC",
    "audio/x-flac": "FLAC",
    "audio/ogg": "OGG",
    "audio/opus": "OGG",
    "audio/mpeg": "MP3",
    "audio/mp3": "MP3",
}
_RAW = "audio/pcm"
_SIGNATURES = {"WAV": (b"RIFF",), "FLAC": (b"fLaC",), "OGG": (b"OggS",), "MP3": (b"ID3", b"\xff")}
"""How such files begin: libsndfile knows forty formats more, whose parsers need not meet what strangers send."""
_SIGNATURE_BYTES = 4
_BLOCK_SAMPLES = 65536
"""Read at a time: a small file may claim, or unpack to, hours of sound."""
_MOST_CHANNELS = 8
_FASTEST_RATE = 192_000


class SoundFiles:
    """A ``SoundReader``."""

    async def read(self, content: bytes, media_type: str, longest_seconds: float) -> Clip:
        """Read a file; for raw 16-bit PCM the media type tells ``rate`` and ``channels``. Raises: UnreadableSound."""
        header = Message()
        header["content-type"] = media_type
        if header.get_content_type() == _RAW:
            rate, channels = _parameter(header, "rate", CLIP_RATE), _parameter(header, "channels", 1)
            return await asyncio.to_thread(_read_raw, content, rate, channels, longest_seconds)
        wanted = _wanted(header.get_content_type())
        return Clip(await asyncio.to_thread(_read_file, content, wanted, longest_seconds), CLIP_RATE)


def sound_blocks(file: BinaryIO, media_type: str, longest_seconds: float) -> Iterator[bytes]:
    """The sound of an open file, block by block as 16-bit mono of ``CLIP_RATE``, however long it is.

    Blocks, for some 5 ms a second of sound. Raises: UnreadableSound, also in the middle.
    """
    return _decoded(file, _wanted(media_type), longest_seconds)


def _wanted(media_type: str) -> str:
    wanted = _FORMATS.get(media_type)
    if wanted is None:
        known = ", ".join([*dict.fromkeys(_FORMATS), _RAW])
        raise UnreadableSound(f"Sound of the type {media_type} is not read; send one of {known}.")
    return wanted


def _parameter(header: Message, name: str, default: int) -> int:
    given = header.get_param(name, str(default))
    if not isinstance(given, str) or not given.isascii() or not given.isdigit() or len(given) > 6:
        raise UnreadableSound(f"{name} of {_RAW} must be a whole number, such as {_RAW};rate=16000;channels=1.")
    return int(given)


def _read_raw(content: bytes, rate: int, channels: int, longest_seconds: float) -> Clip:
    stream = _stream(rate, channels)
    if len(content) > longest_seconds * rate * channels * SAMPLE_BYTES:
        raise _too_long(longest_seconds)
    return Clip(stream.feed(content) + stream.finish(), CLIP_RATE)


def _read_file(content: bytes, wanted: str, longest_seconds: float) -> bytes:
    return b"".join(_decoded(io.BytesIO(content), wanted, longest_seconds))


def _decoded(content: BinaryIO, wanted: str, longest_seconds: float) -> Iterator[bytes]:
    """Decode and bring to the clip's rate."""
    begin = content.read(_SIGNATURE_BYTES)
    if not begin.startswith(_SIGNATURES[wanted]):
        raise UnreadableSound(f"This is not a file of the type {wanted}.")
    content.seek(0)
    try:
        with soundfile.SoundFile(content) as file:
            if not file.format.startswith(wanted):
                raise UnreadableSound(f"This is not the sound it is said to be, but {file.format}.")
            stream = _stream(file.samplerate, 1)
            if not 1 <= file.channels <= _MOST_CHANNELS:
                raise UnreadableSound(f"Sound with {file.channels} channels is not read; {_MOST_CHANNELS} at most are.")
            left = round(longest_seconds * file.samplerate)
            while len(block := file.read(_BLOCK_SAMPLES, dtype="float32", always_2d=True)):
                left -= len(block)
                if left < 0:
                    raise _too_long(longest_seconds)
                yield stream.feed(_pcm(block.mean(axis=1)))
    except soundfile.SoundFileError as error:
        raise UnreadableSound(f"This file cannot be read: {error}") from error
    yield stream.finish()


def _pcm(samples: npt.NDArray[np.float32]) -> bytes:
    """Floating point from -1 to 1 as 16 bits; what is not a number, which a file may hold, is silence."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.rint(np.clip(finite, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def _stream(rate: int, channels: int) -> SoundStream:
    if rate > _FASTEST_RATE:
        raise UnreadableSound(f"Sound of {rate} Hz is not read; {_FASTEST_RATE} at most are.")
    try:
        return SoundStream(rate, channels, CLIP_RATE)
    except ProtocolError as error:
        message = str(error)
        raise UnreadableSound(f"{message[:1].upper()}{message[1:]}.") from error


def _too_long(longest_seconds: float) -> UnreadableSound:
    return UnreadableSound(f"The sound is longer than {longest_seconds:g} s; send it in parts.")

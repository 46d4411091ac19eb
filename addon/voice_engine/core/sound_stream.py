"""Sound that arrives in pieces of any size, brought to another rate: signed 16-bit little-endian, mono."""

from __future__ import annotations

import struct

import numpy as np
import soxr

from voice_engine.core.audio import SAMPLE_BYTES, SAMPLE_RATE
from voice_engine.core.errors import ProtocolError

_RIFF_BYTES = 12
_CHUNK_HEADER_BYTES = 8
_FORMAT_BYTES = 16
_UNCOMPRESSED = {0x0001, 0xFFFE}
"""PCM, and PCM with an extended header."""
_LONGEST_HEADER_BYTES = 65536


class SoundStream:
    """Raw 16-bit PCM of any rate and number of channels; no sample is lost between two pieces."""

    def __init__(self, sample_rate: int, channels: int = 1, to_hz: int = SAMPLE_RATE) -> None:
        """Raises: ProtocolError for sound nobody could play."""
        if not (1000 <= sample_rate <= 384_000 and 1 <= channels <= 8):  # from a telephone's to a studio's
            raise ProtocolError(f"sound of {sample_rate} Hz and {channels} channels cannot be played")
        self._channels = channels
        self._left_over = b""
        self._resampler = None if sample_rate == to_hz else soxr.ResampleStream(sample_rate, to_hz, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        """Take a piece; gives what can be played by now, whole samples."""
        pcm = self._left_over + pcm
        whole = len(pcm) - len(pcm) % (SAMPLE_BYTES * self._channels)
        self._left_over = pcm[whole:]
        return self._converted(pcm[:whole], last=False)

    def finish(self) -> bytes:
        """The rest; half a sample at the end is dropped."""
        return self._converted(b"", last=True)

    def _converted(self, pcm: bytes, *, last: bool) -> bytes:
        samples = np.frombuffer(pcm, "<i2")
        if self._channels > 1:
            samples = samples.reshape(-1, self._channels).mean(axis=1).astype(np.int16)
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        return samples.astype("<i2").tobytes()


class WavStream:
    """A WAV file of 16-bit PCM; its length fields are not looked at, a streamed file's are wrong."""

    def __init__(self) -> None:
        self._header = b""
        self._sound: SoundStream | None = None

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives what can be played by now. Raises: ProtocolError."""
        if self._sound is not None:
            return self._sound.feed(data)
        self._header += data
        found = self._parse()
        if found is not None:
            self._sound, start = found
            return self._sound.feed(self._header[start:])
        if len(self._header) > _LONGEST_HEADER_BYTES:
            raise ProtocolError("a WAV file without sound")
        return b""

    def finish(self) -> bytes:
        """The rest. Raises: ProtocolError where the header never ended."""
        if self._sound is None:
            raise ProtocolError("not a WAV file, or one that ends before its sound")
        return self._sound.finish()

    def _parse(self) -> tuple[SoundStream, int] | None:
        """The stream, once the header is whole, and where the sound starts."""
        header = self._header
        if len(header) >= _RIFF_BYTES and (header[:4], header[8:_RIFF_BYTES]) != (b"RIFF", b"WAVE"):
            raise ProtocolError("not a WAV file")
        position, sound = _RIFF_BYTES, None
        while len(header) >= position + _CHUNK_HEADER_BYTES:
            name, size = struct.unpack_from("<4sI", header, position)
            position += _CHUNK_HEADER_BYTES
            if name == b"data":
                if sound is None:
                    raise ProtocolError("a WAV file that does not say its format")
                return sound, position
            if name == b"fmt " and len(header) >= position + _FORMAT_BYTES:
                sound = _sound(*struct.unpack_from("<HHIIHH", header, position))
            position += size + size % 2
        return None


def _sound(kind: int, channels: int, rate: int, _bytes_per_second: int, _block: int, bits: int) -> SoundStream:
    if kind not in _UNCOMPRESSED or bits != 8 * SAMPLE_BYTES:
        raise ProtocolError(f"a WAV file of kind {kind} with {bits} bits a sample; 16 bits uncompressed are understood")
    return SoundStream(rate, channels)

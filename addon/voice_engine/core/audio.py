"""Sound as the engine holds it (8 kHz, signed 16-bit little-endian, mono) and the way there from other formats."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import soxr

from voice_engine.core.errors import ProtocolError

SAMPLE_RATE = 8000
"""Hertz."""
SAMPLE_BYTES = 2
FRAME_SECONDS = 0.02
FRAME_BYTES = 320
"""20 ms: what AudioSocket carries and the voice detector judges at a time."""
SILENCE = bytes(FRAME_BYTES)
"""One frame of it."""
SILENCE_DBFS = -96.0
"""The level of digital silence: just below the smallest step of 16 bits."""

_FRAME_SAMPLES = FRAME_BYTES // SAMPLE_BYTES
_FULL_SCALE = 32767.0
_AUDIBLE_DBFS = -45.0
"""Quieter ends of synthesised speech are taken for silence."""

type _Samples = npt.NDArray[np.float32]


def split_frames(pcm: bytes) -> Iterator[bytes]:
    """Cut ``pcm`` into frames of ``FRAME_BYTES``; the last is padded with silence."""
    whole = len(pcm) - len(pcm) % FRAME_BYTES
    view = memoryview(pcm)
    for start in range(0, whole, FRAME_BYTES):
        yield bytes(view[start : start + FRAME_BYTES])
    if whole < len(pcm):
        yield pcm[whole:].ljust(FRAME_BYTES, b"\0")


def duration_seconds(pcm: bytes, sample_rate: int = SAMPLE_RATE) -> float:
    """How long 16-bit mono sound lasts."""
    return len(pcm) / (SAMPLE_BYTES * sample_rate)


def level_dbfs(pcm: bytes) -> float:
    """Root mean square against full scale, from ``SILENCE_DBFS`` to 0."""
    samples = _floats(pcm)
    if not samples.size:
        return SILENCE_DBFS
    return _dbfs(math.sqrt(float(np.dot(samples, samples)) / samples.size))


def frame_powers(pcm: bytes) -> list[float]:
    """Mean square of the samples of each frame, a sample's step being 1; the last frame is padded with silence."""
    samples = _floats(pcm.ljust(-(-len(pcm) // FRAME_BYTES) * FRAME_BYTES, b"\0")).reshape(-1, _FRAME_SAMPLES)
    powers: list[float] = np.mean(np.square(samples), axis=1).tolist()
    return powers


def resample(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """Change the sample rate of 16-bit mono sound, band-limited; what would clip is made quieter instead."""
    if from_hz == to_hz:
        return pcm
    return _pcm(_resampled(_floats(pcm), from_hz, to_hz))


def read_wav(data: bytes) -> bytes:
    """Turn a WAV file (8 or 16-bit PCM, any rate, any number of channels) into 8 kHz mono PCM.

    A streamed header, whose length fields are wrong, is read to the end of the data. Raises: ProtocolError.
    """
    try:
        with wave.open(io.BytesIO(data)) as reader:
            channels, width, rate = reader.getnchannels(), reader.getsampwidth(), reader.getframerate()
            raw = reader.readframes(reader.getnframes())
    except (wave.Error, EOFError) as error:
        raise ProtocolError(f"not a WAV file of uncompressed sound: {str(error) or 'it ends too early'}") from error
    if rate <= 0:
        raise ProtocolError(f"the WAV file's sample rate is {rate}")
    raw = raw[: len(raw) - len(raw) % (width * channels)]
    return _pcm(_resampled(_mono(raw, channels, width), rate, SAMPLE_RATE))


def write_wav(pcm: bytes, sample_rate: int = SAMPLE_RATE) -> bytes:
    """Wrap 16-bit mono sound into a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(sample_rate)
        writer.writeframes(pcm)
    return file.getvalue()


def normalise(pcm: bytes, target_dbfs: float, peak_dbfs: float) -> bytes:
    """Bring the level of all audible frames together to ``target_dbfs``, but no peak above ``peak_dbfs``."""
    samples = _floats(pcm)
    frames = samples[: samples.size - samples.size % _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES)
    audible = frames[_audible_frames(frames)]
    if not audible.size:
        return pcm
    level = math.sqrt(float(np.mean(np.square(audible))))
    peak = float(np.max(np.abs(samples)))
    gain = min(_amplitude(target_dbfs) / level, _amplitude(peak_dbfs) / peak)
    return _pcm(samples * np.float32(gain))


def trim_silence(pcm: bytes, lead_seconds: float, tail_seconds: float) -> bytes:
    """Shorten (or lengthen) the silence at both ends to that many whole frames; silent sound becomes empty."""
    frames = list(split_frames(pcm))
    (audible,) = np.nonzero(_audible_frames(_floats(b"".join(frames)).reshape(-1, _FRAME_SAMPLES)))
    if not audible.size:
        return b""
    first, last = int(audible[0]), int(audible[-1])
    lead, tail = round(lead_seconds / FRAME_SECONDS), round(tail_seconds / FRAME_SECONDS)
    kept = frames[max(0, first - lead) : last + 1 + tail]
    return SILENCE * max(0, lead - first) + b"".join(kept) + SILENCE * max(0, last + 1 + tail - len(frames))


def _floats(pcm: bytes) -> _Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32)


def _pcm(samples: _Samples) -> bytes:
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak > _FULL_SCALE:
        samples = samples * np.float32(_FULL_SCALE / peak)
    return np.rint(samples).astype("<i2").tobytes()


def _mono(raw: bytes, channels: int, width: int) -> _Samples:
    if width == SAMPLE_BYTES:
        samples = _floats(raw)
    elif width == 1:  # unsigned, unlike every other width
        samples = (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) * 256
    else:
        raise ProtocolError(f"the WAV file has {8 * width} bits a sample; 8 or 16 are understood")
    return samples if channels == 1 else samples.reshape(-1, channels).mean(axis=1)


def _resampled(samples: _Samples, from_hz: int, to_hz: int) -> _Samples:
    if from_hz == to_hz:
        return samples
    resampled: _Samples = soxr.resample(samples, from_hz, to_hz)
    return resampled


def _audible_frames(frames: _Samples) -> npt.NDArray[np.bool_]:
    return np.mean(np.square(frames), axis=1) > _amplitude(_AUDIBLE_DBFS) ** 2


def _amplitude(dbfs: float) -> float:
    return float((_FULL_SCALE + 1) * 10 ** (dbfs / 20))


def _dbfs(amplitude: float) -> float:
    return max(SILENCE_DBFS, 20 * math.log10(amplitude / (_FULL_SCALE + 1))) if amplitude else SILENCE_DBFS

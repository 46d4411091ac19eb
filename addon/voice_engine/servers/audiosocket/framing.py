"""Sound as it arrives (any rate AudioSocket has, any length) made into frames of 20 ms at 8 kHz."""

from __future__ import annotations

import numpy as np
import soxr

from voice_engine.core.audio import FRAME_BYTES, SAMPLE_RATE


class Framer:
    """Of one leg; keeps what does not fill a frame, and the resampler's state, from message to message."""

    def __init__(self) -> None:
        self._rest = b""
        self._rate = SAMPLE_RATE
        self._resampler: soxr.ResampleStream | None = None

    def receive(self, pcm: bytes, sample_rate: int) -> list[bytes]:
        """Take signed 16-bit little-endian mono sound and return the frames (320 bytes, 8 kHz) it completes."""
        if sample_rate != self._rate:
            self._change_rate(sample_rate)
        if self._resampler is not None:
            pcm = self._resampler.resample_chunk(np.frombuffer(pcm, "<i2")).tobytes()
        if self._rest:
            pcm = self._rest + pcm
        elif len(pcm) == FRAME_BYTES:
            return [pcm]
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        return [pcm[start : start + FRAME_BYTES] for start in range(0, whole, FRAME_BYTES)]

    def _change_rate(self, sample_rate: int) -> None:
        self._rate = sample_rate
        same = sample_rate == SAMPLE_RATE
        self._resampler = None if same else soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="int16")

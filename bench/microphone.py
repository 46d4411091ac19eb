"""What it costs to listen to a room: CPU for utterances of 3, 30 and 300 seconds, per second of sound.

    PYTHONPATH=addon python bench/microphone.py

The sound comes as arecord delivers it, an eighth of a second at a time, and goes the whole way from there to the clip
that is transcribed: level, voice detection, endpointing, one buffer. Linear cost shows as the same figure for each.
"""

from __future__ import annotations

import time

import numpy as np

from voice_engine.backends.vad_webrtc import WebRtcVoiceDetector
from voice_engine.core.microphone import MICROPHONE_RATE, SignalWatch
from voice_engine.scribe.segments import Segmenter

BLOCK_BYTES = 4000
ROUNDS = 7


def voice(seconds: int) -> bytes:
    """Something that the detector takes for voice: a hundred hertz and its harmonics, four syllables a second."""
    at = np.arange(seconds * MICROPHONE_RATE) / MICROPHONE_RATE
    hum = sum(np.sin(2 * np.pi * 100 * harmonic * at) / harmonic for harmonic in range(1, 30))
    return (hum * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at)) * 6000).astype("<i2").tobytes()


def listen(sound: bytes) -> tuple[float, int]:
    """CPU seconds, and the bytes of the utterances that came of it."""
    watch, segmenter = SignalWatch(), Segmenter(WebRtcVoiceDetector(MICROPHONE_RATE), 0.8, 600.0)
    began, clips = time.process_time(), 0
    for start in range(0, len(sound), BLOCK_BYTES):
        block = sound[start : start + BLOCK_BYTES]
        watch.feed(block)
        clips += sum(len(clip.pcm) for clip in segmenter.feed(block))
    return time.process_time() - began, clips


if __name__ == "__main__":
    first = 0.0
    for length in (3, 30, 300):
        heard = voice(length) + bytes(2 * MICROPHONE_RATE * 2)
        spent, found = min(listen(heard) for _ in range(ROUNDS))
        each = spent / (length + 2)
        first = first or each
        figures = f"{spent * 1e3:7.1f} ms, {each * 1e3:5.2f} ms a second ({each / first:.2f} of the first)"
        print(f"{length:4} s: {figures}, {found} bytes")

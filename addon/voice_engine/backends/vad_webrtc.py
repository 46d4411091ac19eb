"""Voice activity by WebRTC's detector: 2 microseconds a frame, and it learns the line's own noise."""

from __future__ import annotations

from functools import partial

import webrtcvad

from voice_engine.core.audio import SAMPLE_RATE
from voice_engine.core.voice_activity import FrameDetector

AGGRESSIVENESS = 2
"""Of 0 to 3. Steady noise up to -35 dBFS and hum are silence to it, every loud frame of speech is voice, and voice ends
120 ms after the last sound; 3 drops frames of speech and is no better against gusts."""


class WebRtcVoiceDetector:
    """A ``VoiceDetector`` for one leg, or for one microphone at its own sample rate."""

    def __init__(self, sample_rate: int = SAMPLE_RATE) -> None:
        """``sample_rate`` is 8, 16, 32 or 48 kHz."""
        self._sample_rate = sample_rate
        self.reset()

    def is_speech(self, frame: bytes) -> bool:
        """Whether a 20 ms frame (320 bytes at 8 kHz) holds voice."""
        return bool(self._detector.is_speech(frame, self._sample_rate))

    def reset(self) -> None:
        """Forget what was heard so far, the noise of the line included."""
        self._detector = webrtcvad.Vad(AGGRESSIVENESS)


def clip_detectors(sample_rate: int) -> list[FrameDetector]:
    """Fresh detectors for one clip at 8, 16, 32 or 48 kHz, from the most lenient to the strictest."""
    return [partial(_is_speech, webrtcvad.Vad(aggressiveness), sample_rate) for aggressiveness in range(4)]


def _is_speech(detector: webrtcvad.Vad, sample_rate: int, frame: bytes) -> bool:
    return bool(detector.is_speech(frame, sample_rate))

"""Tones of the telephone keypad (ITU-T Q.23): made for stations that open on a code, and told from speech."""

from __future__ import annotations

import numpy as np

from voice_engine.core.audio import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE

KEYS = ("123A", "456B", "789C", "*0#D")
LOW_HZ = (697, 770, 852, 941)
"""One for each row of keys."""
HIGH_HZ = (1209, 1336, 1477, 1633)
"""One for each column."""
LOW_PEAK = 0.3
"""Of full scale: as loud as telephones send, and with the higher tone far from what would clip."""
HIGH_PEAK = LOW_PEAK * 10 ** (2 / 20)
"""Telephone lines lose more of what is high; Q.23 has it sent 2 dB louder."""

_DETUNED = (0.98, 1.0, 1.02)
"""Receivers have to take a tone that is 1.5 % off (ITU-T Q.24), and many take more."""
_TONE_SHARE = 0.6
"""Of a frame's power in one low and one high tone; with so much else beside them receivers have long missed them."""
_LEAST_SHARE = 0.1
"""Of each of the two alone: a vowel can be one tone nearly, and has no second one that fits."""
_LEAST_POWER = 10.0**2
"""Mean square of samples: -70 dBFS, below which no receiver listens."""
_ANGLES = -2j * np.pi * np.arange(FRAME_BYTES // SAMPLE_BYTES) / SAMPLE_RATE
_PROBES = [
    np.exp(np.outer([hertz * off for hertz in group for off in _DETUNED], _ANGLES)) for group in (LOW_HZ, HIGH_HZ)
]


def is_keypad_tone(frame: bytes) -> bool:
    """Whether 20 ms of 8 kHz PCM are what a telephone takes for a key."""
    samples = np.frombuffer(frame, "<i2").astype(np.float64)
    power = float(np.dot(samples, samples))
    if power < _LEAST_POWER * len(samples):
        return False
    # Goertzel's sums, all at once: what of the power is in the strongest tone of each group.
    low, high = (2 * float(np.max(np.abs(probes @ samples) ** 2)) / (len(samples) * power) for probes in _PROBES)
    return low + high > _TONE_SHARE and min(low, high) > _LEAST_SHARE


def keypad_tones(keys: str, tone_seconds: float, gap_seconds: float) -> bytes:
    """The tones of ``keys`` (of ``0-9 A-D * #``) as 8 kHz PCM, with a gap of silence before each and at the end.

    Raises: ValueError for what is no key.
    """
    gap = np.zeros(round(gap_seconds * SAMPLE_RATE))
    parts = [part for key in keys for part in (gap, _tone(key, tone_seconds))]
    return np.rint(np.concatenate([*parts, gap]) * 32767).astype("<i2").tobytes() if keys else b""


def _tone(key: str, seconds: float) -> np.ndarray:
    row = next((row for row, keys in enumerate(KEYS) if key in keys), None)
    if row is None:
        raise ValueError(f"{key!r} is no key of a telephone")
    angles = 2 * np.pi * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    high_hz = HIGH_HZ[KEYS[row].index(key)]
    tone: np.ndarray = LOW_PEAK * np.sin(LOW_HZ[row] * angles) + HIGH_PEAK * np.sin(high_hz * angles)
    return tone

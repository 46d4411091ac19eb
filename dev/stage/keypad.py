"""A door station's ear for keypad tones: Goertzel's algorithm, 20 ms at a time."""

from __future__ import annotations

import math

from dev.stage.recording import FRAME_SAMPLES, Samples

LOW_HZ = (697, 770, 852, 941)
HIGH_HZ = (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")
PURE = 0.85
"""Share of a frame's power that its two tones have at least; speech has no such frames that last."""
LEAST_FRAMES = 2
"""Q.24: 40 ms make a key."""
QUIET = 500.0
"""Peak of a frame that is taken for silence."""


def keys_in(sound: Samples) -> str:
    """The keys whose tones are in ``sound``, in their order."""
    keys, previous, lasted = "", "", 0
    for start in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        key = _key(sound[start : start + FRAME_SAMPLES])
        lasted = lasted + 1 if key == previous else 1
        previous = key
        if lasted == LEAST_FRAMES:
            keys += key
    return keys


def _key(frame: Samples) -> str:
    """The key of one frame; empty: it is none."""
    if max(abs(int(frame.min())), abs(int(frame.max()))) < QUIET:
        return ""
    low = max(LOW_HZ, key=lambda hertz: _share(frame, hertz))
    high = max(HIGH_HZ, key=lambda hertz: _share(frame, hertz))
    if _share(frame, low) + _share(frame, high) < PURE or min(_share(frame, low), _share(frame, high)) < 0.1:
        return ""
    return KEYS[LOW_HZ.index(low)][HIGH_HZ.index(high)]


def _share(frame: Samples, hertz: float) -> float:
    """How much of the frame's power is at ``hertz``, from 0 to 1."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / 8000)
    before = last = energy = 0.0
    for sample in frame.astype(float):
        before, last = last, float(sample) + coefficient * last - before
        energy += float(sample) ** 2
    return 2 * (before**2 + last**2 - coefficient * before * last) / (len(frame) * max(energy, 1.0))

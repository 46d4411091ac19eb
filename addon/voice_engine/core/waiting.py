"""The sound that tells a waiting party that the line is alive: two soft notes and a breath of silence."""

from __future__ import annotations

from functools import cache

import numpy as np

from voice_engine.core.audio import SAMPLE_RATE

NOTES_HERTZ = (440.0, 550.0)
"""A third, as friendly as two notes can be; of none of the tones with which telephones say busy or out of order."""
NOTE_SECONDS = 0.3
PAUSE_SECONDS = 1.2
"""After the notes. Nothing is silent for longer than two seconds, a sentence's own pauses at its ends included."""
LEVEL = 0.06
"""Of full scale: well below the voice, for somebody holds it to the ear."""


@cache
def waiting_sound() -> bytes:
    """One round of it, to be played over and over: signed 16-bit little-endian mono at 8 kHz, in whole frames."""
    notes = [_note(hertz) for hertz in NOTES_HERTZ]
    return b"".join(notes) + bytes(round(PAUSE_SECONDS * SAMPLE_RATE) * 2)


def _note(hertz: float) -> bytes:
    times = np.arange(round(NOTE_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    # Swelling and fading, so that nothing clicks.
    swell = np.sin(np.pi * times / NOTE_SECONDS) ** 2
    note: bytes = (np.sin(2 * np.pi * hertz * times) * swell * LEVEL * 32767).astype("<i2").tobytes()
    return note

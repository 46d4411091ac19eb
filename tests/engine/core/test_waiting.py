"""The waiting sound: soft, of whole frames, and never silent for long."""

from __future__ import annotations

import numpy as np

from voice_engine.core.audio import FRAME_BYTES, SAMPLE_RATE, SILENCE, level_dbfs, split_frames
from voice_engine.core.waiting import waiting_sound


def test_two_seconds_of_it_are_never_silent() -> None:
    frames = [frame == SILENCE for frame in split_frames(waiting_sound() * 2)]
    longest = max(len(run) for run in "".join(" #"[silent] for silent in frames).split())
    assert longest * 0.02 < 1.5


def test_it_is_soft_and_fills_its_frames() -> None:
    assert len(waiting_sound()) % FRAME_BYTES == 0
    notes = waiting_sound()[: round(0.6 * SAMPLE_RATE) * 2]
    assert -40 < level_dbfs(notes) < -24


def test_it_does_not_click() -> None:
    samples = np.frombuffer(waiting_sound() * 2, "<i2").astype(int)
    assert np.abs(np.diff(samples)).max() < 1000

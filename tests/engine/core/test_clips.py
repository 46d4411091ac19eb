"""Clips cut into pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.clips import cut_at_pauses, split_at_pauses

RATE = 1000


def loud(seconds: float) -> bytes:
    return np.full(round(seconds * RATE), 8000, "<i2").tobytes()


def quiet(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


@given(st.integers(0, 5000), st.floats(0.1, 2.0))
def test_the_pieces_are_the_clip_and_none_is_too_long(samples: int, longest: float) -> None:
    """Whatever its length: no sample is lost, and none is split."""
    pcm = np.arange(samples, dtype="<i2").tobytes()
    pieces = list(split_at_pauses(pcm, RATE, longest))
    assert b"".join(pieces) == pcm
    assert all(0 < len(piece) <= round(longest * RATE) * 2 and len(piece) % 2 == 0 for piece in pieces)


def test_a_clip_is_cut_in_a_pause() -> None:
    first, _ = split_at_pauses(loud(7) + quiet(0.4) + loud(6), RATE, 10.0)
    assert 7.0 < len(first) / 2 / RATE < 7.4


@pytest.mark.parametrize("block", [2, 998, 16000, 10**6])
def test_where_sound_is_cut_does_not_depend_on_how_it_comes(block: int) -> None:
    """So a recording is cut alike whenever it is read."""
    rate = 1000
    loud = np.random.default_rng(1).normal(0, 3000, 9 * rate).astype("<i2")
    loud[4 * rate : 4 * rate + 400] = 0
    pcm = loud.tobytes()
    blocks = [pcm[start : start + block] for start in range(0, len(pcm), block)]
    pieces = list(cut_at_pauses(blocks, rate, 5.0))
    assert pieces == list(split_at_pauses(pcm, rate, 5.0))
    assert b"".join(pieces) == pcm
    assert len(pieces[0]) / 2 / rate == pytest.approx(4.2, abs=0.15)

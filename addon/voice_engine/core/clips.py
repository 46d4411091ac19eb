"""Clips: pieces of sound that are there as a whole, and long ones cut where they are quietest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from voice_engine.core.audio import SAMPLE_BYTES

LONGEST_PIECE_SECONDS = 15.0
"""The longest utterance of a call: every recogniser's time-outs and windows are made for that."""
_STEPS_PER_SECOND = 50
_PAUSE_STEPS = 10
"""0.2 s: the gap between two words is not much longer in fluent speech."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of sound that is there as a whole."""

    pcm: bytes
    """Signed 16-bit little-endian mono at ``sample_rate``, whole samples."""
    sample_rate: int


def split_at_pauses(pcm: bytes, sample_rate: int, longest_seconds: float = LONGEST_PIECE_SECONDS) -> Iterator[bytes]:
    """Cut 16-bit mono sound into pieces of ``longest_seconds`` at most; together they are the whole."""
    return cut_at_pauses([pcm], sample_rate, longest_seconds)


def cut_at_pauses(blocks: Iterable[bytes], sample_rate: int, longest_seconds: float) -> Iterator[bytes]:
    """The same for sound that comes in ``blocks`` of whole samples, of which no more is held than a piece and a block.

    Where it is cut depends on the sound only, not on the blocks.
    """
    longest = round(longest_seconds * sample_rate) * SAMPLE_BYTES
    held = b""
    for block in blocks:
        held += block
        start = 0
        while len(held) - start > longest:
            # Not in the first half, so that the pieces do not become many and short.
            cut = start + longest // 2 // SAMPLE_BYTES * SAMPLE_BYTES
            cut += _quietest(held[cut : start + longest], sample_rate)
            yield held[start:cut]
            start = cut
        held = held[start:]
    if held:
        yield held


def _quietest(pcm: bytes, sample_rate: int) -> int:
    """Byte in the middle of the quietest moment; the middle where all is equally loud."""
    step = sample_rate // _STEPS_PER_SECOND
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    steps = samples[: samples.size - samples.size % step].reshape(-1, step)
    if len(steps) <= _PAUSE_STEPS:
        return len(pcm) // 2 // SAMPLE_BYTES * SAMPLE_BYTES
    power = np.convolve(np.mean(np.square(steps), axis=1), np.ones(_PAUSE_STEPS), mode="valid")
    return (int(np.argmin(power)) + _PAUSE_STEPS // 2) * step * SAMPLE_BYTES

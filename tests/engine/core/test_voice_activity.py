"""Verdicts over whole clips, with detectors whose opinion is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.voice_activity import ClipJudge, DetectorSettings, FrameDetector

SETTINGS = DetectorSettings("by level", 8000)
FRAME = 160
"""Bytes of 10 ms at 8 kHz."""
LOUD = b"\x00\x20" * (FRAME // 2)
SOFT = b"\x00\x02" * (FRAME // 2)
SILENT = bytes(FRAME)


class Detectors:
    """Four of them, each stricter than the one before; counts how often they are made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Sequence[FrameDetector]:
        self.made += 1
        return [lambda frame, least=least: max(frame) >= least for least in (1, 2, 2, 0x20)]  # type: ignore[misc]


def judge(detectors: Detectors, *, enable_cache: bool = True, cache_size: int = 100) -> ClipJudge:
    return ClipJudge(SETTINGS, detectors, lambda: 0.0, enable_cache=enable_cache, cache_size=cache_size)


def test_speech_of_a_tenth_of_a_second_is_needed() -> None:
    clips = judge(Detectors())
    assert not clips.is_speech(LOUD * 9 + SILENT * 91)
    assert clips.is_speech(LOUD * 10 + SILENT * 90)
    assert clips.activity(LOUD * 10 + SILENT * 90).speech_ratio == 0.1


def test_detectors_that_disagree_make_it_less_sure() -> None:
    clips = judge(Detectors())
    assert clips.activity(LOUD * 50).confidence == 1.0
    soft = clips.activity(SOFT * 50)
    assert soft.is_speech
    assert soft.confidence == 0.75


def test_nothing_and_silence_are_no_speech() -> None:
    clips = judge(Detectors())
    for clip in (b"", b"\x01", SILENT * 100):
        activity = clips.activity(clip)
        assert not activity.is_speech
        assert activity.speech_ratio == 0.0


def test_a_clip_that_comes_again_is_not_judged_again() -> None:
    detectors = Detectors()
    clips = judge(detectors)
    assert clips.activity(LOUD * 20) == clips.activity(bytes(bytearray(LOUD * 20)))
    assert detectors.made == 1
    assert (clips.statistics.hits, clips.statistics.misses, clips.statistics.entries) == (1, 1, 1)

    assert clips.clear().entries == 1
    clips.activity(LOUD * 20)
    assert detectors.made == 2


def test_without_a_cache_every_clip_is_judged() -> None:
    detectors = Detectors()
    clips = judge(detectors, enable_cache=False)
    assert [clips.is_speech(LOUD * 20), clips.is_speech(LOUD * 20)] == [True, True]
    assert detectors.made == 2
    assert clips.statistics.misses == clips.clear().entries == 0


def test_only_so_many_verdicts_are_kept() -> None:
    detectors = Detectors()
    clips = judge(detectors, cache_size=2)
    for count in (20, 21, 22, 20):
        clips.activity(LOUD * count)
    assert detectors.made == 4
    assert clips.statistics.entries == 2


@given(st.integers(0, 15_999), st.integers(-5, 5).filter(bool))
def test_clips_that_differ_in_one_sample_do_not_share_a_verdict(position: int, step: int) -> None:
    """Not even where nobody would look: the ancestors' digest looked at 300 samples of 16 000."""
    detectors = Detectors()
    clips = judge(detectors)
    samples = np.zeros(16_000, "<i2")
    clips.activity(samples.tobytes())
    samples[position] = step
    clips.activity(samples.tobytes())
    assert detectors.made == 2


@given(st.lists(st.integers(0, 7), min_size=2, max_size=20), st.integers(1, 8))
def test_the_cache_never_changes_a_verdict(order: list[int], cache_size: int) -> None:
    clips = [LOUD * (8 + number) + SILENT * 5 for number in range(8)]
    remembering = judge(Detectors(), cache_size=cache_size)
    forgetful = judge(Detectors(), enable_cache=False)
    for number in order:
        assert remembering.activity(clips[number]) == forgetful.activity(clips[number])

"""The suite's own ear: what it would say of a damaged prompt."""

from __future__ import annotations

import numpy as np
import pytest

from dev.stage.recording import FRAME_SAMPLES, Samples, find

SPEECH_FRAMES = 200
SILENCE = np.zeros(FRAME_SAMPLES, np.int16)


@pytest.fixture
def prompt() -> Samples:
    """Four seconds of something like speech: noise of changing loudness with a pause in the middle."""
    random = np.random.default_rng(1)
    loudness = np.repeat(random.uniform(300, 8000, SPEECH_FRAMES), FRAME_SAMPLES)
    loudness[90 * FRAME_SAMPLES : 100 * FRAME_SAMPLES] = 0
    return (random.uniform(-1, 1, len(loudness)) * loudness).astype(np.int16)


def through_telephone(frames: list[Samples]) -> Samples:
    """What a phone records of frames that travelled as µ-law, between two seconds of silence."""
    sound = np.concatenate([*[SILENCE] * 100, *frames, *[SILENCE] * 100]).astype(np.float64)
    compressed = np.round(np.sign(sound) * np.log1p(255 * np.abs(sound) / 32768) / np.log(256) * 127) / 127
    expanded = np.sign(compressed) * np.expm1(np.abs(compressed) * np.log(256)) / 255 * 32768
    recorded: Samples = expanded.astype(np.int16)
    return recorded


def test_a_whole_prompt_is_whole(prompt: Samples) -> None:
    match = find(prompt, through_telephone(np.split(prompt, SPEECH_FRAMES)))
    assert match is not None
    assert match.whole
    assert (match.start, match.end) == (100, 100 + SPEECH_FRAMES)


@pytest.mark.parametrize("at", [30, 40, 150, 198])
def test_a_missing_frame_is_noticed(prompt: Samples, at: int) -> None:
    frames = np.split(prompt, SPEECH_FRAMES)
    del frames[at]
    match = find(prompt, through_telephone(frames))
    assert match is not None
    assert (match.missing, match.added) == ([at], [])


@pytest.mark.parametrize("at", [30, 40, 150, 198])
def test_a_doubled_frame_is_noticed(prompt: Samples, at: int) -> None:
    frames = np.split(prompt, SPEECH_FRAMES)
    frames.insert(at, frames[at])
    match = find(prompt, through_telephone(frames))
    assert match is not None
    assert (match.missing, match.added) == ([], [at + 1])


@pytest.mark.parametrize("at", [1, 10])
def test_damage_at_the_very_start_is_noticed(prompt: Samples, at: int) -> None:
    frames = np.split(prompt, SPEECH_FRAMES)
    del frames[at]
    match = find(prompt, through_telephone(frames))
    assert match is not None
    assert not match.whole


def test_a_gap_of_silence_is_noticed(prompt: Samples) -> None:
    frames = np.split(prompt, SPEECH_FRAMES)
    frames[60:60] = [SILENCE] * 3
    match = find(prompt, through_telephone(frames))
    assert match is not None
    assert (match.missing, match.added) == ([], [60] * 3)


def test_another_prompt_is_not_found(prompt: Samples) -> None:
    assert find(prompt, through_telephone(np.split(prompt[::-1].copy(), SPEECH_FRAMES))) is None


def test_a_prompt_cut_short_is_not_whole(prompt: Samples) -> None:
    match = find(prompt, through_telephone(np.split(prompt, SPEECH_FRAMES)[:150]))
    assert match is not None
    assert match.missing == list(range(150, SPEECH_FRAMES))

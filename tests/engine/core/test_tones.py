"""Keypad tones, decoded by Goertzel's algorithm as a door station does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.audio import FRAME_BYTES, duration_seconds, split_frames
from voice_engine.core.tones import HIGH_HZ, KEYS, LOW_HZ, is_keypad_tone, keypad_tones

WINDOW = 160


def power_at(samples: np.ndarray, hertz: float) -> float:
    """Goertzel: the share of the power that is at ``hertz``."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / 8000)
    before = last = 0.0
    for sample in samples:
        before, last = last, float(sample) + coefficient * last - before
    power = before**2 + last**2 - coefficient * before * last
    return 2 * power / (len(samples) * max(float(np.sum(samples.astype(float) ** 2)), 1e-9))


def decoded(pcm: bytes) -> str:
    """The keys, as a receiver that looks at 20 ms at a time takes them."""
    samples = np.frombuffer(pcm, "<i2")
    keys, previous = "", ""
    for start in range(0, len(samples) - WINDOW + 1, WINDOW):
        window = samples[start : start + WINDOW]
        key = ""
        if np.max(np.abs(window)) > 1000:
            low = max(range(4), key=lambda row: power_at(window, LOW_HZ[row]))
            high = max(range(4), key=lambda column: power_at(window, HIGH_HZ[column]))
            key = KEYS[low][high]
        if key != previous:
            keys, previous = keys + key, key
    return keys


@given(st.text("0123456789ABCD*#", min_size=1, max_size=8))
def test_a_station_hears_the_keys(keys: str) -> None:
    assert decoded(keypad_tones(keys, 0.1, 0.1)) == keys


def test_the_shortest_tones_are_heard_too() -> None:
    assert decoded(keypad_tones("*55#", 0.04, 0.04)) == "*55#"


@pytest.mark.parametrize("key", "".join(KEYS))
def test_frequencies_are_exact_and_levels_a_telephones(key: str) -> None:
    tone = np.frombuffer(keypad_tones(key, 1.0, 0.04), "<i2")[320:-320].astype(float)
    spectrum = np.abs(np.fft.rfft(tone)) / len(tone) * 2 / 32767
    row = next(row for row, keys in enumerate(KEYS) if key in keys)
    low, high = LOW_HZ[row], HIGH_HZ[KEYS[row].index(key)]
    assert sorted(np.argsort(spectrum)[-2:].tolist()) == [low, high]
    assert 20 * math.log10(spectrum[high] / spectrum[low]) == pytest.approx(2.0, abs=0.1)
    assert np.max(np.abs(tone)) < 32767


def test_lengths_are_as_told_and_silence_is_around() -> None:
    pcm = keypad_tones("*5#", 0.15, 0.08)
    assert duration_seconds(pcm) == pytest.approx(3 * 0.15 + 4 * 0.08)
    assert not any(pcm[: int(0.08 * 8000) * 2])


def test_no_keys_are_no_sound() -> None:
    assert keypad_tones("", 0.1, 0.1) == b""


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="'x' is no key"):
        keypad_tones("9x", 0.1, 0.1)


def dual(low_hertz: float, high_hertz: float, noise_dbfs: float = -90.0, level: float = 0.1) -> bytes:
    """Two tones of 0.2 s, off by as much as a receiver forgives, with noise beside them."""
    times = np.arange(1600) / 8000
    tones = level * (np.sin(2 * np.pi * low_hertz * times) + np.sin(2 * np.pi * high_hertz * times))
    noise = np.random.default_rng(1).standard_normal(1600) * 10 ** (noise_dbfs / 20)
    return np.clip((tones + noise) * 32767, -32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("off", [0.98, 0.985, 1.0, 1.015, 1.02])
@pytest.mark.parametrize("noise_dbfs", [-90.0, -26.0])
@pytest.mark.parametrize("level", [0.005, 0.1, 0.4])
def test_every_key_is_told_from_speech(off: float, noise_dbfs: float, level: float) -> None:
    """Detuned, quiet, and in noise a tenth as strong: no frame of any of them passes."""
    for low in LOW_HZ:
        for high in HIGH_HZ:
            frames = split_frames(dual(low * off, high * off, noise_dbfs + 20 * math.log10(level / 0.1), level))
            assert all(map(is_keypad_tone, frames)), (low, high)


@pytest.mark.parametrize("offset_samples", range(0, 160, 10))
def test_what_is_left_of_a_key_is_too_short_for_any_receiver(offset_samples: int) -> None:
    """However it falls into frames: 20 ms is the longest that a receiver may never take for a key (ITU-T Q.24)."""
    sound = bytes(2 * offset_samples) + keypad_tones("1", 0.1, 0.0) + bytes(2 * (320 - offset_samples))
    passed = [frame for frame in split_frames(sound) if any(frame) and not is_keypad_tone(frame)]
    left = sum(bool(sample) for frame in passed for sample in np.frombuffer(frame, "<i2"))
    assert left / 8000 < 0.02


def test_silence_noise_and_single_tones_are_none() -> None:
    times = np.arange(160) / 8000
    single = (3000 * np.sin(2 * np.pi * 770 * times)).astype("<i2").tobytes()
    noise = np.random.default_rng(1).normal(0, 2000, 16_000).astype("<i2").tobytes()
    assert not is_keypad_tone(bytes(FRAME_BYTES))
    assert not is_keypad_tone(single)
    assert not any(map(is_keypad_tone, split_frames(noise)))

"""Formats, levels and sample rates."""

from __future__ import annotations

import io
import math
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.audio import (
    FRAME_BYTES,
    SAMPLE_RATE,
    SILENCE,
    SILENCE_DBFS,
    duration_seconds,
    level_dbfs,
    normalise,
    read_wav,
    resample,
    split_frames,
    trim_silence,
    write_wav,
)
from voice_engine.core.errors import ProtocolError


def tone(hertz: float, seconds: float, amplitude: int, sample_rate: int = SAMPLE_RATE) -> bytes:
    """A sine of 16-bit samples."""
    angles = 2 * math.pi * hertz * np.arange(round(seconds * sample_rate)) / sample_rate
    return (amplitude * np.sin(angles)).astype("<i2").tobytes()


@given(st.binary(max_size=2000))
def test_frames_hold_all_of_the_sound_and_only_silence_more(pcm: bytes) -> None:
    frames = list(split_frames(pcm))

    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert b"".join(frames) == pcm + bytes(-len(pcm) % FRAME_BYTES)


def test_duration() -> None:
    assert duration_seconds(SILENCE) == 0.02
    assert duration_seconds(bytes(44100), 22050) == 1.0


def test_level() -> None:
    assert level_dbfs(tone(1000, 1, 32767)) == pytest.approx(-3.01, abs=0.01)
    assert level_dbfs(tone(1000, 1, 3277)) == pytest.approx(-23.01, abs=0.01)
    assert level_dbfs(b"") == level_dbfs(SILENCE) == SILENCE_DBFS


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 8000), (8000, 16000), (48000, 8000), (8000, 8000)])
def test_resampling_keeps_pitch_level_and_length(from_hz: int, to_hz: int) -> None:
    resampled = np.frombuffer(resample(tone(1000, 1, 10000, from_hz), from_hz, to_hz), "<i2").astype(float)

    assert resampled.size == to_hz
    assert np.argmax(np.abs(np.fft.rfft(resampled))) == 1000
    assert np.max(np.abs(resampled[1000:-1000])) == pytest.approx(10000, rel=0.01)


def test_resampling_lets_no_high_pitch_fold_back() -> None:
    assert level_dbfs(resample(tone(6000, 1, 20000, 22050), 22050, 8000)[2000:-2000]) < -80


def test_resampling_never_wraps_around() -> None:
    """A filter overshoots at the edges of a full-scale square wave."""
    square = np.where(np.arange(22050) % 50 < 25, 32767, -32768).astype("<i2")
    resampled = np.frombuffer(resample(square.tobytes(), 22050, 8000), "<i2").astype(int)

    assert np.max(np.abs(np.diff(resampled))) < 50000


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_any_uncompressed_wav_is_read(width: int, channels: int, rate: int) -> None:
    samples = np.frombuffer(tone(400, 0.5, 12000, rate), "<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, width, rate, 0, "NONE", ""))
        stored = samples if width == 2 else (samples // 256 + 128).astype(np.uint8)
        writer.writeframes(np.repeat(stored, channels).tobytes())

    pcm = read_wav(file.getvalue())

    assert duration_seconds(pcm) == pytest.approx(0.5, abs=0.001)
    assert level_dbfs(pcm) == pytest.approx(level_dbfs(samples.tobytes()), abs=0.2)


def test_channels_are_mixed() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, SAMPLE_RATE, 0, "NONE", ""))
        writer.writeframes(struct.pack("<4h", 1000, 3000, -500, 500))

    assert read_wav(file.getvalue()) == struct.pack("<2h", 2000, 0)


def test_wav_round_trip() -> None:
    pcm = tone(440, 0.1, 9000)

    assert read_wav(write_wav(pcm)) == pcm


def test_a_streamed_header_does_not_know_its_length() -> None:
    """As espeak-ng writes it to a pipe; the last, half sample is dropped."""
    wav = bytearray(write_wav(tone(440, 0.1, 9000)) + b"\x01")
    struct.pack_into("<I", wav, 4, 0x7FFFF024)
    struct.pack_into("<I", wav, 40, 0x7FFFF000)

    assert read_wav(bytes(wav)) == tone(440, 0.1, 9000)


@pytest.mark.parametrize("cut", [0, 4, 11, 30])
def test_a_cut_header_is_refused(cut: int) -> None:
    with pytest.raises(ProtocolError, match="not a WAV file"):
        read_wav(write_wav(SILENCE)[:cut])


def test_what_is_not_plain_pcm_is_refused() -> None:
    ulaw, deep = bytearray(write_wav(SILENCE)), io.BytesIO()
    struct.pack_into("<H", ulaw, 20, 7)
    with wave.open(deep, "wb") as writer:
        writer.setparams((1, 3, SAMPLE_RATE, 0, "NONE", ""))
        writer.writeframes(bytes(300))

    with pytest.raises(ProtocolError, match="not a WAV file of uncompressed sound"):
        read_wav(bytes(ulaw))
    with pytest.raises(ProtocolError, match="24 bits"):
        read_wav(deep.getvalue())
    with pytest.raises(ProtocolError, match="not a WAV file"):
        read_wav(b"OggS" + bytes(100))


def test_normalising_brings_quiet_and_loud_speech_to_one_level() -> None:
    for amplitude in (800, 3000, 30000):
        spoken = tone(300, 0.5, amplitude) + SILENCE * 100
        assert level_dbfs(normalise(spoken, -20.0, -3.0)[:8000]) == pytest.approx(-20.0, abs=0.1)


def test_normalising_never_exceeds_the_peak() -> None:
    clicks = bytearray(tone(300, 1.0, 500))
    struct.pack_into("<h", clicks, 4000, 30000)

    loudest = np.max(np.abs(np.frombuffer(normalise(bytes(clicks), -20.0, -6.0), "<i2")))

    assert loudest == pytest.approx(32768 * 10 ** (-6 / 20), rel=0.001)


def test_silence_stays_silence() -> None:
    assert normalise(SILENCE * 3, -20.0, -3.0) == SILENCE * 3
    assert trim_silence(SILENCE * 3, 0.1, 0.1) == b""


def test_trimming_shortens_and_lengthens() -> None:
    spoken = tone(300, 0.2, 9000)

    assert trim_silence(SILENCE * 50 + spoken + SILENCE * 40, 0.04, 0.1) == SILENCE * 2 + spoken + SILENCE * 5
    assert trim_silence(spoken, 0.04, 0.1) == SILENCE * 2 + spoken + SILENCE * 5

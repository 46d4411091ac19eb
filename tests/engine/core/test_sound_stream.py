"""Sound in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from voice_engine.core.audio import level_dbfs, resample, write_wav
from voice_engine.core.errors import ProtocolError
from voice_engine.core.sound_stream import SoundStream, WavStream


def tone(rate: int, channels: int = 1) -> bytes:
    """Half a second."""
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)).astype("<i2")
    return np.repeat(wave, channels).tobytes()


def fed(stream: SoundStream | WavStream, data: bytes, size: int) -> bytes:
    pieces = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert all(len(piece) % 2 == 0 for piece in pieces)
    return b"".join([*pieces, stream.finish()])


@pytest.mark.parametrize("size", [1, 3, 320, 1_000_000])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 48000])
def test_pieces_sound_like_the_whole(rate: int, size: int) -> None:
    whole = resample(tone(rate), rate, 8000)
    pieces = fed(SoundStream(rate), tone(rate), size)
    assert len(pieces) == pytest.approx(len(whole), abs=4)
    common = min(len(pieces), len(whole))
    difference = np.frombuffer(pieces[:common], "<i2").astype(int) - np.frombuffer(whole[:common], "<i2").astype(int)
    assert np.abs(difference).max() < 100  # of 8000


def test_stereo_becomes_mono() -> None:
    assert fed(SoundStream(8000, 2), tone(8000, 2), 333) == tone(8000)


def test_the_way_up() -> None:
    sound = fed(SoundStream(8000, to_hz=16000), tone(8000), 320)
    assert len(sound) == pytest.approx(2 * len(tone(8000)), abs=8)
    assert level_dbfs(sound) == pytest.approx(level_dbfs(tone(16000)), abs=0.5)


def test_half_a_sample_at_the_end_is_dropped() -> None:
    assert fed(SoundStream(8000), tone(8000) + b"\x01", 100) == tone(8000)


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (-8000, 1), (10**9, 1), (8000, 0), (8000, 99)])
def test_what_nobody_could_play_is_refused(rate: int, channels: int) -> None:
    with pytest.raises(ProtocolError):
        SoundStream(rate, channels)


@pytest.mark.parametrize("size", [1, 7, 44, 45, 100_000])
def test_a_wav_file_in_pieces(size: int) -> None:
    assert fed(WavStream(), write_wav(tone(8000)), size) == tone(8000)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_streamed_wav_file_with_more_in_its_header(size: int) -> None:
    plain = write_wav(tone(8000))
    header, sound = bytearray(plain[:36]), plain[44:]
    header[4:8] = b"\xff\xff\xff\xff"
    data = bytes(header) + b"LIST\x05\x00\x00\x00INFO!\x00" + b"data\xff\xff\xff\xff" + sound
    assert fed(WavStream(), data, size) == tone(8000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3 an MP3 file perhaps",
        write_wav(tone(8000))[:40],
        write_wav(tone(8000)).replace(b"fmt ", b"fmx "),
        write_wav(tone(8000)).replace(b"\x10\x00data", b"\x08\x00data"),
        write_wav(tone(8000)).replace(b"data", b"dato"),
        b"RIFF\xff\xff\xff\xffWAVE" + b"LIST\xff\xff\xff\x7f" + bytes(100_000),
    ],
)
def test_what_is_no_wav_file_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        fed(WavStream(), data, 1000)

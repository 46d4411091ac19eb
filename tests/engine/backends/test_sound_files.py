"""Sound files, written by the same library and by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from voice_engine.backends.sound_files import CLIP_RATE, SoundFiles
from voice_engine.core.audio import level_dbfs
from voice_engine.core.errors import UnreadableSound

LONGEST_SECONDS = 5.0


def tone(rate: int, channels: int = 1, seconds: float = 1.0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave.astype(np.float32)[:, None], channels, axis=1)


def file(kind: str, subtype: str | None, rate: int, channels: int, seconds: float = 1.0) -> bytes:
    written = io.BytesIO()
    soundfile.write(written, tone(rate, channels, seconds), rate, format=kind, subtype=subtype)
    return written.getvalue()


@pytest.mark.parametrize(
    ("media_type", "kind", "subtype", "rate", "channels"),
    [
        ("audio/wav", "WAV", "PCM_16", 8000, 1),
        ("audio/x-wav", "WAV", "PCM_24", 44100, 2),
        ("audio/wav", "WAV", "FLOAT", 48000, 2),
        ("audio/wav", "WAV", "ULAW", 8000, 1),
        ("audio/flac", "FLAC", None, 44100, 2),
        ("audio/ogg", "OGG", "VORBIS", 44100, 1),
        ("audio/ogg; codecs=opus", "OGG", "OPUS", 48000, 1),
        ("audio/mpeg", "MP3", None, 44100, 2),
    ],
)
async def test_a_file_becomes_a_clip(media_type: str, kind: str, subtype: str | None, rate: int, channels: int) -> None:
    """As long and as loud as it was, mono, at one rate."""
    clip = await SoundFiles().read(file(kind, subtype, rate, channels), media_type, LONGEST_SECONDS)
    assert clip.sample_rate == CLIP_RATE
    assert len(clip.pcm) / 2 / CLIP_RATE == pytest.approx(1.0, abs=0.08)  # codecs pad
    assert level_dbfs(clip.pcm) == pytest.approx(-9.0, abs=1.0)


async def test_raw_sound_says_its_rate() -> None:
    raw = (tone(8000, 2) * 32767).astype("<i2").tobytes()
    clip = await SoundFiles().read(raw, "audio/pcm;rate=8000;channels=2", LONGEST_SECONDS)
    assert len(clip.pcm) / 2 / CLIP_RATE == pytest.approx(1.0, abs=0.01)
    assert level_dbfs(clip.pcm) == pytest.approx(-9.0, abs=1.0)


@pytest.mark.parametrize("media_type", ["audio/wav", "audio/flac", "audio/pcm;rate=8000"])
async def test_long_sound_is_refused(media_type: str) -> None:
    """However small the file is: a minute of silence is a few bytes of FLAC."""
    kind = {"audio/wav": "WAV", "audio/flac": "FLAC"}.get(media_type)
    content = file(kind, None, 8000, 1, 6.0) if kind else bytes(2 * 8000 * 6)
    with pytest.raises(UnreadableSound, match="longer than 5 s"):
        await SoundFiles().read(content, media_type, LONGEST_SECONDS)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "audio/wav"),
        (b"RIFF", "audio/wav"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "audio/wav"),
        (b"fLaC" + bytes(100), "audio/flac"),
        (b"OggS" + bytes(100), "audio/ogg"),
        (b"\xff\xfb" + bytes(100), "audio/mpeg"),
        (b"ID3" + bytes(100), "audio/mpeg"),
        (b"hello there", "audio/wav"),
        (b"hello there", "video/mp4"),
        (b"hello there", ""),
        (b"FORM" + bytes(100), "audio/aiff"),
        (bytes(10), "audio/pcm;rate=0"),
        (bytes(10), "audio/pcm;rate=-1"),
        (bytes(10), "audio/pcm;rate=8000;channels=99"),
        (bytes(10), "audio/pcm;rate=" + "9" * 50),
    ],
)
async def test_what_is_no_such_sound_is_refused(content: bytes, media_type: str) -> None:
    with pytest.raises(UnreadableSound):
        await SoundFiles().read(content, media_type, LONGEST_SECONDS)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
async def test_damaged_files_are_refused_or_read_as_far_as_they_go(kind: str) -> None:
    """Never anything else."""
    media_type = {"WAV": "audio/wav", "FLAC": "audio/flac", "OGG": "audio/ogg", "MP3": "audio/mpeg"}[kind]
    whole = file(kind, None, 44100, 1)
    damage = np.random.default_rng(1)
    for _ in range(30):
        content = bytearray(whole[: damage.integers(1, len(whole))])
        for place in damage.integers(0, len(content), 5):
            content[place] = damage.integers(0, 256)
        try:
            clip = await SoundFiles().read(bytes(content), media_type, LONGEST_SECONDS)
        except UnreadableSound:
            continue
        assert len(clip.pcm) % 2 == 0

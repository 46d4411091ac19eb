"""The real detector on noise and on voice."""

from __future__ import annotations

import time

import numpy as np
import pytest

from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.backends.vad_webrtc import WebRtcVoiceDetector, clip_detectors
from voice_engine.core.audio import FRAME_BYTES, SILENCE, level_dbfs, split_frames
from voice_engine.core.transcript import Language
from voice_engine.core.voice_activity import ClipJudge, DetectorSettings


def share_voiced(pcm: bytes) -> float:
    """How many of the whole frames are voice to a fresh detector."""
    detector = WebRtcVoiceDetector()
    verdicts = [detector.is_speech(frame) for frame in split_frames(pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES])]
    return sum(verdicts) / len(verdicts)


def noise(level: float, seconds: float) -> bytes:
    """White noise of ``level`` dBFS."""
    samples = np.random.default_rng(1).standard_normal(round(seconds * 8000)) * 32768 * 10 ** (level / 20)
    return samples.astype("<i2").tobytes()


@pytest.mark.parametrize("level", [-70, -60, -50, -40])
def test_line_noise_is_no_voice(level: float) -> None:
    assert share_voiced(noise(level, 10)) < 0.03


def test_digital_silence_and_hum_are_no_voice() -> None:
    hum = 300 * np.sin(2 * np.pi * 50 * np.arange(40000) / 8000)

    assert share_voiced(SILENCE * 100) == 0
    assert share_voiced(hum.astype("<i2").tobytes()) < 0.03


async def test_voice_is_heard_and_forgotten() -> None:
    pcm = await EspeakSynthesizer().synthesize("Whom would you like to visit?", Language.ENGLISH)
    loud = [frame for frame in split_frames(pcm) if level_dbfs(frame) > -30]
    detector = WebRtcVoiceDetector()
    verdicts = [detector.is_speech(frame) for frame in loud]
    detector.reset()

    assert sum(verdicts) / len(verdicts) > 0.95
    assert not detector.is_speech(SILENCE), "no voice lingers after a reset"


async def test_whole_clips() -> None:
    """What was said is speech to all four, the noise of a line to none; the order of clips changes nothing."""
    said = await EspeakSynthesizer().synthesize("Whom would you like to visit?", Language.ENGLISH)
    clips = ClipJudge(
        DetectorSettings("webrtc", 8000), lambda: clip_detectors(8000), time.monotonic, enable_cache=False
    )
    first, hum, again = clips.activity(said), clips.activity(noise(-50, 2)), clips.activity(said)

    assert first == again
    assert first.is_speech
    assert first.confidence == 1.0
    assert not hum.is_speech

"""The microphone, made from its settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voice_engine.backends.microphone_recorder import RecorderMicrophone
from voice_engine.backends.microphone_switch import MicrophoneSwitch
from voice_engine.backends.vad_webrtc import WebRtcVoiceDetector
from voice_engine.core.microphone import MICROPHONE_RATE
from voice_engine.core.settings_microphone import MicrophoneSettings
from voice_engine.core.transcript import Language
from voice_engine.scribe.microphone import Microphone, MicrophoneAudience
from voice_engine.scribe.scribe import Scribe
from voice_engine.scribe.segments import Segmenter


def make_microphone(
    chosen: MicrophoneSettings,
    scribe: Scribe,
    audience: MicrophoneAudience,
    data_directory: Path,
    language: Callable[[], Language],
) -> Microphone:
    """Make it; it captures nothing before it runs. ``language`` gives what is spoken where none was chosen for it."""
    return Microphone(
        RecorderMicrophone(chosen),
        Segmenter(WebRtcVoiceDetector(MICROPHONE_RATE), chosen.silence_threshold_seconds, chosen.max_utterance_seconds),
        scribe,
        lambda: chosen.language or language(),
        keeper=MicrophoneSwitch(data_directory, chosen.enabled),
        audience=audience,
    )

"""Settings of the microphone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings_schema import Check, choice, number, text_like, truth
from voice_engine.core.transcript import Language


class MicrophoneSource(StrEnum):
    """Where the sound comes from."""

    PULSEAUDIO = "pulseaudio"
    """A source of a PulseAudio server, which is what Home Assistant gives to apps."""
    ALSA = "alsa"
    """A sound card of this machine."""
    PIPE = "pipe"
    """A named pipe into which another program writes: signed 16-bit little-endian mono at 16 kHz."""


@dataclass(frozen=True, slots=True)
class MicrophoneSettings:
    """How the room is listened to."""

    enabled: bool = False
    """Whether it listens from the start on, until that is switched."""
    source: MicrophoneSource = MicrophoneSource.PULSEAUDIO
    device: str = ""
    """Of the source: a PulseAudio source, an ALSA device, the path of the pipe; empty: the default one."""
    language: Language | None = None
    """What is spoken in the room, where it is not the general language."""
    silence_threshold_seconds: float = 0.8
    """Silence that ends an utterance: people who talk to each other leave longer gaps than at a door's question."""
    max_utterance_seconds: float = 15.0
    """Who speaks longer is transcribed in pieces."""


MICROPHONE_SECTION: dict[str, tuple[type, dict[str, Check]]] = {
    "microphone": (
        MicrophoneSettings,
        {
            "enabled": truth,
            "source": choice(MicrophoneSource),
            # No space, quote or brace: ALSA would read a definition of a device in them.
            "device": text_like(r"[A-Za-z0-9_./:,=+@-]+", "a device such as plughw:1,0, or the path of a named pipe"),
            "language": choice(Language),
            "silence_threshold_seconds": number(0.2, 3),
            "max_utterance_seconds": number(5, 30),  # longer than that no recogniser hears at once
        },
    )
}


def check_microphone(settings: MicrophoneSettings) -> None:
    """Find out whether the source can be opened at all. Raises: SettingsError."""
    if settings.source is MicrophoneSource.PIPE and not settings.device.startswith("/"):
        raise SettingsError("microphone.device", "must be the path of a named pipe, as microphone.source is pipe")

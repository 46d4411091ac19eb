"""Services and servers known by name: where they are, what they can do, and with which model to begin."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SpeechPreset:
    """How a preset speaks by OpenAI's API."""

    model: str
    voice: str
    sound_format: str = "pcm"
    """``pcm`` (24 kHz) or ``wav``."""


@dataclass(frozen=True, slots=True)
class ChatPreset:
    """How a preset answers by OpenAI's API."""

    model: str
    """Empty: the one the server has loaded."""
    reasoning_effort: str = ""
    """For models that think before they speak; ``none`` keeps one that may from it."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A service that speaks OpenAI's API. What it cannot do is None; all of it can be set otherwise."""

    base_url: str
    needs_key: bool = False
    transcription_model: str | None = None
    speech: SpeechPreset | None = None
    chat: ChatPreset | None = None


PRESETS = MappingProxyType(
    {
        "openai": Preset(
            "https://api.openai.com/v1",
            needs_key=True,
            # Until 26 February 2027. Its successor gpt-transcribe tells no confidence: every permission is asked back.
            transcription_model="gpt-4o-mini-transcribe",
            # Until 6 January 2027. On this API nothing is to follow.
            speech=SpeechPreset("gpt-4o-mini-tts", "alloy"),
            # It thinks by default, which takes longer than a turn.
            chat=ChatPreset("gpt-6-luna", reasoning_effort="none"),
        ),
        "groq": Preset(
            "https://api.groq.com/openai/v1",
            needs_key=True,
            transcription_model="whisper-large-v3-turbo",
            # Its voices speak English and Arabic, no Portuguese: not offered.
            chat=ChatPreset("openai/gpt-oss-20b", reasoning_effort="low"),
        ),
        "ollama": Preset("http://localhost:11434/v1", chat=ChatPreset("llama3.2:3b")),
        "lm_studio": Preset("http://localhost:1234/v1", chat=ChatPreset("qwen2.5-3b-instruct")),
        "vllm": Preset(
            "http://localhost:8000/v1",
            transcription_model="openai/whisper-large-v3-turbo",
            chat=ChatPreset("Qwen/Qwen2.5-3B-Instruct"),
        ),
        "speaches": Preset(
            "http://localhost:8000/v1",
            transcription_model="Systran/faster-whisper-small",
            # Its raw sound has the rate of the voice; a WAV file says which.
            speech=SpeechPreset("speaches-ai/piper-pt_BR-faber-medium", "faber", sound_format="wav"),
        ),
        "llama_cpp": Preset("http://localhost:9931/v1", chat=ChatPreset("")),
    }
)
"""By the name that settings use. Addresses of servers at home are the ports these programs come with.

docs/engines.md says when these were checked against the services' documentation.
"""

AZURE_REGION_URLS = MappingProxyType(
    {
        "transcription": "https://{region}.stt.speech.microsoft.com",
        "speech": "https://{region}.tts.speech.microsoft.com",
        "tokens": "https://{region}.api.cognitive.microsoft.com",
    }
)
"""Where Azure Speech is, by what it is asked for."""

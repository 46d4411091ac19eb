"""Makes the backends that are reached over the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import aiohttp

from voice_engine.assembly.catalog import Entry
from voice_engine.backends import llm_anthropic
from voice_engine.backends.llm_anthropic import AnthropicLanguageModel
from voice_engine.backends.llm_openai import OpenAiLanguageModel
from voice_engine.backends.stt_azure import AzureTranscriber
from voice_engine.backends.stt_openai import OpenAiTranscriber
from voice_engine.backends.stt_wyoming import WyomingTranscriber
from voice_engine.backends.tts_azure import AzureSynthesizer
from voice_engine.backends.tts_openai import OpenAiSynthesizer, SoundFormat, Voice
from voice_engine.backends.tts_wyoming import WyomingSynthesizer
from voice_engine.backends.web import Endpoint
from voice_engine.backends.wyoming_link import WyomingServer
from voice_engine.core.engines import EnginePort
from voice_engine.core.presets import AZURE_REGION_URLS, PRESETS, Preset
from voice_engine.core.transcript import Language
from voice_engine.voice.ports import LanguageModel, Synthesizer, Transcriber

type Backend = Transcriber | Synthesizer | LanguageModel


@dataclass(frozen=True, slots=True)
class Network:
    """What all of them share."""

    session: aiohttp.ClientSession
    language: Language
    """The door's: a voice is a voice of one language."""


type Maker = Callable[[Entry, Network], Backend]


def make_by_openai(port: EnginePort, entry: Entry, network: Network) -> Backend:
    """A service that speaks OpenAI's API. Raises: SettingsError."""
    preset = PRESETS[entry.kind]
    endpoint = Endpoint(entry.name, entry.settings.url or preset.base_url, entry.settings.api_key)
    if port is EnginePort.STT:
        model = entry.settings.model or preset.transcription_model or ""
        return OpenAiTranscriber(network.session, endpoint, model)
    if port is EnginePort.TTS:
        return _speaker_by_openai(entry, network, endpoint, preset)
    chat = preset.chat
    # How much a model thinks is the matter of the preset's own.
    effort = chat.reasoning_effort if chat and not entry.settings.model else ""
    return OpenAiLanguageModel(network.session, endpoint, entry.settings.model or (chat.model if chat else ""), effort)


def _speaker_by_openai(entry: Entry, network: Network, endpoint: Endpoint, preset: Preset) -> Synthesizer:
    speech = preset.speech
    if speech is None:
        raise AssertionError("the catalog asks only for what a preset offers")
    voice = Voice(entry.settings.model or speech.model, entry.settings.voice or speech.voice)
    return OpenAiSynthesizer(network.session, endpoint, voice, SoundFormat(speech.sound_format))


def _anthropic(entry: Entry, network: Network) -> Backend:
    url = entry.settings.url or llm_anthropic.BASE_URL
    endpoint = Endpoint(entry.name, url, entry.settings.api_key)
    return AnthropicLanguageModel(network.session, endpoint, entry.settings.model or llm_anthropic.MODEL)


def _azure_endpoint(entry: Entry, service: str) -> Endpoint:
    return Endpoint(entry.name, AZURE_REGION_URLS[service].format(region=entry.settings.region), entry.settings.api_key)


def _azure_transcriber(entry: Entry, network: Network) -> Backend:
    return AzureTranscriber(network.session, _azure_endpoint(entry, "transcription"), _azure_endpoint(entry, "tokens"))


def _azure_synthesizer(entry: Entry, network: Network) -> Backend:
    endpoint, tokens = _azure_endpoint(entry, "speech"), _azure_endpoint(entry, "tokens")
    return AzureSynthesizer(network.session, endpoint, tokens, voices=_voices(entry, network))


def _wyoming_transcriber(entry: Entry, _network: Network) -> Backend:
    return WyomingTranscriber(WyomingServer.from_uri(entry.name, entry.settings.url), entry.settings.model)


def _wyoming_synthesizer(entry: Entry, network: Network) -> Backend:
    return WyomingSynthesizer(WyomingServer.from_uri(entry.name, entry.settings.url), _voices(entry, network))


def _voices(entry: Entry, network: Network) -> Mapping[Language, str]:
    languages = entry.settings.languages or (network.language,)
    return dict.fromkeys(languages, entry.settings.voice) if entry.settings.voice else {}


MAKERS: Mapping[tuple[str, EnginePort], Maker] = MappingProxyType(
    {
        ("anthropic", EnginePort.LLM): _anthropic,
        ("azure", EnginePort.STT): _azure_transcriber,
        ("azure", EnginePort.TTS): _azure_synthesizer,
        ("wyoming", EnginePort.STT): _wyoming_transcriber,
        ("wyoming", EnginePort.TTS): _wyoming_synthesizer,
    }
)
"""Those that do not speak OpenAI's API."""

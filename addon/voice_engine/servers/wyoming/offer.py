"""What the engine offers over Wyoming, and which of our languages a client means."""

from __future__ import annotations

from collections.abc import Iterable

from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice

from voice_engine.core.transcript import Language

PROGRAM = "voice-engine"
_BY = Attribution("Voice Processor", "https://github.com/voice-processor/voice-processor")
_HEARS = "The door's speech recognition, behind the door's calls"
_SPEAKS = "The door's voice"


def offer(version: str, heard: Iterable[Language], spoken: Iterable[Language]) -> Info:
    """What is told of the engine: languages in which open speech is ``heard``, and those that are ``spoken``.

    A client that chooses a voice names no language beside it, so each language has a voice of its own.
    """
    languages = [str(language) for language in heard]
    model = AsrModel(PROGRAM, _BY, installed=True, description=_HEARS, version=version, languages=languages)
    recogniser = AsrProgram(PROGRAM, _BY, installed=True, description=_HEARS, version=version, models=[model])
    voices = [
        TtsVoice(
            voice_name(language), _BY, installed=True, description=_SPEAKS, version=version, languages=[str(language)]
        )
        for language in spoken
    ]
    speaker = TtsProgram(PROGRAM, _BY, installed=True, description=_SPEAKS, version=version, voices=voices)
    return Info(asr=[recogniser] if languages else [], tts=[speaker] if voices else [])


def voice_name(language: Language) -> str:
    """What the voice of a language is called."""
    return f"{PROGRAM}-{language}"


def language_of_voice(name: str | None) -> Language | None:
    """The language of a voice; None: no voice is called that."""
    return next((language for language in Language if voice_name(language) == name), None)


def language_of(spelling: str | None) -> Language | None:
    """Ours that a client means by ``pt``, ``pt_BR`` or ``PT-br``; None: it names none, or none that is ours."""
    wanted = (spelling or "").replace("_", "-").casefold()
    exact = next((language for language in Language if language.casefold() == wanted), None)
    base = wanted.partition("-")[0]
    return exact or next((language for language in Language if language.casefold().partition("-")[0] == base), None)

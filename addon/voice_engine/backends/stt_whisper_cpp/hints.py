"""What whisper.cpp is given with an utterance: the sound in its format, how much of it there is, and what to expect."""

from __future__ import annotations

import math

from voice_engine.core.audio import SAMPLE_BYTES, SAMPLE_RATE, duration_seconds, resample, write_wav
from voice_engine.core.transcript import Expectation, Language

MODEL_RATE = 16000

_WINDOW_SECONDS = 30.0
_WINDOW_STEPS = 1500
"""Of the encoder for the whole window: 50 a second."""
_MARGIN_STEPS = 128
_LEAST_STEPS = 512
"""Below about three tenths of the window models become unstable and repeat themselves."""
_FRUGAL_MARGIN_STEPS = 32
_FRUGAL_LEAST_STEPS = 448
"""As near to three tenths as multiples of 64 come, which is what the encoder works in."""
_LEAST_SECONDS = 1.25
"""Shorter sound is padded with silence: models are trained on whole phrases, and versions of whisper.cpp before 1.8
returned nothing for less than a second."""
_PROMPT_CHARACTERS = 400
"""About 160 tokens of names; of more than 224 whisper.cpp would use the end only."""


def sound(pcm: bytes, sample_rate: int = SAMPLE_RATE) -> bytes:
    """Make a WAV file of the model's rate. Blocks for 1 ms a second of sound."""
    padded = pcm.ljust(round(_LEAST_SECONDS * sample_rate) * SAMPLE_BYTES, b"\0")
    return write_wav(resample(padded, sample_rate, MODEL_RATE), MODEL_RATE)


def audio_context(pcm: bytes, sample_rate: int = SAMPLE_RATE, *, frugal: bool = False) -> int:
    """How many of the encoder's steps the utterance needs: the time spent grows with them.

    ``frugal``: as few as can be, at some risk for the last word.
    """
    margin, least = (_FRUGAL_MARGIN_STEPS, _FRUGAL_LEAST_STEPS) if frugal else (_MARGIN_STEPS, _LEAST_STEPS)
    steps = math.ceil(duration_seconds(pcm, sample_rate) / _WINDOW_SECONDS * _WINDOW_STEPS) + margin
    return min(_WINDOW_STEPS, max(least, steps))


def prompt(expectation: Expectation) -> str:
    """Names and units as the directory spells them, as many as fit.

    Never answers: a model that is not sure tends to hear what it was told.
    """
    chosen: list[str] = []
    length = 0
    for hint in (*expectation.names, *expectation.units):
        length += len(hint) + len(", ")
        if length > _PROMPT_CHARACTERS:
            break
        chosen.append(hint)
    return f"{', '.join(chosen)}." if chosen else ""


def language_code(language: Language) -> str:
    """What whisper calls it: languages have no countries there."""
    return language.split("-")[0]

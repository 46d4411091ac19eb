"""What whisper.cpp answers, and whether it is believed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from voice_engine.backends.stt_whisper_cpp.config import WhisperConfig
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.hallucinations import is_hallucination
from voice_engine.core.transcript import Transcript

_SPECIAL = re.compile(r"\[_.*\]")
"""A token that is no text, such as ``[_EOT_]``."""
_WORDS_PER_SECOND = 6.0
"""Nobody speaks faster; a model that makes up a sentence for a cough does."""
_SHORT_WORDS = 4
"""Not judged so: how much of a short answer is voice is uncertain."""
_IMPOSSIBLE = 1e-10
"""The least a token counts as, for its logarithm to exist."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of what was understood."""

    text: str
    logprob: float
    """Mean over its tokens of the natural logarithm of their probability; minus infinity where that is not known."""
    no_speech: float
    """How likely there was no speech at all."""


def server_segments(answer: bytes) -> tuple[Segment, ...]:
    """Read ``verbose_json``. Raises: BackendGarbled."""
    try:
        return tuple(_server_segment(segment) for segment in json.loads(answer)["segments"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackendGarbled("whisper-server's answer is not the JSON it should be") from error


def command_segments(output: bytes) -> list[tuple[Segment, ...]]:
    """Read what ``whisper-cli --output-json-full --output-file -`` writes, one object per recording.

    Raises: BackendGarbled.
    """
    # Control characters stand in its strings as they are.
    decoder = json.JSONDecoder(strict=False)
    text = output.decode(errors="replace").strip()
    recordings = []
    try:
        while text:
            recording, end = decoder.raw_decode(text)
            recordings.append(tuple(_command_segment(segment) for segment in recording["transcription"]))
            text = text[end:].lstrip()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackendGarbled("whisper-cli's output is not the JSON it should be") from error
    return recordings


def transcript(
    segments: Sequence[Segment], config: WhisperConfig, prompt: str, speech_seconds: float | None
) -> Transcript:
    """Take all of it or nothing: half of an answer may say its opposite.

    ``speech_seconds`` is how much voice there was, where that is known.
    """
    spoken = [segment for segment in segments if segment.text.strip()]
    if not spoken:
        return Transcript("", 0.0)
    text = " ".join("".join(segment.text for segment in spoken).split())
    confidence = min(1.0, math.exp(min(segment.logprob for segment in spoken)))
    believed = (
        all(_is_sure(segment, config) for segment in spoken)
        and _could_be_said(text, speech_seconds)
        and not is_hallucination(text, prompt)
    )
    return Transcript(text if believed else "", confidence)


def _is_sure(segment: Segment, config: WhisperConfig) -> bool:
    return segment.logprob >= config.min_logprob and segment.no_speech <= config.max_no_speech


def _could_be_said(text: str, speech_seconds: float | None) -> bool:
    return speech_seconds is None or len(text.split()) <= _SHORT_WORDS + _WORDS_PER_SECOND * speech_seconds


def _server_segment(segment: dict[str, Any]) -> Segment:
    # The mean it tells counts tokens that are no text; short answers seem surer by that than they are.
    words = segment.get("words", ())
    return Segment(
        text=str(segment["text"]),
        logprob=_mean(float(word["probability"]) for word in words),
        no_speech=float(segment["no_speech_prob"]),
    )


def _command_segment(segment: dict[str, Any]) -> Segment:
    tokens = (token for token in segment["tokens"] if not _SPECIAL.fullmatch(token["text"]))
    # How likely there was no speech it does not tell; it leaves out by itself what is above its bound.
    return Segment(str(segment["text"]), _mean(float(token["p"]) for token in tokens), 0.0)


def _mean(probabilities: Iterable[float]) -> float:
    logarithms = [math.log(max(_IMPOSSIBLE, probability)) for probability in probabilities]
    return sum(logarithms) / len(logarithms) if logarithms else -math.inf

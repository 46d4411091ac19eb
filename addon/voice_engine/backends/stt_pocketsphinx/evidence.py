"""How well a sentence explains what was heard: pocketsphinx's results, and the measure that rejects the wrong ones."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Question

FRAMES_PER_SECOND = 100
"""Of the recogniser's own frames, which have nothing to do with those of a leg."""
SILENT_WORDS = frozenset({"<s>", "</s>", "<sil>", "[NOISE]"})
LEAST_PROBABILITY = 1e-6
"""Stands for those printed as ``0.000``."""
MIN_COVERAGE = 0.5
"""How much of the speech the words must cover: ``yes`` found somewhere in a longer sentence does not."""
MAX_FRAMES_PER_SOUND = 25
"""A quarter of a second; speech has 0.13 s in the mean, while whistles and music are stretched vowels."""
MAX_MISFIT_PER_FRAME = 0.0011
"""Of a unit. It keeps 97 % of those that were said, and of 707 other sentences 2 become a home that exists."""
ANSWER_MISFIT = 0.07
ANSWER_MISFIT_PER_SOUND = -0.0125
"""Of an answer: every sound more must fit better than free ones, which do not know their neighbours. It keeps 96 % of
the permissions that were said; of 1,361 sentences that were not made to sound like one, 5 become one."""
MAX_WORD_MISFIT_PER_FRAME = 0.0015
"""Of each word of an answer: one wrong word makes another sentence, such as ``let him wait``."""
CERTAIN_MARGIN = 0.1
"""Who fits that much better than needed is certain."""
ANSWER_CERTAIN_MARGIN = 0.15
"""The same of an answer. With this and the two that follow, of 1,490 sentences that were no permission, 345 of them
sounding like one, none is certain to be one; ``bench/false_grants.py`` measures it."""
CERTAIN_COVERAGE = 0.66
"""Of an answer that is certain: what lies beside its words is too short for a word that changes them."""
ORDERS = frozenset({"let", "open", "come", "send"})
"""First words of permissions that begin other sentences, or end them: ``let him in tomorrow``, ``who let him in``. An
agreement in front of them is heard in no such sentence."""
DOUBTFUL_CONFIDENCE = 0.85
"""The most for an answer that may be part of another sentence."""

_VARIANT = re.compile(r"\(\d+\)$")
"""Marks a word's second and further pronunciations."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A word, or silence, and where it was heard."""

    word: str
    start: int
    """In frames."""
    frames: int
    log_probability: float
    """Of the sound, given the word; comparable between results for the same sound only."""

    @property
    def spoken(self) -> bool:
        """Whether it is a word."""
        return self.word not in SILENT_WORDS

    def share_within(self, other: Segment) -> float:
        """How much of it lies where ``other`` was heard, from 0 to 1."""
        common = min(self.start + self.frames, other.start + other.frames) - max(self.start, other.start)
        return max(0, common) / self.frames


@dataclass(frozen=True, slots=True)
class Recognition:
    """What one search made of an utterance; no segments: nothing."""

    segments: tuple[Segment, ...] = ()

    @classmethod
    def parse(cls, output: bytes) -> Recognition:
        """Read the line of JSON that ``pocketsphinx single`` prints. Raises: BackendError."""
        try:
            segments = json.loads(output)["w"]
            return cls(tuple(_segment(segment) for segment in segments if segment["t"] != "(NULL)"))
        except (ValueError, KeyError, TypeError) as error:
            raise BackendError(f"pocketsphinx printed something else than a result: {error!r}") from error

    @property
    def text(self) -> str:
        """The words."""
        return " ".join(_VARIANT.sub("", segment.word) for segment in self.segments if segment.spoken)

    @property
    def speech(self) -> frozenset[int]:
        """The frames with words."""
        return frozenset(
            frame
            for segment in self.segments
            if segment.spoken
            for frame in range(segment.start, segment.start + segment.frames)
        )

    @property
    def log_probability(self) -> float:
        """Of all the sound."""
        return sum(segment.log_probability for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An expected sentence beside the free sounds that fit best; all limits were measured on such pairs."""

    expected: Recognition
    free: Recognition
    sounds: Mapping[str, int]
    """How many sounds each word has."""

    def confidence(self, question: Question) -> float:
        """From 0 to 1; from 0.5 on the sentence was said."""
        if not self._words or not self.free.segments or not self._plausible:
            return 0.0
        if question is Question.ANSWER:
            if max(map(self._word_misfit, self._words)) > MAX_WORD_MISFIT_PER_FRAME:
                return 0.0
            margin, most = ANSWER_CERTAIN_MARGIN, 1.0 if self._whole else DOUBTFUL_CONFIDENCE
            allowed = ANSWER_MISFIT + ANSWER_MISFIT_PER_SOUND * sum(self.sounds[word.word] for word in self._words)
        else:
            margin, most = CERTAIN_MARGIN, 1.0
            allowed = MAX_MISFIT_PER_FRAME * len(self._speech)
        misfit = self.free.log_probability - self.expected.log_probability
        return min(most, max(0.0, 0.5 + 0.5 * (allowed - misfit) / margin))

    @property
    def _words(self) -> list[Segment]:
        return [segment for segment in self.expected.segments if segment.spoken]

    @property
    def _speech(self) -> frozenset[int]:
        return self.expected.speech | self.free.speech

    @property
    def _coverage(self) -> float:
        return len(self.expected.speech) / len(self._speech)

    @property
    def _whole(self) -> bool:
        """Whether it is no part of another sentence, as far as can be heard."""
        return self._coverage >= CERTAIN_COVERAGE and _VARIANT.sub("", self._words[0].word) not in ORDERS

    @property
    def _plausible(self) -> bool:
        slowest = max(word.frames / self.sounds[word.word] for word in self._words)
        return self._coverage >= MIN_COVERAGE and slowest <= MAX_FRAMES_PER_SOUND

    def _word_misfit(self, word: Segment) -> float:
        """How much better free sounds fit where ``word`` was heard, per frame."""
        free = sum(segment.log_probability * segment.share_within(word) for segment in self.free.segments)
        return (free - word.log_probability) / word.frames


def _segment(fields: dict[str, Any]) -> Segment:
    return Segment(
        word=fields["t"],
        start=round(fields["b"] * FRAMES_PER_SECOND),
        frames=max(1, round(fields["d"] * FRAMES_PER_SECOND)),
        log_probability=math.log(max(fields["p"], LEAST_PROBABILITY)),
    )

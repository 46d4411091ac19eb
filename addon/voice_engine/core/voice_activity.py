"""Whether a whole clip holds speech: a verdict that depends on the clip alone, remembered for clips that come again.

For clips that arrive as a whole, such as a recording or an upload. The live path of a call does not use it: there the
detection of a frame costs 2 microseconds, less than the digest a memory would need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from voice_engine.core.audio import SAMPLE_BYTES, level_dbfs
from voice_engine.core.cache import Cache, CacheStatistics

MIN_SPEECH_SECONDS = 0.1
"""Voiced less, it is a click or a cough: no word is shorter."""
QUIET_DBFS = -60.0
"""Below it nothing is speech, whatever detectors make of the noise of a converter."""
_FRAMES_PER_SECOND = 100
"""Frames of 10 ms: the shortest the detectors take."""

type FrameDetector = Callable[[bytes], bool]
"""Whether a frame of 10 ms holds voice; keeps state from frame to frame."""


@dataclass(frozen=True, slots=True)
class ClipActivity:
    """What a clip holds."""

    is_speech: bool
    speech_seconds: float
    """How much of it is voiced, by the detector in the middle."""
    speech_ratio: float
    """The same as a share of its length, from 0 to 1."""
    level_dbfs: float
    """As ``core.audio.level_dbfs`` gives it."""
    confidence: float
    """The share of detectors, from the most to the least lenient, that come to the same verdict."""


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What a verdict depends on besides the clip."""

    name: str
    """Detector and version."""
    sample_rate: int


class ClipJudge:
    """Judges clips, each by fresh detectors, so that no clip changes what is said of the next."""

    def __init__(
        self,
        settings: DetectorSettings,
        make_detectors: Callable[[], Sequence[FrameDetector]],
        clock: Callable[[], float],
        *,
        enable_cache: bool = True,
        cache_size: int = 100,
    ) -> None:
        """``make_detectors`` gives them from the most lenient to the strictest; the middle one's verdict counts."""
        self._frame_bytes = settings.sample_rate // _FRAMES_PER_SECOND * SAMPLE_BYTES
        self._make_detectors = make_detectors
        self._salt = sha256(repr(settings).encode())
        self._cache: Cache[bytes, ClipActivity] | None = Cache(cache_size, clock) if enable_cache else None

    @property
    def statistics(self) -> CacheStatistics:
        """How often a clip came again."""
        return self._cache.statistics if self._cache else CacheStatistics()

    def clear(self) -> CacheStatistics:
        """Forget all verdicts; gives what was held."""
        return self._cache.clear() if self._cache else CacheStatistics()

    def is_speech(self, pcm: bytes) -> bool:
        """Whether a clip holds speech: signed 16-bit little-endian mono at the settings' sample rate."""
        return self.activity(pcm).is_speech

    def activity(self, pcm: bytes) -> ClipActivity:
        """What a clip holds, and how sure that is. Its last frame counts only if it is whole."""
        if self._cache is None:
            return self._judge(pcm)
        digest = self._salt.copy()
        digest.update(pcm)  # over every sample: two clips that differ in one never share a verdict
        key = digest.digest()
        activity = self._cache.get(key)
        if activity is None:
            activity = self._judge(pcm)
            self._cache.put(key, activity)
        return activity

    def _judge(self, pcm: bytes) -> ClipActivity:
        size = self._frame_bytes
        frames = [pcm[start : start + size] for start in range(0, len(pcm) - size + 1, size)]
        level = level_dbfs(pcm[: len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES])
        voiced = [sum(map(detector, frames)) for detector in self._make_detectors()]
        verdicts = [count >= MIN_SPEECH_SECONDS * _FRAMES_PER_SECOND and level > QUIET_DBFS for count in voiced]
        middle = len(verdicts) // 2
        return ClipActivity(
            is_speech=verdicts[middle],
            speech_seconds=voiced[middle] / _FRAMES_PER_SECOND,
            speech_ratio=voiced[middle] / len(frames) if frames else 0.0,
            level_dbfs=level,
            confidence=verdicts.count(verdicts[middle]) / len(verdicts),
        )

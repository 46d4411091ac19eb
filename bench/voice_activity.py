"""What a remembered verdict saves: one second of sound at 16 kHz, judged and remembered, in one run."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable

import numpy as np

from voice_engine.backends.vad_webrtc import clip_detectors
from voice_engine.core.voice_activity import ClipJudge, DetectorSettings

RATE = 16_000


def judge(*, enable_cache: bool) -> ClipJudge:
    """A judge over the real detectors."""
    return ClipJudge(
        DetectorSettings("webrtc", RATE), lambda: clip_detectors(RATE), time.monotonic, enable_cache=enable_cache
    )


def microseconds(case: Callable[[], object]) -> float:
    """The best of seven rounds."""
    timer = timeit.Timer(case)
    count, _ = timer.autorange()
    return min(timer.repeat(7, count)) / count * 1e6


if __name__ == "__main__":
    clip = np.random.default_rng(1).normal(0, 2000, RATE).astype("<i2").tobytes()
    judged, remembered = judge(enable_cache=False), judge(enable_cache=True)
    remembered.activity(clip)
    slow, fast = microseconds(lambda: judged.activity(clip)), microseconds(lambda: remembered.activity(clip))
    print(f"judged {slow:8.1f} µs\nremembered {fast:4.1f} µs\nratio {slow / fast:9.1f}")

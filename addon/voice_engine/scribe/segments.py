"""Cuts the endless sound of a room into what was said."""

from __future__ import annotations

import math

from voice_engine.core.audio import FRAME_SECONDS, SAMPLE_BYTES
from voice_engine.core.clips import Clip
from voice_engine.core.endpointing import (
    MIN_VOICED_FRAMES,
    Endpointer,
    EndpointEvent,
    Endpointing,
    SpeechStarted,
    UtteranceEnded,
)
from voice_engine.core.microphone import MICROPHONE_RATE
from voice_engine.voice.listener import PRE_ROLL_FRAMES, TAIL_FRAMES
from voice_engine.voice.ports import VoiceDetector

FRAME_BYTES = round(MICROPHONE_RATE * FRAME_SECONDS) * SAMPLE_BYTES


class Segmenter:
    """Endpointing without a clock: time is what has been heard.

    Every byte is copied a fixed number of times, however long an utterance is: one buffer takes it, and is cut once.
    """

    def __init__(self, detector: VoiceDetector, silence_seconds: float, max_utterance_seconds: float) -> None:
        """``detector`` judges frames of 20 ms at 16 kHz."""
        self._detector = detector
        self._patience = Endpointing(silence_seconds, math.inf, max_utterance_seconds)
        self._begin()

    def _begin(self) -> None:
        self._endpointer = Endpointer(self._patience, 0.0)
        self._rest = b""
        # Until speech is certain it holds what came before; from then on the whole utterance, bounded by endpointing.
        self._sound = bytearray()
        self._speaking = False
        self._seconds = 0.0

    def feed(self, pcm: bytes) -> list[Clip]:
        """Take what comes, in pieces of any size; gives the utterances that have ended with it."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        ended = (self._hear(pcm[start : start + FRAME_BYTES]) for start in range(0, whole, FRAME_BYTES))
        return [clip for clip in ended if clip is not None]

    def finish(self) -> list[Clip]:
        """The sound has broken off: gives the utterance that was being said, if one was, and begins anew."""
        clip = self._cut(self._endpointer.tick(math.inf))
        self._detector.reset()
        self._begin()
        return [clip] if clip else []

    def _hear(self, frame: bytes) -> Clip | None:
        self._seconds += FRAME_SECONDS
        self._sound += frame
        if not self._speaking and len(self._sound) > (PRE_ROLL_FRAMES + MIN_VOICED_FRAMES) * FRAME_BYTES:
            del self._sound[:FRAME_BYTES]
        return self._cut(self._endpointer.hear(self._detector.is_speech(frame), self._seconds))

    def _cut(self, event: EndpointEvent | None) -> Clip | None:
        if isinstance(event, SpeechStarted):
            self._speaking = True
        if not isinstance(event, UtteranceEnded):
            return None
        wanted = len(self._sound) - max(event.silent_frames - TAIL_FRAMES, 0) * FRAME_BYTES
        with memoryview(self._sound) as view:
            clip = Clip(bytes(view[:wanted]), MICROPHONE_RATE)
        self._sound = bytearray()
        self._speaking = False
        return clip

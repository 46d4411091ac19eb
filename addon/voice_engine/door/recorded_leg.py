"""A leg whose sound is kept, both ways: what the party says and what is played to it.

What another party says live is left out: that one's own leg records it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from voice_engine.core.audio import FRAME_BYTES, FRAME_SECONDS, SILENCE
from voice_engine.core.events import Party
from voice_engine.core.records import RecordedFrame
from voice_engine.door.forwarding_leg import ForwardingLeg
from voice_engine.voice.ports import CallRecorder, Leg, LegSink, Playout

GUST_FRAMES = 25
"""Half a second. Frames that a stalled machine reads at once follow one another; those that come later than that come
after a gap."""


@dataclass(slots=True)
class _Sound:
    """Something played to the party."""

    playout: Playout
    pcm: bytes
    position: int = 0


class RecordedLeg(ForwardingLeg):
    """A ``Leg`` and, towards the real one, a ``LegSink``. Its time is the call's: the frames that arrive drive it."""

    def __init__(self, leg: Leg, call_id: str, party: Party, recorder: CallRecorder, began_at: float) -> None:
        """``began_at``: the call's beginning, on the loop's clock."""
        super().__init__(leg)
        self._call_id = call_id
        self._party = party
        self._recorder = recorder
        self._began_at = began_at
        self._clock = asyncio.get_running_loop().time
        self._next = -GUST_FRAMES - 1
        """Where the next frame belongs, if it follows the last one."""
        self._sink: LegSink | None = None
        self._playing: deque[_Sound] = deque()

    # As a leg.

    def listen(self, sink: LegSink) -> None:
        """Deliver to ``sink``, and record, from now on."""
        self._sink = sink
        super().listen(self)

    def play(self, pcm: bytes) -> Playout:
        """Queue sound, and record it when it is heard."""
        playout = super().play(pcm)
        self._playing.append(_Sound(playout, pcm))
        return playout

    def stop_playing(self) -> None:
        """Drop all that is queued."""
        super().stop_playing()
        self._playing.clear()

    def hang_up(self) -> None:
        """End the leg once all that is queued has been heard."""
        # On a machine that lags, the party's own sound of the last words has not been read yet, and never will be.
        while self._lags:
            self._record(SILENCE)
        super().hang_up()

    # As a sink.

    def on_frame(self, frame: bytes) -> None:
        """Record it, with what is said to the party at the same time, and pass it on."""
        self._record(frame)
        if self._sink is not None:
            self._sink.on_frame(frame)

    def on_digit(self, digit: str) -> None:
        """Pass it on."""
        if self._sink is not None:
            self._sink.on_digit(digit)

    def on_closed(self) -> None:
        """Pass it on."""
        if self._sink is not None:
            self._sink.on_closed()

    @property
    def _lags(self) -> bool:
        """Whether something has been heard by the party that is not recorded yet."""
        if not self._playing or (started_at := self._playing[0].playout.started_at) is None:
            return False
        heard_frames = round((self._clock() - started_at) / FRAME_SECONDS)
        return self._playing[0].position < heard_frames * FRAME_BYTES

    def _record(self, heard: bytes) -> None:
        now = round((self._clock() - self._began_at) / FRAME_SECONDS)
        position = self._next if abs(now - self._next) <= GUST_FRAMES else now
        self._next = position + 1
        self._recorder.record(RecordedFrame(self._call_id, self._party, position, heard, self._next_said()))

    def _next_said(self) -> bytes:
        if not self._playing or self._playing[0].playout.started_at is None:
            return SILENCE
        sound = self._playing[0]
        frame = sound.pcm[sound.position : sound.position + FRAME_BYTES]
        sound.position += FRAME_BYTES
        if sound.position >= len(sound.pcm):
            self._playing.popleft()
        return frame.ljust(FRAME_BYTES, b"\0")

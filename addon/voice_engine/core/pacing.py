"""When the frames of one leg are due: an absolute schedule, told the time and never asking for it."""

from __future__ import annotations

import math

from voice_engine.core.audio import FRAME_SECONDS

LEAD_FRAMES = 3
"""How far a leg may be ahead of real time, catching up included: 60 ms.

Asterisk has no jitter buffer in this direction; at 80 ms between its clock and the sound it has got, it re-stamps the
RTP stream, which is heard. Less lead would spare no delay worth having, and leave gaps when a small computer stalls.
"""

IDLE_LEAD_FRAMES = 2
"""The lead while only silence is sent, whose gaps nobody hears: the frame that is spared lets a reply begin at once,
and not with the leg's next frame."""

_ROUNDING_SECONDS = 1e-6
"""Far below a frame and far above the rounding of a monotonic clock that has run for years."""


class Pacer:
    """The schedule of one leg. Frame after frame is heard at ``next += 0.020``, and sent up to the lead earlier.

    While the lead fills, frames go out ``transmission_delay_ms`` apart. A leg that was held up sends what is missing
    at once; one held up by more than the lead starts over from the present (an underflow: its party heard a gap).
    """

    def __init__(self, transmission_delay_ms: float) -> None:
        self.transmission_delay_ms = transmission_delay_ms
        """Milliseconds between frames while the lead fills; may be changed at any time."""
        self.lead_frames = LEAD_FRAMES
        """How far the leg may be ahead now; may be changed at any time, up to ``LEAD_FRAMES``."""
        self.underflows = 0
        """How often the party ran out of sound."""
        self._origin = 0.0
        self._sent = 0
        self._last_sent_at = -math.inf
        self._filling = True

    def start(self, first_heard_at: float) -> None:
        """Begin with nothing sent; ``first_heard_at`` is when the first frame's sound begins."""
        self._origin = first_heard_at
        self._sent = 0
        self._filling = True

    @property
    def heard_at(self) -> float:
        """When the last frame taken so far will have been heard, and the next one begins."""
        return self._origin + self._sent * FRAME_SECONDS

    @property
    def due_at(self) -> float:
        """When ``take`` will next return a frame."""
        room_at = self._origin + (self._sent - self.lead_frames + 1) * FRAME_SECONDS
        if not self._filling:
            return room_at
        return max(room_at, self._fill_at())

    def take(self, now: float) -> int:
        """How many frames to send now, ``lead_frames`` at most; they count as sent."""
        missing = self._missing(now)
        if missing > self.lead_frames:
            self._start_over(now)
            missing = self._missing(now)
        if missing <= 0:
            return 0
        if self._filling:
            if now + _ROUNDING_SECONDS < self._fill_at():
                return 0
            self._filling = missing > 1
            missing = 1
        self._sent += missing
        self._last_sent_at = now
        return missing

    def _missing(self, now: float) -> int:
        """How many frames the lead lacks."""
        begun = math.floor((now - self._origin + _ROUNDING_SECONDS) / FRAME_SECONDS)
        return begun + self.lead_frames - self._sent

    def _fill_at(self) -> float:
        """When the next frame of a lead that fills goes out: never later than real time needs it."""
        return min(self._last_sent_at + self.transmission_delay_ms / 1000, self.heard_at)

    def _start_over(self, now: float) -> None:
        """Move on by whole frames, so that legs keep the phases in which the metronome spread them."""
        self._origin += math.ceil((now - self.heard_at - _ROUNDING_SECONDS) / FRAME_SECONDS) * FRAME_SECONDS
        self.underflows += 1
        self._filling = True

"""Barge-in: when somebody who speaks while we do has spoken long enough to be given the word."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from voice_engine.core.audio import FRAME_SECONDS
from voice_engine.core.endpointing import ACTIVE_FRAMES, WINDOW_FRAMES

GAP_FRAMES = 15
"""0.3 s: between syllables voices sink below our echo, and between words people breathe; who pauses for longer has said
something else than an answer."""
ONSET_FRAMES = 5
"""What is kept of the tenth of a second before a voice was louder than our echo: soft consonants come first, and more
of it would be our own words."""
LONGEST_FRAMES = 250
"""Five seconds: what is kept of somebody who speaks while we do, and may not interrupt us."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame that arrived while we spoke."""

    frame: bytes
    voiced: bool
    """Whether it held voice that is louder than our echo."""


class Interruption:
    """Follows one party while something is said to it."""

    def __init__(self, seconds: float) -> None:
        """``seconds`` of voice interrupt us; infinite: none does, but what was said is kept all the same."""
        self._seconds = seconds
        self._window: deque[bool] = deque(maxlen=WINDOW_FRAMES)
        self._heard: deque[Heard] = deque(maxlen=LONGEST_FRAMES)
        self._voiced_frames = 0
        self._gap_frames = 0

    @property
    def frames(self) -> tuple[Heard, ...]:
        """What is being said, from its beginning; empty: nothing."""
        return tuple(self._heard) if self._voiced_frames else ()

    def hold_on(self) -> None:
        """Interrupt no more, however long somebody speaks."""
        self._seconds = math.inf

    def forget(self) -> None:
        """Begin anew."""
        self._voiced_frames = self._gap_frames = 0
        self._window.clear()
        self._heard.clear()

    def hear(self, frame: bytes, voiced: bool) -> bool:
        """Take a frame; ``voiced``: with voice that is no echo. True: it is time to give way."""
        self._window.append(voiced)
        self._heard.append(Heard(frame, voiced))
        if voiced and sum(self._window) >= ACTIVE_FRAMES:
            # The frames that made it certain count too.
            self._voiced_frames += 1 if self._voiced_frames else sum(self._window)
            self._gap_frames = 0
        elif self._voiced_frames:
            self._gap_frames += 1
            if self._gap_frames > GAP_FRAMES:
                self.forget()
        while not self._voiced_frames and len(self._heard) > ONSET_FRAMES + WINDOW_FRAMES:
            self._heard.popleft()
        return self._voiced_frames * FRAME_SECONDS >= self._seconds

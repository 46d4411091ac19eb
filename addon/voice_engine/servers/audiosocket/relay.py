"""Somebody else's voice on its way to one party, live: every frame of it, as little late as its arrival allows.

Frames arrive in gusts: a telephone may send several at once, and a computer that stalls reads all that came meanwhile.
None of them may be lost; the delay that this leaves is taken back in the pauses of speech.
"""

from __future__ import annotations

from collections import deque

from voice_engine.core.audio import level_dbfs

RESERVE_FRAMES = 2
"""40 ms, in which a late frame is not missed. The first frame after a gap waits so long, and no more is left out of
pauses than what is beyond it."""
MOST_FRAMES = 25
"""Half a second: people who hear each other later than that interrupt each other. More pushes out the oldest."""
WATCHED_FRAMES = 100
"""Two seconds. What was never needed for so long is delay for nothing: a gust comes more often, or was the last."""
QUIET_DBFS = -45.0
"""Frames below are no speech, and nobody misses one."""
NOISY_FRAMES = 2 * WATCHED_FRAMES
"""Without a quiet frame for so long there are no pauses to wait for, as in a loud street."""
NOISY_PACE_FRAMES = 25
"""There one frame in half a second is left out, the quietest of those that wait."""


class Relay:
    """Frames in the order they arrived. Two clocks drift apart: the faster loses a pause, the slower hears a gap."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque(maxlen=MOST_FRAMES)
        self._wait = RESERVE_FRAMES
        """How many frames of silence are still heard before what has arrived."""
        self._least = MOST_FRAMES
        """The fewest frames that were left over, of all times that one was taken since the watch began."""
        self._watched = 0
        """How often that was."""

    def add(self, frame: bytes) -> None:
        """Take 20 ms of sound."""
        self._frames.append(frame)

    def take_frame(self) -> bytes | None:
        """The next frame; None: nothing has arrived."""
        if not self._frames:
            if self._watched:  # otherwise it has begun already: mostly nobody talks, and every leg asks all the time
                self._begin()
            return None
        if self._wait:
            self._wait -= 1
            return None
        self._catch_up()
        frame = self._frames.popleft()
        self._least = min(self._least, len(self._frames))
        self._watched += 1
        return frame

    def drop(self) -> None:
        """Forget what was not heard."""
        self._frames.clear()
        self._begin()

    def _begin(self) -> None:
        self._wait = RESERVE_FRAMES
        self._watch()

    def _watch(self) -> None:
        self._least, self._watched = MOST_FRAMES, 0

    def _catch_up(self) -> None:
        """Leave a quiet frame out where more wait than were needed for a while."""
        if self._watched < WATCHED_FRAMES:
            return
        if self._least <= RESERVE_FRAMES:
            self._watch()
        elif level_dbfs(self._frames[0]) < QUIET_DBFS:
            self._leave_out(0)
        elif self._watched >= NOISY_FRAMES:
            self._leave_out(min(range(len(self._frames)), key=lambda index: level_dbfs(self._frames[index])))
            self._watched = NOISY_FRAMES - NOISY_PACE_FRAMES

    def _leave_out(self, index: int) -> None:
        del self._frames[index]
        self._least -= 1

"""Sound on its way to one party: what waits, what was sent and not yet heard, and who waits for its end."""

from __future__ import annotations

import asyncio
from collections import deque

from voice_engine.core.audio import FRAME_BYTES, SILENCE


class SocketPlayout:
    """One piece of sound; implements ``voice.ports.Playout``."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm = memoryview(pcm)
        self._started_at: float | None = None
        self._settled = asyncio.Event()
        self._heard_to_end = False
        self.heard_at = 0.0
        """When the last frame sent so far will have been heard."""

    @property
    def started_at(self) -> float | None:
        """When its first frame was sent; None while it waits."""
        return self._started_at

    async def finished(self) -> bool:
        """Wait until it was heard to its end; False: it was not."""
        await self._settled.wait()
        return self._heard_to_end

    @property
    def sent(self) -> bool:
        """Whether no frame of it is left."""
        return not self._pcm

    def take_frame(self, now: float, heard_at: float) -> bytes:
        """The next frame, sent now and heard to its end at ``heard_at``; the last one is padded with silence."""
        if self._started_at is None:
            self._started_at = now
        self.heard_at = heard_at
        frame = bytes(self._pcm[:FRAME_BYTES])
        self._pcm = self._pcm[FRAME_BYTES:]
        return frame if len(frame) == FRAME_BYTES else frame.ljust(FRAME_BYTES, b"\0")

    def settle(self, *, heard_to_end: bool) -> None:
        """Let those who wait for the end go on."""
        self._heard_to_end = heard_to_end
        self._settled.set()


def never_heard() -> SocketPlayout:
    """Sound for a leg that is over."""
    playout = SocketPlayout(b"")
    playout.settle(heard_to_end=False)
    return playout


class PlayoutQueue:
    """All sound of one leg, in order."""

    def __init__(self) -> None:
        self._waiting: deque[SocketPlayout] = deque()
        self._in_flight: deque[SocketPlayout] = deque()
        """Sent, and not yet heard to its end."""

    @property
    def idle(self) -> bool:
        """Whether everything was heard, or dropped."""
        return not self._waiting and not self._in_flight

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to be sent."""
        return not self._waiting

    def add(self, pcm: bytes) -> SocketPlayout:
        """Append sound; sound of no length is a frame of silence."""
        playout = SocketPlayout(pcm or SILENCE)
        self._waiting.append(playout)
        return playout

    def take_frame(self, now: float, heard_at: float) -> bytes | None:
        """The next frame, sent now and heard to its end at ``heard_at``; None: there is nothing to say."""
        if not self._waiting:
            return None
        playout = self._waiting[0]
        frame = playout.take_frame(now, heard_at)
        if playout.sent:
            self._in_flight.append(self._waiting.popleft())
        return frame

    def settle(self, now: float) -> None:
        """Tell those who wait for what has been heard by now."""
        while self._in_flight and self._in_flight[0].heard_at <= now:
            self._in_flight.popleft().settle(heard_to_end=True)

    def drop_waiting(self) -> None:
        """Forget what was not sent to its end."""
        while self._waiting:
            self._waiting.popleft().settle(heard_to_end=False)

    def drop(self) -> None:
        """Forget everything: nobody hears it any more."""
        self.drop_waiting()
        while self._in_flight:
            self._in_flight.popleft().settle(heard_to_end=False)

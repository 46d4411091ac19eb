"""One sentence on its way from the synthesizer: made once, heard by all who wait for it while it still grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from voice_engine.core.audio import FRAME_BYTES
from voice_engine.core.errors import BackendUnavailable
from voice_engine.voice.ports import Leg, Playout, Speech

PREBUFFER_BYTES = 15 * FRAME_BYTES
"""0.3 s are there before the first is played: what comes over a network comes in bursts."""


class Synthesis:
    """Sound that grows. Its failure is a result, so that it ends nobody else's work."""

    def __init__(
        self, tasks: asyncio.TaskGroup, pieces: AsyncGenerator[Speech], on_over: Callable[[Synthesis], None]
    ) -> None:
        """``on_over`` is told once nothing more will come."""
        self.pcm = bytearray()
        self.identity = self.backend = ""
        """Who speaks, as ``Speech`` tells it, once there is sound."""
        self.kept = False
        """Whether it was made before."""
        self.complete = False
        """Whether all of it is there."""
        self._over = False
        self._error: Exception | None = None
        self._listeners = 0
        self._on_over = on_over
        self._changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = tasks.create_task(self._run(pieces))
        self._task.add_done_callback(self._stopped)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._over

    async def has(self, size: int) -> None:
        """Wait until ``size`` bytes are there, or all there will be.

        Raises: BackendError where it fails before, CancelledError where it is stopped.
        """
        while len(self.pcm) < size and not self._over:
            await asyncio.shield(self._changed)
        if len(self.pcm) < size and self._error is not None:
            raise self._error

    async def whole(self) -> bytes:
        """Wait for all of it. Raises: as ``has``."""
        while not self._over:
            await asyncio.shield(self._changed)
        if self._error is not None:
            raise self._error
        return bytes(self.pcm)

    def join(self) -> None:
        """Somebody wants it; must be followed by one ``leave``."""
        self._listeners += 1

    def leave(self) -> None:
        """Somebody wants it no more; when the last leaves before its end, it is stopped."""
        self._listeners -= 1
        if not self._listeners:
            self.stop()

    def stop(self) -> None:
        """Make no more of it; without effect where it is over."""
        if not self._over:
            self._over = True
            self._error = BackendUnavailable("the sentence was given up before all of it was there")
            self._task.cancel()

    async def _run(self, pieces: AsyncGenerator[Speech]) -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    self.pcm += piece.pcm
                    self.identity, self.backend, self.kept = piece.identity, piece.backend, piece.kept
                    self._tell()
        except Exception as error:  # noqa: BLE001 - raised again in every call that waits for it
            self._error = error
        else:
            self.complete = True
        self._over = True
        self._on_over(self)
        self._tell()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            self._over = True
            self._on_over(self)
            self._changed.cancel()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.get_running_loop().create_future()
        changed.set_result(None)


class GrowingPlayout:
    """A ``Playout`` of sound that still grows. Whoever waits for its end is who plays the rest of it."""

    def __init__(self, leg: Leg, synthesis: Synthesis) -> None:
        """The sound must be there as far as ``PREBUFFER_BYTES``, and its listener joined; the end leaves it."""
        self._leg = leg
        self._synthesis = synthesis
        self._played = 0
        self._first = self._last = self._play()

    @property
    def started_at(self) -> float | None:
        """When its first frame was sent."""
        return self._first.started_at

    async def finished(self) -> bool:
        """Play what comes, and wait until the last frame has been heard; cancelled, nothing more is played.

        Between two pieces that come too late there is silence. Raises: BackendError where the rest will not come.
        """
        synthesis = self._synthesis
        try:
            while True:
                await synthesis.has(self._played + FRAME_BYTES)
                if self._leg.closed:
                    return False
                if len(synthesis.pcm) > self._played:
                    self._last = self._play()
                elif synthesis.over:
                    break
        finally:
            synthesis.leave()
        return await self._last.finished()

    def _play(self) -> Playout:
        """Play what there is: whole frames, for the leg pads the last of each piece with silence."""
        end = len(self._synthesis.pcm)
        if not self._synthesis.over:
            end -= (end - self._played) % FRAME_BYTES
        piece = bytes(self._synthesis.pcm[self._played : end])
        self._played = end
        return self._leg.play(piece)

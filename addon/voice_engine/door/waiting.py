"""A party that waits hears the waiting sound whenever nothing is said to it."""

from __future__ import annotations

import asyncio

from voice_engine.core.waiting import waiting_sound
from voice_engine.voice.ports import Leg


class Waiting:
    """The waiting sound of one leg. Sentences queue behind the round that is being played."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._wanted = False
        self._playing: asyncio.Task[None] | None = None

    def begin(self, group: asyncio.TaskGroup, *, at_once: bool) -> None:
        """Want the sound; it is played ``at_once``, or from the next ``resume`` on."""
        self._wanted = True
        if at_once:
            self.resume(group)

    def resume(self, group: asyncio.TaskGroup) -> None:
        """Nothing is said any more: play, if it is wanted."""
        if self._wanted and self._playing is None:
            self._playing = group.create_task(self._play())

    def pause(self) -> None:
        """Something was queued: the round that is being played is heard to its end, and no more."""
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None

    def end(self) -> bool:
        """Want it no more. Whether a round of it may still be queued on the leg, with nothing behind it."""
        self._wanted = False
        was_playing = self._playing is not None
        self.pause()
        return was_playing

    async def _play(self) -> None:
        while await self._leg.play(waiting_sound()).finished():
            pass
        self._playing = None

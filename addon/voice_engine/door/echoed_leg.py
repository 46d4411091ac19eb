"""A leg that tells an echo estimate all it plays: prompts, tones and the waiting sound, in one piece or in many.

What another party says live is left out: nobody is asked meanwhile, so its echo disturbs nothing.
"""

from __future__ import annotations

import asyncio

from voice_engine.core.echo import EchoEstimate
from voice_engine.door.forwarding_leg import ForwardingLeg
from voice_engine.voice.ports import Leg, Playout


class EchoedLeg(ForwardingLeg):
    """A ``Leg`` in front of the real one."""

    def __init__(self, leg: Leg, echo: EchoEstimate) -> None:
        super().__init__(leg)
        self._echo = echo

    def play(self, pcm: bytes) -> Playout:
        """Queue sound, of which an echo may come back."""
        playout = super().play(pcm)
        self._echo.play(pcm, lambda: playout.started_at)
        return playout

    def stop_playing(self) -> None:
        """Drop all that is queued: no echo will come of it."""
        super().stop_playing()
        self._echo.stop(asyncio.get_running_loop().time())

"""A leg in front of another: what all that stand there have in common."""

from __future__ import annotations

from uuid import UUID

from voice_engine.voice.ports import Leg, LegSink, Playout


class ForwardingLeg:
    """A ``Leg`` that passes everything on to the one behind it; those made of it do something beside that."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    @property
    def leg_id(self) -> UUID:
        """The UUID the connection introduced itself with."""
        return self._leg.leg_id

    @property
    def closed(self) -> bool:
        """Whether the party is gone."""
        return self._leg.closed

    def listen(self, sink: LegSink) -> None:
        """Deliver what arrives from now on to ``sink``."""
        self._leg.listen(sink)

    def play(self, pcm: bytes) -> Playout:
        """Queue sound."""
        return self._leg.play(pcm)

    def relay(self, frame: bytes) -> None:
        """Let the party hear another one live."""
        self._leg.relay(frame)

    def stop_playing(self) -> None:
        """Drop all that is queued."""
        self._leg.stop_playing()

    def hang_up(self) -> None:
        """End the leg once all that is queued has been heard."""
        self._leg.hang_up()

    async def wait_closed(self) -> None:
        """Return when the connection is gone."""
        await self._leg.wait_closed()

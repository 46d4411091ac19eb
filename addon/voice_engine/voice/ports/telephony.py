"""The two ends of a call, and the telephone system that brings them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from voice_engine.core.events import RefusedPeer


class LegSink(Protocol):
    """Receives what arrives on a leg; called in the event loop, must return at once."""

    def on_frame(self, frame: bytes) -> None:
        """20 ms of sound: 320 bytes, signed 16-bit little-endian mono at 8 kHz."""
        ...

    def on_digit(self, digit: str) -> None:
        """A key of the keypad: one of ``0-9 A-D * #``."""
        ...

    def on_closed(self) -> None:
        """The party hung up, or the connection broke; called once, nothing follows."""
        ...


class Playout(Protocol):
    """Sound on its way to a party."""

    async def finished(self) -> bool:
        """Wait until the last frame has been heard. False: it was cut, or the leg closed, before its end."""
        ...

    @property
    def started_at(self) -> float | None:
        """When its first frame was sent (the loop's monotonic clock); None while it waits."""
        ...


class Leg(Protocol):
    """One party's sound, both ways. Sends silence whenever nothing is played."""

    @property
    def leg_id(self) -> UUID:
        """The UUID the connection introduced itself with."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the party is gone."""
        ...

    def listen(self, sink: LegSink) -> None:
        """Deliver what arrives from now on to ``sink`` (``on_closed`` at once if the leg is closed already)."""
        ...

    def play(self, pcm: bytes) -> Playout:
        """Queue sound (8 kHz, signed 16-bit little-endian mono; the last frame is padded with silence)."""
        ...

    def relay(self, frame: bytes) -> None:
        """Let the party hear 20 ms of somebody else, live: in order, where nothing is played, or not at all if late."""
        ...

    def stop_playing(self) -> None:
        """Drop all that is queued or relayed; what was not yet sent is not heard."""
        ...

    def hang_up(self) -> None:
        """End the leg once all that is queued has been heard."""
        ...

    async def wait_closed(self) -> None:
        """Return when the connection is gone."""
        ...


class LegAdmission(Protocol):
    """Decides which legs may come in; asked once per connection, after its UUID is known."""

    def admit_visitor(self, leg: Leg) -> bool:
        """Take a visitor's leg. False: no (engine full, stopping, or UUID in use); the server hangs up."""
        ...

    def admit_resident(self, leg: Leg) -> bool:
        """Take a resident's leg. False unless its UUID was handed out by us and not used before."""
        ...


type RefusalListener = Callable[[RefusedPeer], None]
"""Told when a machine was turned away at an AudioSocket port."""


class RingResult(StrEnum):
    """What became of ringing a phone."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    """Somebody saw it ring and sent the call away."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class RingOutcome:
    """The result with the telephone system's own words for the log."""

    result: RingResult
    cause: str = ""


class TelephoneSystem(Protocol):
    """Asterisk, as far as the door needs it."""

    @property
    def connected(self) -> bool:
        """Whether phones can be rung now."""
        ...

    async def ring(self, phone: str, leg_id: UUID, ring_seconds: float, caller_id: str) -> RingOutcome:
        """Ring ``phone`` (such as ``PJSIP/501``); once taken, it connects to the resident port with ``leg_id``.

        Returns when it was taken or given up; never raises for a phone that cannot be rung. Cancelling stops the
        ringing and hangs the phone up.
        """
        ...

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:
        """Number of the station whose channel opened ``leg_id``; None if not known within ``wait_seconds``."""
        ...

"""Reaching residents: ring a phone, and know the leg that comes back as theirs by a UUID used once."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID, uuid4

from voice_engine.voice.ports import Leg, RingResult, TelephoneSystem

_LOGGER = logging.getLogger(__name__)

LEG_SECONDS = 5.0
"""From a phone's answer to its sound: Asterisk gives its connection to us 2 s per address, and may try two."""


class Residents:
    """Phones being rung, each under a UUID that admits one leg, once."""

    def __init__(self, telephone: TelephoneSystem, caller_id: str) -> None:
        """``caller_id`` is what the phone shows."""
        self._telephone = telephone
        self._caller_id = caller_id
        self._expected: dict[UUID, asyncio.Future[Leg]] = {}

    def claim(self, leg: Leg) -> bool:
        """Take a leg whose UUID is expected. False: we never handed it out, or it was used."""
        expected = self._expected.pop(leg.leg_id, None)
        if expected is None or expected.done():
            return False
        expected.set_result(leg)
        return True

    async def call(self, phone: str, ring_seconds: float) -> Leg | RingResult:
        """Ring ``phone`` until its leg is here, or the result that says why it is not. Cancelling stops the ringing."""
        leg_id = uuid4()
        arriving: asyncio.Future[Leg] = asyncio.get_running_loop().create_future()
        self._expected[leg_id] = arriving
        handed_over = False
        try:
            outcome = await self._telephone.ring(phone, leg_id, ring_seconds, self._caller_id)
            if outcome.result is not RingResult.ANSWERED:
                _LOGGER.info("Phone not reached: %s (%s)", outcome.result, outcome.cause)
                return outcome.result
            async with asyncio.timeout(LEG_SECONDS):
                leg = await arriving
            handed_over = True
        except TimeoutError:
            _LOGGER.warning(
                "A phone was answered but its sound did not reach the resident port within %g s; "
                "asterisk.engine_address must be where Asterisk reaches the engine",
                LEG_SECONDS,
            )
            return RingResult.UNREACHABLE
        else:
            return leg
        finally:
            self._expected.pop(leg_id, None)
            if arriving.done() and not arriving.cancelled() and not handed_over:
                arriving.result().hang_up()

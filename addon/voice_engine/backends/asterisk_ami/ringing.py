"""One phone that was asked to ring: what Asterisk tells about it, and what that means."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from voice_engine.core.ami import Message
from voice_engine.voice.ports import RingOutcome, RingResult

_BY_CAUSE = {
    16: RingResult.NO_ANSWER,  # normal clearing, before anybody answered
    17: RingResult.BUSY,
    18: RingResult.NO_ANSWER,  # no user responding
    19: RingResult.NO_ANSWER,  # user alerting, no answer
    21: RingResult.DECLINED,  # call rejected: SIP's 603, which phones send for a key pressed on purpose
}
"""Hang-up causes (ITU-T Q.850) that tell more than Asterisk's reason; of the others none was a phone that rang."""

_BY_REASON = {
    "1": RingResult.NO_ANSWER,  # hung up by the other side
    "3": RingResult.NO_ANSWER,  # it was ringing when the time was over
    "5": RingResult.BUSY,
}
"""``Reason`` of ``OriginateResponse``: the last thing the phone told. 0 (failed) and 8 (congestion) are left."""


class Ringing:
    """Follows one ``Originate``, by the identifier that both its action and its channel carry."""

    def __init__(self, leg_id: UUID) -> None:
        self.leg_id = leg_id
        self.identifier = f"voice-engine-{uuid4().hex}"
        self.answered = False
        self.abandoned = False
        """Whether nobody waits for the phone any more: it must be hung up as soon as there is a channel."""
        self.cause = ""
        """Why the channel was hung up, in Asterisk's words."""
        self._has_channel = False
        self._cause_code: int | None = None
        self._reason: str | None = None
        self._outcome: asyncio.Future[RingOutcome] = asyncio.get_running_loop().create_future()

    @property
    def over(self) -> bool:
        """Whether Asterisk has told the end of it and will tell no more."""
        return self._reason is not None and (self._cause_code is not None or not self._has_channel)

    async def outcome(self) -> RingOutcome:
        """Wait until Asterisk has told what became of it, or until ``settle``."""
        return await self._outcome

    def on_event(self, message: Message) -> None:
        """Take an event about it. The response and the hang-up that tells the cause come in either order."""
        match message.event:
            case "Newchannel":
                self._has_channel = True
            case "OriginateResponse":
                self._reason = message.get("Reason")
                self.answered = message.succeeded
                self._has_channel |= message.succeeded
            case "Hangup":
                code = message.get("Cause")
                self._cause_code = int(code) if code.isdecimal() else 0
                self.cause = f"{message.get('Cause-txt')} ({code})"
        if self.answered:
            self.settle(RingOutcome(RingResult.ANSWERED))
        elif self.over:
            self.settle(self.conclude())

    def settle(self, outcome: RingOutcome) -> None:
        """End the waiting."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    def conclude(self) -> RingOutcome:
        """What became of a phone that nobody took, as far as it is known."""
        if self._reason is None:
            return RingOutcome(
                RingResult.UNREACHABLE,
                "Asterisk did not tell what became of the phone; the user in manager.conf needs read = call",
            )
        result = _BY_CAUSE.get(self._cause_code or 0) or _BY_REASON.get(self._reason) or RingResult.UNREACHABLE
        if not self._has_channel:
            return RingOutcome(result, "Asterisk could not call it: there is no such phone, or it is not registered")
        return RingOutcome(result, f"{self.cause or 'no cause'}, reason {self._reason}")

"""The telephone system: stays logged in to Asterisk for as long as it is entered, rings phones and knows callers."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import UUID

from voice_engine.backends.asterisk_ami.problems import problem_of
from voice_engine.backends.asterisk_ami.ringing import Ringing
from voice_engine.backends.asterisk_ami.session import LoginRefused, Patience, Session
from voice_engine.core.ami import Message
from voice_engine.core.errors import BackendError, ProtocolError
from voice_engine.core.problems import Problem
from voice_engine.core.settings import AsteriskSettings
from voice_engine.voice.ports import RingOutcome, RingResult

_LOGGER = logging.getLogger(__name__)

MAX_RINGINGS = 256
"""Phones followed at a time, those answered and not yet hung up included: far more than calls can be."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How long to wait before connecting again; each wait is shortened by chance, by up to half."""

    first_seconds: float = 1.0
    """An Asterisk that restarts is back in about three seconds."""
    longest_seconds: float = 30.0
    """How long after its return an Asterisk that was away for hours may go unnoticed."""
    refused_seconds: float = 60.0
    """A refused login will be refused again until somebody changes a setting, and guards such as fail2ban count it."""


class AsteriskManager:
    """Implements ``voice.ports.TelephoneSystem``; used once. Without a username it never connects."""

    def __init__(
        self,
        settings: AsteriskSettings,
        on_state: Callable[[bool, Problem | None], None],
        *,
        patience: Patience | None = None,
        retries: Retries | None = None,
    ) -> None:
        """``on_state`` is told whenever it connects, or why it is not connected."""
        self._settings = settings
        self._on_state = on_state
        self._patience = patience or Patience()
        self._retries = retries or Retries()
        self._session: Session | None = None
        self._ringings: dict[str, Ringing] = {}
        self._group = asyncio.TaskGroup()
        self._staying: asyncio.Task[None] | None = None
        self._told: tuple[bool, Problem | None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to connect; returns at once."""
        await self._group.__aenter__()
        if self._settings.username:
            self._staying = self._group.create_task(self._stay_connected())
        else:
            _LOGGER.info("Asterisk's manager interface is not set up (asterisk.username): no phone can be rung")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Log off."""
        if self._staying is not None:
            self._staying.cancel()
        # Not told of an error of the context's body: it comes out as it is then, and not wrapped in a group.
        await self._group.__aexit__(None, None, None)

    @property
    def connected(self) -> bool:
        """Whether phones can be rung now."""
        return self._session is not None

    async def ring(self, phone: str, leg_id: UUID, ring_seconds: float, caller_id: str) -> RingOutcome:
        """Ring ``phone``; when taken, Asterisk connects its sound to ``asterisk.engine_address`` with ``leg_id``."""
        session = self._session
        if session is None:
            return RingOutcome(RingResult.UNREACHABLE, "Asterisk is not connected")
        ringing = Ringing(leg_id)
        self._follow(ringing)
        left_to_asterisk = False
        try:
            async with asyncio.timeout(ring_seconds + self._patience.ring_margin_seconds):
                refusal = await self._originate(session, ringing, phone, ring_seconds, caller_id)
                outcome = refusal or await ringing.outcome()
            left_to_asterisk = refusal is not None or ringing.answered or ringing.over
        except TimeoutError:
            return ringing.conclude()
        except (BackendError, ProtocolError) as error:
            return RingOutcome(RingResult.UNREACHABLE, str(error))
        else:
            return outcome
        finally:
            if not left_to_asterisk:
                self._abandon(ringing)

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:
        """Number of the station whose channel runs AudioSocket with ``leg_id``; None if Asterisk does not tell it."""
        session = self._session
        if session is None:
            return None
        numbers: list[str] = []

        def look_at(channel: Message) -> None:
            if str(leg_id) in channel.get("Data").lower():
                numbers.append(channel.get("CallerIDNum"))

        try:
            async with asyncio.timeout(wait_seconds):
                await session.ask("Status", [], on_item=look_at)
        except (BackendError, TimeoutError) as error:
            _LOGGER.info("Leg %s: Asterisk did not tell its caller: %s", leg_id, error or "out of time")
        return next((number for number in numbers if number not in {"", "<unknown>"}), None)

    # --- ringing ------------------------------------------------------------------------------------------------------

    async def _originate(
        self, session: Session, ringing: Ringing, phone: str, ring_seconds: float, caller_id: str
    ) -> RingOutcome | None:
        """Have Asterisk ring. None: it does; else why it would not even try."""
        headers = [
            ("Channel", phone),
            ("Application", "AudioSocket"),
            ("Data", f"{ringing.leg_id},{self._settings.engine_address}"),
            ("CallerID", caller_id),
            ("Timeout", str(round(ring_seconds * 1000))),
            ("Async", "true"),
            ("ChannelId", ringing.identifier),
        ]
        response = await session.ask("Originate", headers, action_id=ringing.identifier)
        if response.succeeded:
            return None
        self._ringings.pop(ringing.identifier, None)
        words = response.get("Message") or "without a reason"
        _LOGGER.error(
            "Leg %s: Asterisk refused to ring: %s (the user in manager.conf needs write = originate,call)",
            ringing.leg_id,
            words,
        )
        return RingOutcome(RingResult.UNREACHABLE, f"Asterisk refused: {words}")

    def _follow(self, ringing: Ringing) -> None:
        self._ringings[ringing.identifier] = ringing
        if len(self._ringings) > MAX_RINGINGS:
            del self._ringings[next(iter(self._ringings))]

    def _abandon(self, ringing: Ringing) -> None:
        """Hang up now, and again once there is a channel: Asterisk makes it some time after it said that it will."""
        ringing.abandoned = True
        self._hang_up(ringing)

    def _hang_up(self, ringing: Ringing) -> None:
        if self._session is not None:
            self._session.send("Hangup", [("Channel", ringing.identifier)])

    def _on_event(self, message: Message) -> None:
        identifier = message.get("ActionID") if message.event == "OriginateResponse" else message.get("Uniqueid")
        ringing = self._ringings.get(identifier)
        if ringing is None:
            return
        ringing.on_event(message)
        if ringing.over:
            del self._ringings[identifier]
            if ringing.answered:
                _LOGGER.info("Leg %s: Asterisk hung the phone up: %s", ringing.leg_id, ringing.cause)
        elif ringing.abandoned and message.event in {"Newchannel", "OriginateResponse"}:
            self._hang_up(ringing)

    # --- staying connected --------------------------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        waits = _Waits(self._retries)
        while True:
            try:
                async with Session(self._settings, self._patience, self._on_event) as session:
                    waits.reset()
                    self._begin(session)
                    await session.serve()
            except LoginRefused as error:
                problem, seconds = problem_of(error), self._retries.refused_seconds
            except BackendError as error:
                problem, seconds = problem_of(error), waits.next()
            finally:
                self._session = None
            self._tell(connected=False, problem=problem)
            for ringing in self._ringings.values():
                ringing.settle(RingOutcome(RingResult.UNREACHABLE, str(problem)))
            await asyncio.sleep(seconds)

    def _begin(self, session: Session) -> None:
        self._session = session
        # What the lost connection left behind: nobody waits for these phones any more.
        for ringing in self._ringings.values():
            if ringing.abandoned:
                self._hang_up(ringing)
        self._ringings.clear()
        self._tell(connected=True, problem=None)

    def _tell(self, *, connected: bool, problem: Problem | None) -> None:
        """Report and log a state once, not at every attempt."""
        if (connected, problem) == self._told:
            return
        self._told = (connected, problem)
        if connected:
            _LOGGER.info("Connected to Asterisk's manager interface")
        else:
            _LOGGER.warning("%s", problem)
        self._on_state(connected, problem)


@dataclass(slots=True)
class _Waits:
    """Doubling waits, shortened by chance so that many engines do not return at the same moment."""

    retries: Retries
    _seconds: float = field(default=0.0)

    def reset(self) -> None:
        self._seconds = 0.0

    def next(self) -> float:
        self._seconds = min(max(2 * self._seconds, self.retries.first_seconds), self.retries.longest_seconds)
        return self._seconds * random.uniform(0.5, 1.0)

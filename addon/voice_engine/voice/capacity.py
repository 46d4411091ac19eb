"""How much heavy work runs at once, and whose turn it is."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from itertools import count

from voice_engine.core.errors import NoCapacity
from voice_engine.core.settings_machine import LimitSettings


class Priority(IntEnum):
    """Who goes first; within each, who came first."""

    CALL = 0
    """Somebody stands at the door."""
    MICROPHONE = 1
    """Somebody speaks in the room."""
    REQUEST = 2
    """Somebody waits for an answer of the API."""
    BATCH = 3
    """Nobody waits."""


class Capacity:
    """Hands out ``limit`` leases, by priority; who is cancelled while waiting leaves the queue.

    Places that nobody wants may be borrowed for work that may turn out to be needless, until somebody wants them.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running = 0
        self._refused = 0
        self._queue: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._order = count()
        self._borrowers: list[Callable[[], None]] = []
        self._yielding: list[tuple[Priority, Callable[[], None]]] = []
        self._held_back: Priority | None = None

    @property
    def limit(self) -> int:
        """How many leases there are; lowered, those that are held too many are not given out again."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        self._hand_out()

    def hold_back(self, priority: Priority | None) -> None:
        """Have those of ``priority`` and of later ones wait, whatever is free; None: nobody has to.

        What they have begun they finish.
        """
        self._held_back = priority
        self._hand_out()

    @property
    def running(self) -> int:
        """Leases held now, borrowed ones among them."""
        return self._running

    @property
    def free(self) -> int:
        """Leases nobody holds."""
        return max(0, self._limit - self._running)

    @property
    def waiting(self) -> int:
        """How many stand in the queue."""
        return sum(not place.done() for _, _, place in self._queue)

    @property
    def refused(self) -> int:
        """How often ``lease_now`` was in vain since the start, or who had it found no place for what they came for."""
        return self._refused

    @asynccontextmanager
    async def lease(self, priority: Priority = Priority.CALL) -> AsyncIterator[None]:
        """Hold one lease, as soon as it is our turn; who only borrows has to leave first."""
        await self._take(priority)
        try:
            yield
        finally:
            self._give_back()

    @asynccontextmanager
    async def lease_until_wanted(self, priority: Priority) -> AsyncIterator[None]:
        """Hold one lease until somebody who goes before ``priority`` waits: what the context does is then cancelled.

        Raises: NoCapacity when it was.
        """
        async with self.lease(priority):
            clock = asyncio.get_running_loop().time
            wanted = asyncio.timeout(None)
            holder = (priority, lambda: wanted.reschedule(clock()))
            try:
                async with wanted:
                    self._yielding.append(holder)
                    try:
                        if self._is_wanted_before(priority):
                            self._withdraw(holder)
                        yield
                    finally:
                        if holder in self._yielding:
                            self._yielding.remove(holder)
            except TimeoutError as error:
                if not wanted.expired():
                    raise
                raise NoCapacity("the place was needed by who goes first") from error

    @asynccontextmanager
    async def lease_now(self) -> AsyncIterator[None]:
        """Hold one lease without waiting for it. Raises: NoCapacity."""
        if not self.free:
            self._refused += 1
            raise NoCapacity(f"all {self._limit} places are taken")
        self._running += 1
        try:
            yield
        except NoCapacity:
            self._refused += 1
            raise
        finally:
            self._give_back()

    @asynccontextmanager
    async def borrowed(self, withdraw: Callable[[], None]) -> AsyncIterator[bool]:
        """Hold a lease nobody wants, without waiting; False: there is none.

        As soon as somebody wants it ``withdraw`` is called, which must have the work cancelled; unless it was kept.
        """
        if not self.free:
            yield False
            return
        self._running += 1
        self._borrowers.append(withdraw)
        try:
            yield True
        finally:
            self.keep(withdraw)
            self._give_back()

    def keep(self, withdraw: Callable[[], None]) -> None:
        """Make the lease borrowed with ``withdraw`` one like all others: its work turned out to be needed."""
        if withdraw in self._borrowers:
            self._borrowers.remove(withdraw)

    async def _take(self, priority: Priority) -> None:
        held_back = self._is_held_back(priority)
        if self.free and not held_back:
            self._running += 1
            return
        place = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (priority, next(self._order), place))
        if not held_back:
            self._have_left(priority)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._give_back()  # it was ours in the moment we left
            raise

    def _have_left(self, priority: Priority) -> None:
        """Have somebody leave for one of ``priority``: who only borrows, else the last of those who go behind it."""
        if self._borrowers:
            self._borrowers.pop()()
        elif self._yielding and (last := max(self._yielding, key=lambda holder: holder[0]))[0] > priority:
            self._withdraw(last)

    def _withdraw(self, holder: tuple[Priority, Callable[[], None]]) -> None:
        self._yielding.remove(holder)
        holder[1]()

    def _is_wanted_before(self, priority: Priority) -> bool:
        """Whether somebody came to wait in the moment in which the place was handed out."""
        return any(first < priority and not place.done() for first, _, place in self._queue)

    def _is_held_back(self, priority: Priority) -> bool:
        return self._held_back is not None and priority >= self._held_back

    def _give_back(self) -> None:
        self._running -= 1
        self._hand_out()

    def _hand_out(self) -> None:
        """Give free places to those who wait, the first in order first."""
        while self._queue and self.free and not self._is_held_back(self._queue[0][0]):
            _, _, place = heapq.heappop(self._queue)
            if not place.done():
                self._running += 1
                place.set_result(None)


API_SLOTS = 2
"""Requests of the API that are worked on at once; others are told at once to come back."""


@dataclass(frozen=True, slots=True)
class Capacities:
    """All there is to be had of heavy work."""

    transcriptions: Capacity
    syntheses: Capacity
    language_tasks: Capacity
    """Turns of which a language model is asked something."""
    requests: Capacity
    """Requests of the API that are worked on; take these with ``lease_now``."""

    @classmethod
    def within(cls, limits: LimitSettings, jobs: int = 1) -> Capacities:
        """As the settings limit them; ``jobs`` is what the hardware does at once, where they do not."""
        return cls(
            Capacity(limits.transcriptions or jobs),
            Capacity(limits.syntheses or jobs),
            Capacity(limits.language_tasks or jobs),
            Capacity(API_SLOTS),
        )

    def named(self) -> dict[str, Capacity]:
        """Each under its name."""
        return {name: getattr(self, name) for name in self.__slots__}

"""What all pools share: order, failover within a budget, hedging, warm-up and the way back after a failure.

A pool stands on the floor of the uses' shared parts, not among the backends: it implements a port over that same port,
speaks to nothing outside, and knows no backend by name.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from voice_engine.core.engines import PortStatus
from voice_engine.core.errors import BackendError, BackendTimeout, BackendUnavailable
from voice_engine.core.transcript import Expectation, Language
from voice_engine.voice.pool.member import Member
from voice_engine.voice.ports import Probed

_LOGGER = logging.getLogger(__name__)

WARMING_SECONDS = 180.0
"""A model of half a gigabyte, read from the memory card of a busy Raspberry Pi."""
PROBE_SECONDS = 5.0
"""A probe is a request that does nothing: whoever takes longer does not serve a call either."""
LONGEST_RESERVE = 0.5
"""Of what is left of the budget: what the backends that follow are kept at most."""
RESERVE_FACTOR = 2.0
RESERVE_SECONDS = 0.5
"""A backend that follows is kept twice what it usually takes, and this much for the way there."""


type Need = Language | Expectation
"""What a backend must be able to do: a language, or the answers to a question in it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a pool works."""

    budget_seconds: float
    """For one request, all attempts together."""
    round_robin: bool = False
    """Whether each request begins with the next backend; else the first that works is always asked first."""
    hedge_after_seconds: float = 0.0
    """How long to wait for an answer before another backend is asked too; 0: until the first has failed."""


@dataclass(frozen=True, slots=True)
class Answer[Backend, Result]:
    """A good answer, and who gave it."""

    member: Member[Backend]
    result: Result


@dataclass(slots=True)
class _Race[Backend, Result]:
    """The attempts of one request."""

    work: Callable[[Backend], Awaitable[Result]]
    waiting: deque[Member[Backend]]
    deadline: float
    forgiven: tuple[type[BackendError], ...]
    running: set[asyncio.Task[Answer[Backend, Result] | BackendError]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


class Pool[Backend]:
    """An async context manager, used once; leaving it ends what goes on in the background."""

    def __init__(self, members: Sequence[Member[Backend]], terms: Terms, on_change: Callable[[], None]) -> None:
        """``on_change`` is called when a state has changed, or another backend serves; it must return at once."""
        self._members = self._in_order = tuple(members)
        self._terms = terms
        self._on_change = on_change
        self._told: object = None
        self._begun = 0
        self._warmings: list[tuple[Need | None, Callable[[Backend], Awaitable[object]]]] = []
        self._group = asyncio.TaskGroup()
        self._recoveries: dict[Member[Backend], asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        """Be ready to be asked."""
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End what goes on in the background."""
        for task in self._recoveries.values():
            task.cancel()
        await self._group.__aexit__(None, None, None)

    @property
    def members(self) -> tuple[Member[Backend], ...]:
        """All of them, in order."""
        return self._members

    def prefer(self, name: str) -> None:
        """Ask the member of that name first, the others after it in their order; where there is none, all in order."""
        self._members = tuple(sorted(self._in_order, key=lambda member: member.name != name))
        self._tell()

    @property
    def status(self) -> PortStatus:
        """What is told of them."""
        serving = next((member.name for member in self._members if not member.breaker.is_open), None)
        return PortStatus(serving, tuple(member.status for member in self._members))

    def candidates(self, need: Need | None = None) -> list[Member[Backend]]:
        """Whom the next request would ask, in order; where all are left out, those it does not harm to ask."""
        now = asyncio.get_running_loop().time()
        begin = self._begun % len(self._members) if self._terms.round_robin and self._members else 0
        fit = [m for m in (*self._members[begin:], *self._members[:begin]) if need is None or self._fits(m, need)]
        return [m for m in fit if m.admits(now)] or [m for m in fit if not m.breaker.is_barred]

    def _fits(self, member: Member[Backend], need: Need) -> bool:
        return _language_of(need) in member.languages

    # --- requests -----------------------------------------------------------------------------------------------------

    async def ask[Result](
        self,
        work: Callable[[Backend], Awaitable[Result]],
        need: Need | None = None,
        *,
        budget_seconds: float | None = None,
        forgiven: tuple[type[BackendError], ...] = (),
    ) -> Answer[Backend, Result]:
        """Have one of them do ``work``: the first that gives a good answer within the budget; cancels the others.

        ``budget_seconds`` takes the place of the terms' own; for errors that are ``forgiven`` nobody is left out.
        Raises: BackendUnavailable, whose message names each that failed, and why.
        """
        waiting, deadline = self._line_up(need, budget_seconds)
        race = _Race(work, waiting, deadline, forgiven)
        async with asyncio.TaskGroup() as group:
            answer = await self._run(race, group)
            for task in race.running:
                task.cancel()
        if answer is None:
            raise self._in_vain(race.problems, need)
        return answer

    def _line_up(self, need: Need | None, budget_seconds: float | None = None) -> tuple[deque[Member[Backend]], float]:
        """Whom to ask for one request, and until when."""
        waiting = deque(self.candidates(need))
        self._begun += 1
        return waiting, asyncio.get_running_loop().time() + (budget_seconds or self._terms.budget_seconds)

    def _in_vain(self, problems: Sequence[str], need: Need | None) -> BackendUnavailable:
        """The error for a request nobody could do; where nobody was asked it says why not."""
        left_out = [f"{member.name}: {member.breaker.problem}" for member in self._members if member.breaker.is_open]
        nobody = f"no backend is set up{f' for {_language_of(need)}' if need else ''}"
        return BackendUnavailable("; ".join(problems or left_out) or nobody)

    async def _run[Result](
        self, race: _Race[Backend, Result], group: asyncio.TaskGroup
    ) -> Answer[Backend, Result] | None:
        clock = asyncio.get_running_loop().time
        while race.running or (race.waiting and clock() < race.deadline):
            if race.waiting and clock() < race.deadline:
                self._begin(race, group)
            answer = await self._next_answer(race)
            if answer is not None:
                return answer
        return None

    def _begin[Result](self, race: _Race[Backend, Result], group: asyncio.TaskGroup) -> None:
        member = race.waiting.popleft()
        left = race.deadline - asyncio.get_running_loop().time()
        seconds = left if self._terms.hedge_after_seconds else share(left, race.waiting)
        # Counted from here on and not from its first step: of requests that begin together one tries it out.
        member.trials += 1
        task = group.create_task(self._attempt(member, race, seconds))
        task.add_done_callback(lambda _: member.ended())
        race.running.add(task)

    async def _next_answer[Result](self, race: _Race[Backend, Result]) -> Answer[Backend, Result] | None:
        """Wait for a good answer; None: another backend is to be asked, or there is nobody left."""
        while race.running:
            # Two at a time are enough: more would only load a network that is slow already.
            may_hedge = race.waiting and len(race.running) == 1
            patience = self._terms.hedge_after_seconds or None if may_hedge else None
            done, race.running = await asyncio.wait(race.running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if isinstance(outcome := task.result(), Answer):
                    return outcome
            if race.waiting and len(race.running) <= 1:
                return None
        return None

    async def _attempt[Result](
        self, member: Member[Backend], race: _Race[Backend, Result], seconds: float
    ) -> Answer[Backend, Result] | BackendError:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            result = await within(seconds, race.work(member.backend))
        except BackendError as error:
            if isinstance(error, race.forgiven):
                race.problems.append(f"{member.name}: {error}")
            else:
                self._take_failure(member, error, race.problems)
            return error
        self.take_answer(member, clock() - began)
        return Answer(member, result)

    def take_answer(self, member: Member[Backend], seconds: float) -> None:
        """A member has answered after ``seconds``."""
        member.answered(seconds)
        self._tell()

    def _take_failure(
        self, member: Member[Backend], error: BackendError, problems: list[str], *, at_once: bool = False
    ) -> None:
        problems.append(f"{member.name}: {error}")
        was_open = member.breaker.is_open
        member.failed(error, asyncio.get_running_loop().time(), at_once=at_once)
        self._after_failure(member, error, was_open=was_open)

    # --- warm-up and the way back -------------------------------------------------------------------------------------

    async def warm(self, work: Callable[[Backend], Awaitable[object]], need: Need | None = None) -> None:
        """Make all ready at once by ``work``; those that fail are made ready by it when they are back.

        Raises: BackendUnavailable when none is ready.
        """
        self._warmings.append((need, work))
        fit = [member for member in self._members if need is None or self._fits(member, need)]
        async with asyncio.TaskGroup() as group:
            for member in fit:
                group.create_task(self._warm(member, work))
        if all(member.breaker.is_open for member in fit):
            raise self._in_vain((), need)

    async def _warm(self, member: Member[Backend], work: Callable[[Backend], Awaitable[object]]) -> None:
        was_open = member.breaker.is_open
        member.warmings += 1
        self._tell()
        try:
            await within(WARMING_SECONDS, work(member.backend))
        except BackendError as error:
            member.breaker.fail(error, asyncio.get_running_loop().time(), at_once=True)
            self._after_failure(member, error, was_open=was_open)
        else:
            member.recovered()
        finally:
            member.warmings -= 1
            self._tell()

    def _after_failure(self, member: Member[Backend], error: BackendError, *, was_open: bool) -> None:
        if member.breaker.is_open and not was_open:
            # Told once, however often it is found out again.
            _LOGGER.warning("Backend %s is left out until it works again: %s", member.name, error)
        if member.breaker.is_open and isinstance(member.backend, Probed) and member not in self._recoveries:
            self._recoveries[member] = self._group.create_task(self._recover(member, member.backend))
        self._tell()

    async def _recover(self, member: Member[Backend], probed: Probed) -> None:
        """Ask cheaply, in ever longer pauses, until it is back."""
        clock = asyncio.get_running_loop().time
        try:
            while member.breaker.is_open:
                if (pause := member.breaker.retry_at - clock()) > 0:
                    await asyncio.sleep(pause)
                    continue  # it may have been asked meanwhile, where all others have failed
                try:
                    await within(PROBE_SECONDS, probed.probe())
                    await self._make_ready(member)
                except BackendError as error:
                    member.breaker.fail(error, clock())
                else:
                    member.recovered()
                    _LOGGER.info("Backend %s works again", member.name)
                self._tell()
        finally:
            del self._recoveries[member]

    async def _make_ready(self, member: Member[Backend]) -> None:
        """What it missed while it was away."""
        if member.is_warm:
            return
        for need, work in tuple(self._warmings):
            if need is None or self._fits(member, need):
                await within(WARMING_SECONDS, work(member.backend))

    def _tell(self) -> None:
        status = self.status
        now = (status.serving, [(backend.state, backend.problem) for backend in status.backends])
        if now != self._told:
            self._told = now
            self._on_change()


def _language_of(need: Need) -> Language:
    return need.language if isinstance(need, Expectation) else need


def share[Backend](left: float, later: Collection[Member[Backend]]) -> float:
    """How much of the time that is left a backend may take, for the ``later`` ones to have some too."""
    if any(member.latency_seconds is None for member in later):
        return left * (1 - LONGEST_RESERVE)
    wanted = sum((member.latency_seconds or 0.0) * RESERVE_FACTOR + RESERVE_SECONDS for member in later)
    return left - min(wanted, left * LONGEST_RESERVE)


async def within[Result](seconds: float, work: Awaitable[Result]) -> Result:
    """Wait for ``work``. Raises: BackendTimeout, and what it raises itself."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await work
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise BackendTimeout(f"no answer within {seconds:.1f} s") from error

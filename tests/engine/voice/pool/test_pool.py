"""Pools in virtual time: whose answer it is, when it comes, and who is asked next time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.engine.fakes import audible
from voice_engine.core.engines import BackendState
from voice_engine.core.errors import (
    BackendError,
    BackendRateLimited,
    BackendRefused,
    BackendTimeout,
    BackendUnavailable,
)
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.pool import Member, Terms, TranscriberPool
from voice_engine.voice.ports import Transcriber

pytestmark = pytest.mark.virtual_time

BUDGET_SECONDS = 8.0
FOREVER = 1e6
ENGLISH = Expectation(Question.UNIT, Language.ENGLISH)


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Scripted:
    """A recogniser that answers after ``seconds`` as long as nothing is wrong with it."""

    name: str
    seconds: float = 0.5
    error: BackendError | None = None
    languages: tuple[Language, ...] = tuple(Language)
    asked: int = 0
    prepared: int = 0
    cancelled: int = 0
    running: int = 0

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        return language in self.languages

    async def prepare(self, expectation: Expectation) -> None:
        self.prepared += 1
        await self._work()

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        self.asked += 1
        await self._work()
        return Transcript(f"by {self.name}", 0.9)

    async def _work(self) -> None:
        self.running += 1
        try:
            if self.error is not None:
                await asyncio.sleep(0)
                raise self.error
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1


@dataclass
class Probing(Scripted):
    """One that can be probed."""

    probes: list[float] = field(default_factory=list)

    async def probe(self) -> None:
        self.probes.append(now())
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def pooled(
    *transcribers: Scripted,
    round_robin: bool = False,
    hedge_after_seconds: float = 0.0,
    on_change: Callable[[], None] = lambda: None,
) -> AsyncIterator[TranscriberPool]:
    members: list[Member[Transcriber]] = [Member(one.name, "scripted", one) for one in transcribers]
    async with TranscriberPool(members, Terms(BUDGET_SECONDS, round_robin, hedge_after_seconds), on_change) as pool:
        yield pool
    assert [one.running for one in transcribers] == [0] * len(transcribers)


async def heard(pool: TranscriberPool, expectation: Expectation = ENGLISH) -> str:
    transcript = await pool.transcribe(Utterance(audible("x"), 1.0, now()), expectation)
    assert transcript.text == f"by {transcript.backend}"
    return transcript.backend


def states(pool: TranscriberPool) -> list[BackendState]:
    return [backend.state for backend in pool.status.backends]


async def test_the_first_answers_and_the_others_are_left_alone() -> None:
    first, second = Scripted("first"), Scripted("second")
    async with pooled(first, second) as pool:
        assert [await heard(pool), await heard(pool)] == ["first", "first"]
    assert second.asked == 0


async def test_one_that_is_away_is_left_out_until_its_pause_is_over() -> None:
    first, second = Scripted("first", error=BackendUnavailable("away")), Scripted("second")
    async with pooled(first, second) as pool:
        assert await heard(pool) == "second"
        assert (states(pool), pool.status.serving) == ([BackendState.FAILED, BackendState.READY], "second")
        assert await heard(pool) == "second"
        assert first.asked == 1

        first.error = None
        await asyncio.sleep(1.0)
        assert await heard(pool) == "first"
        assert (states(pool), pool.status.serving) == ([BackendState.READY] * 2, "first")


async def test_only_one_request_tells_whether_it_is_back() -> None:
    """The others do not wait for it."""
    first, second = Scripted("first", error=BackendUnavailable("away")), Scripted("second", 0.1)
    async with pooled(first, second) as pool:
        await heard(pool)
        first.error, first.seconds = None, FOREVER
        await asyncio.sleep(1.0)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(heard(pool)) for _ in range(3)]
        assert first.asked == 2
        assert [task.result() for task in asked] == ["second"] * 3


@pytest.mark.parametrize("others", [1, 2])
async def test_a_slow_one_leaves_the_others_time(others: int) -> None:
    """All within the budget, and the slow one is stopped."""
    first = Scripted("first", FOREVER)
    rest = [Scripted(f"other {number}", 1.0 if number == others - 1 else FOREVER) for number in range(others)]
    async with pooled(first, *rest) as pool:
        began = now()
        assert await heard(pool) == rest[-1].name
        assert now() - began <= BUDGET_SECONDS
    assert (first.cancelled, rest[-1].cancelled) == (1, 0)


async def test_a_fallback_known_to_be_quick_leaves_the_first_more_time() -> None:
    """Twice what it takes is kept for it, and not half of everything."""
    first, second = Scripted("first", error=BackendUnavailable("away")), Scripted("second", 0.25)
    async with pooled(first, second) as pool:
        await heard(pool)
        first.error, first.seconds = None, 6.5
        await asyncio.sleep(1.0)
        assert await heard(pool) == "first"


async def test_all_fail_and_the_error_says_who_and_why() -> None:
    first = Scripted("first", error=BackendRefused("the key is wrong"))
    second = Scripted("second", error=BackendTimeout("no answer"))
    async with pooled(first, second) as pool:
        with pytest.raises(BackendUnavailable, match="first: the key is wrong; second: no answer"):
            await heard(pool)


async def test_where_all_are_left_out_those_are_asked_whom_it_does_not_harm() -> None:
    """Better a try than an apology; but a service that has said no is not asked again."""
    refused = Scripted("refused", error=BackendRefused("the key is wrong"))
    limited = Scripted("limited", error=BackendRateLimited("slow down", 60.0))
    away = Scripted("away", error=BackendUnavailable("away"))
    async with pooled(refused, limited, away) as pool:
        with pytest.raises(BackendError):
            await heard(pool)
        assert pool.status.serving is None
        away.error = None
        assert await heard(pool) == "away"
    assert (refused.asked, limited.asked) == (1, 1)


async def test_without_anybody_to_ask_the_error_still_says_why() -> None:
    async with pooled(Scripted("first", error=BackendRefused("the key is wrong"))) as pool:
        for _ in range(2):
            with pytest.raises(BackendUnavailable, match="first: the key is wrong"):
                await heard(pool)


async def test_a_rate_limit_is_kept_to_the_second() -> None:
    first, second = Scripted("first", error=BackendRateLimited("slow down", 30.0)), Scripted("second", 0.0)
    async with pooled(first, second) as pool:
        await heard(pool)
        first.error = None
        await asyncio.sleep(29.9)
        assert await heard(pool) == "second"
        await asyncio.sleep(0.1)
        assert await heard(pool) == "first"


async def test_a_probe_brings_a_backend_back_and_no_visitor_waits_for_it() -> None:
    first, second = Probing("first", error=BackendUnavailable("away")), Scripted("second", 0.0)
    changes: list[float] = []
    async with pooled(first, second, on_change=lambda: changes.append(now())) as pool:
        began = now()
        for _ in range(3):
            assert await heard(pool) == "second"
            await asyncio.sleep(1.1)
        first.error = None
        await asyncio.sleep(10.0)
        assert await heard(pool) == "first"
        assert [round(at - began) for at in first.probes] == [1, 3, 7]
        assert first.asked == 2
    assert len(changes) >= 2


async def test_equals_take_turns_and_a_broken_one_is_passed_over() -> None:
    servers = [Scripted(f"server {number}") for number in range(5)]
    async with pooled(*servers, round_robin=True) as pool:
        assert [await heard(pool) for _ in range(6)] == [f"server {number}" for number in (0, 1, 2, 3, 4, 0)]
        servers[1].error = BackendUnavailable("away")
        assert await heard(pool) == "server 2"


async def test_hedging_takes_the_first_good_answer_and_stops_the_other() -> None:
    slow, quick, third = Scripted("slow", 5.0), Scripted("quick", 0.5), Scripted("third")
    async with pooled(slow, quick, third, hedge_after_seconds=1.0) as pool:
        began = now()
        assert await heard(pool) == "quick"
        assert now() - began == pytest.approx(1.5)
        assert (slow.cancelled, third.asked) == (1, 0)
        assert states(pool)[0] is BackendState.IDLE  # being slower once is no failure


async def test_hedging_does_not_give_the_first_up() -> None:
    first, second = Scripted("first", 2.0), Scripted("second", 5.0)
    async with pooled(first, second, hedge_after_seconds=1.0) as pool:
        assert await heard(pool) == "first"
    assert (second.asked, second.cancelled) == (1, 1)


async def test_a_failure_while_hedging_lets_the_next_begin() -> None:
    slow, broken, third = Scripted("slow", 5.0), Scripted("broken", error=BackendTimeout("no")), Scripted("third")
    async with pooled(slow, broken, third, hedge_after_seconds=1.0) as pool:
        began = now()
        assert await heard(pool) == "third"
        assert now() - began == pytest.approx(1.5)


async def test_whoever_asks_may_leave_and_takes_all_attempts_along() -> None:
    """As a turn does whose party goes on speaking; nobody has failed by that."""
    first, second = Scripted("first", FOREVER), Scripted("second", FOREVER)
    async with pooled(first, second, hedge_after_seconds=1.0) as pool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await heard(pool)
        assert (first.cancelled, second.cancelled, first.running, second.running) == (1, 1, 0, 0)
        assert [backend.failures for backend in pool.status.backends] == [{}, {}]


async def test_a_language_goes_to_those_who_speak_it() -> None:
    english, both = Scripted("english", languages=(Language.ENGLISH,)), Scripted("both")
    portuguese = Expectation(Question.UNIT, Language.PORTUGUESE)
    async with pooled(english, both) as pool:
        assert [await heard(pool, ENGLISH), await heard(pool, portuguese)] == ["english", "both"]
        assert pool.speaks(Language.PORTUGUESE)
    async with pooled(english) as pool:
        assert not pool.speaks(Language.PORTUGUESE)
        with pytest.raises(BackendUnavailable, match="pt-BR"):
            await heard(pool, portuguese)


async def test_all_are_made_ready_at_once_and_seen_to_be() -> None:
    first, second = Scripted("first", 3.0), Scripted("second", 4.0)
    async with pooled(first, second) as pool:
        assert states(pool) == [BackendState.IDLE] * 2
        async with asyncio.TaskGroup() as group:
            began = now()
            preparing = group.create_task(pool.prepare(ENGLISH))
            await asyncio.sleep(1.0)
            assert states(pool) == [BackendState.WARMING] * 2
            await asyncio.sleep(2.5)
            assert states(pool) == [BackendState.READY, BackendState.WARMING]
            await preparing
        assert (states(pool), now() - began) == ([BackendState.READY] * 2, 4.0)


async def test_one_that_could_not_be_made_ready_is_as_soon_as_it_is_back() -> None:
    first, second = Probing("first", error=BackendUnavailable("away")), Scripted("second")
    async with pooled(first, second) as pool:
        await pool.prepare(ENGLISH)
        problem = pool.status.backends[0].problem
        assert problem is not None
        assert (problem.code, problem.message) == ("backend_unavailable", "away")
        first.error = None
        await asyncio.sleep(2.0)
        assert (first.prepared, states(pool)[0]) == (2, BackendState.READY)


async def test_making_ready_fails_only_where_nobody_is() -> None:
    async with pooled(Scripted("first", error=BackendUnavailable("away"))) as pool:
        with pytest.raises(BackendUnavailable, match="first: away"):
            await pool.prepare(ENGLISH)


async def test_statistics_tell_requests_failures_and_latency() -> None:
    first, second = Scripted("first", 1.0), Scripted("second")
    async with pooled(first, second) as pool:
        await heard(pool)
        first.seconds = 2.0
        await heard(pool)
        first.error = BackendTimeout("no")
        await heard(pool)
        status = pool.status.backends[0]
    assert (status.requests, status.failures, status.latency_seconds) == (3, {"backend_timeout": 1}, pytest.approx(1.2))


async def test_a_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    first, second = Probing("first", error=BackendRefused("the key is wrong")), Scripted("second", 0.0)
    async with pooled(first, second) as pool:
        for _ in range(20):
            await heard(pool)
            await asyncio.sleep(100.0)
    assert [record.message for record in caplog.records] == [
        "Backend first is left out until it works again: the key is wrong"
    ]

"""Leases in the order they were asked for."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.virtual_time import VirtualTimeLoop
from voice_engine.core.errors import NoCapacity
from voice_engine.core.settings_machine import LimitSettings
from voice_engine.voice.capacity import Capacities, Capacity, Priority

pytestmark = pytest.mark.virtual_time


async def test_no_more_than_the_limit_run_and_the_rest_wait_in_order() -> None:
    capacity = Capacity(2)
    began: list[int] = []
    most = 0

    async def work(number: int) -> None:
        nonlocal most
        async with capacity.lease():
            began.append(number)
            most = max(most, capacity.running)
            await asyncio.sleep(1.0)

    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(work(number))
        await asyncio.sleep(0.5)
        assert (capacity.running, capacity.waiting) == (2, 3)

    assert began == [0, 1, 2, 3, 4]
    assert most == 2
    assert (capacity.running, capacity.waiting) == (0, 0)


async def test_who_is_cancelled_gives_the_place_back() -> None:
    capacity = Capacity(1)

    async def work() -> None:
        async with capacity.lease():
            await asyncio.sleep(1.0)

    async with asyncio.TaskGroup() as tasks:
        running, waiting, last = (tasks.create_task(work()) for _ in range(3))
        await asyncio.sleep(0.5)
        running.cancel()
        waiting.cancel()
        await asyncio.sleep(0.1)
        assert (capacity.running, capacity.waiting) == (1, 0)
        await last

    assert (capacity.running, capacity.waiting) == (0, 0)


async def test_who_fails_gives_the_place_back() -> None:
    capacity = Capacity(1)

    with pytest.raises(ValueError, match="on purpose"):
        async with capacity.lease():
            raise ValueError("on purpose")

    async with capacity.lease():
        assert capacity.running == 1


async def test_a_free_place_is_borrowed_without_waiting_and_a_taken_one_never() -> None:
    capacity = Capacity(1)

    async with capacity.borrowed(lambda: None) as first, capacity.borrowed(lambda: None) as second:
        assert (first, second) == (True, False)
        assert (capacity.running, capacity.waiting) == (1, 0)

    assert capacity.running == 0


async def test_a_borrowed_place_is_given_back_to_whoever_wants_it() -> None:
    capacity = Capacity(1)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def borrow() -> None:
        async with capacity.borrowed(lambda: borrowing.cancel() and None):
            await asyncio.sleep(10.0)

    borrowing = loop.create_task(borrow())
    await asyncio.sleep(0.5)
    async with capacity.lease():
        assert loop.time() == began + 0.5
        assert borrowing.cancelled()


async def test_a_borrowed_place_that_is_kept_is_like_any_other() -> None:
    capacity = Capacity(1)
    withdrawn: list[bool] = []

    def withdraw() -> None:
        withdrawn.append(True)

    async with asyncio.TaskGroup() as tasks, capacity.borrowed(withdraw):
        capacity.keep(withdraw)
        waiting = tasks.create_task(capacity.lease().__aenter__())
        await asyncio.sleep(1.0)
        assert not waiting.done()

    assert withdrawn == []


@pytest.mark.parametrize(("wants", "leaves"), [(Priority.CALL, True), (Priority.REQUEST, False)])
async def test_a_place_held_until_it_is_wanted_goes_to_whoever_goes_first(wants: Priority, leaves: bool) -> None:
    """Not to the next of the same kind, who waits for its turn."""
    capacity = Capacity(1)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def work() -> bool:
        try:
            async with capacity.lease_until_wanted(Priority.REQUEST):
                await asyncio.sleep(10.0)
        except NoCapacity:
            return True
        return False

    working = loop.create_task(work())
    await asyncio.sleep(0.5)
    async with capacity.lease(wants):
        assert loop.time() == pytest.approx(began + (0.5 if leaves else 10.0))
        assert (await working, capacity.running) == (leaves, 1)
    assert capacity.running == 0


async def test_a_call_that_came_as_the_place_was_handed_out_gets_it() -> None:
    """It could tell nobody to leave: the one who has it had not begun."""
    capacity = Capacity(1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    first = capacity.lease()
    await first.__aenter__()

    async def work() -> None:
        with pytest.raises(NoCapacity):
            async with capacity.lease_until_wanted(Priority.BATCH):
                await asyncio.sleep(10.0)

    working = loop.create_task(work())
    await asyncio.sleep(0.5)
    await first.__aexit__(None, None, None)
    async with capacity.lease(Priority.CALL):
        assert loop.time() == pytest.approx(began + 0.5)
    await working


async def test_who_is_cancelled_while_it_holds_a_place_until_wanted_is_cancelled_and_nothing_else() -> None:
    capacity = Capacity(1)

    async def work() -> None:
        async with capacity.lease_until_wanted(Priority.REQUEST):
            await asyncio.sleep(10.0)

    working = asyncio.get_running_loop().create_task(work())
    await asyncio.sleep(0.5)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    async with capacity.lease():
        assert capacity.running == 1


async def test_calls_go_before_all_others() -> None:
    capacity = Capacity(1)
    began: list[str] = []

    async def work(name: str, priority: Priority) -> None:
        async with capacity.lease(priority):
            began.append(name)
            await asyncio.sleep(1.0)

    async with asyncio.TaskGroup() as tasks:
        for name, priority in (
            ("first", Priority.BATCH),
            ("batch", Priority.BATCH),
            ("request", Priority.REQUEST),
            ("microphone", Priority.MICROPHONE),
            ("call", Priority.CALL),
            ("another call", Priority.CALL),
        ):
            tasks.create_task(work(name, priority))
            await asyncio.sleep(0.01)

    assert began == ["first", "call", "another call", "microphone", "request", "batch"]


async def test_nobody_has_to_wait_who_does_not_want_to() -> None:
    capacity = Capacity(2)
    async with capacity.lease_now(), capacity.lease_now():
        with pytest.raises(NoCapacity, match="all 2 places are taken"):
            async with capacity.lease_now():
                pytest.fail("there was no place")
        assert (capacity.running, capacity.free) == (2, 0)
    assert capacity.free == 2


async def test_the_limit_can_be_lowered_and_raised_while_it_is_in_use() -> None:
    capacity = Capacity(2)
    async with asyncio.TaskGroup() as tasks, capacity.lease(), capacity.lease():
        capacity.limit = 1
        waiting = tasks.create_task(capacity.lease().__aenter__())
        await asyncio.sleep(1.0)
        assert not waiting.done()
        capacity.limit = 3
        await waiting
        assert capacity.running == 3


@given(
    st.lists(st.tuples(st.sampled_from(Priority), st.floats(0, 3), st.floats(0.1, 3)), max_size=12), st.integers(1, 3)
)
def test_no_lease_is_ever_lost(works: list[tuple[Priority, float, float]], limit: int) -> None:
    """Whoever is cancelled, whenever: afterwards all places are free."""

    async def scenario() -> None:
        capacity = Capacity(limit)

        async def work(seconds: float, priority: Priority) -> None:
            async with capacity.lease(priority):
                assert capacity.running <= limit
                await asyncio.sleep(seconds)

        tasks = []
        for priority, patience, seconds in works:
            task = asyncio.create_task(work(seconds, priority))
            asyncio.get_running_loop().call_later(patience, task.cancel)
            tasks.append(task)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (capacity.running, capacity.waiting, capacity.free) == (0, 0, limit)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario())


async def test_what_is_held_back_waits_whatever_is_free() -> None:
    """Calls go on; what was held back goes on in its order once it is let."""
    capacity = Capacity(2)
    began: list[Priority] = []

    async def work(priority: Priority) -> None:
        async with capacity.lease(priority):
            began.append(priority)
            await asyncio.sleep(1)

    capacity.hold_back(Priority.REQUEST)
    async with asyncio.TaskGroup() as tasks:
        for priority in (Priority.BATCH, Priority.REQUEST, Priority.CALL, Priority.MICROPHONE, Priority.CALL):
            tasks.create_task(work(priority))
        await asyncio.sleep(10)
        assert (sorted(began), capacity.free, capacity.waiting) == ([0, 0, 1], 2, 2)
        capacity.hold_back(None)
        await asyncio.sleep(0.5)
        assert began[3:] == [Priority.REQUEST, Priority.BATCH]


async def test_who_is_held_back_takes_nothing_from_those_who_borrow() -> None:
    capacity = Capacity(1)
    withdrawn: list[bool] = []
    capacity.hold_back(Priority.BATCH)
    async with capacity.borrowed(lambda: withdrawn.append(True)) as borrowed:
        waiting = asyncio.ensure_future(capacity.lease(Priority.BATCH).__aenter__())
        await asyncio.sleep(1)
        assert (borrowed, withdrawn) == (True, [])
        waiting.cancel()


def test_limits_are_those_of_the_settings_else_of_the_hardware() -> None:
    capacities = Capacities.within(LimitSettings(transcriptions=5), 2)
    limits = {name: capacity.limit for name, capacity in capacities.named().items()}
    assert limits == {"transcriptions": 5, "syntheses": 2, "language_tasks": 2, "requests": 2}

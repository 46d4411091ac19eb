"""An event loop whose clock jumps to its next timer: a dialog of thirty seconds takes milliseconds, always the same.

Mark a test (or a module, by ``pytestmark``) with ``pytest.mark.virtual_time`` and it runs on this loop. Nothing in such
a test may wait for the outside world: no sockets that others write to, no child processes, no threads.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor

STARTED_AT = 1000.0
"""Where the clock starts: not at zero, so that a value mistaken for a point in time stands out."""


class _JumpingSelector(selectors.DefaultSelector):
    """Reports what is ready now, and tells how long the loop would have slept instead of sleeping."""

    def __init__(self, slept: Callable[[float], None]) -> None:
        super().__init__()
        self._slept = slept

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("the test waits for something that will never happen: no timer is left in virtual time")
        self._slept(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps."""

    def __init__(self) -> None:
        self._now = STARTED_AT
        super().__init__(_JumpingSelector(self._advance))

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Refused: the clock would run away from the thread."""
        raise RuntimeError(f"{func!r} needs a thread, and threads do not exist in virtual time")

    def _advance(self, seconds: float) -> None:
        self._now += seconds

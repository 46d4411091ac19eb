"""What happens to one call, dealt with in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from voice_engine.core.dialog.messages import Event


class Mailbox:
    """Belongs to one event loop."""

    def __init__(self, take: Callable[[Event], None]) -> None:
        """``take`` deals with one event at once; it may cause others, which follow in order."""
        self._take = take
        self._waiting: deque[Event] = deque()
        self._busy = False
        self.over = asyncio.Event()
        """Set, nothing is taken any more."""
        self.failure: Exception | None = None
        """What broke the call, and ended it."""

    def post(self, event: Event) -> None:
        """Take an event; unless another is being taken, it has been dealt with on return, with all that follows."""
        self._waiting.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting and not self.over.is_set():
                self._take(self._waiting.popleft())
        except Exception as error:  # noqa: BLE001 - the top of the call, which raises it once the legs are gone
            self.failure = error
            self.over.set()
        finally:
            self._busy = False

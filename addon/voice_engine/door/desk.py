"""The desk: where Home Assistant reaches the calls that go on, to decide, to speak and to hang up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from voice_engine.core.dialog import Stage, State
from voice_engine.core.dialog.messages import Announced, Decided, Dismissed, Event
from voice_engine.core.directory import Unit
from voice_engine.core.errors import AlreadyDecided, CallNotFound, PartyAbsent
from voice_engine.core.events import Party

_LOGGER = logging.getLogger(__name__)


class Held(Protocol):
    """A call that goes on."""

    @property
    def call_id(self) -> str:
        """The visitor leg's UUID."""
        ...

    @property
    def state(self) -> State:
        """Where its dialog stands."""
        ...

    def post(self, event: Event) -> None:
        """Take a dialog event; it has been dealt with on return."""
        ...


class Desk:
    """Finds calls by their identity. Everything is done, or refused with a ``RequestError``, on return."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    @contextmanager
    def holding(self, call: Held) -> Iterator[None]:
        """Let ``call`` be reached for as long as the context lasts."""
        self._held[call.call_id] = call
        try:
            yield
        finally:
            del self._held[call.call_id]

    def reaches(self, unit: Unit) -> bool:
        """Whether a visitor's call that goes on is for ``unit``."""
        return any(_goes_on(call) and call.state.unit == unit for call in self._held.values())

    def decide(self, call_id: str, *, granted: bool, message: str = "") -> None:
        """Let the visitor in, or not. Raises: CallNotFound, AlreadyDecided."""
        self._undecided(call_id).post(Decided(granted, message))

    def say(self, call_id: str, party: Party, text: str) -> None:
        """Say ``text`` to a party, after what is being said. Raises: CallNotFound, AlreadyDecided, PartyAbsent."""
        call = self._undecided(call_id)
        if party not in call.state.present:
            raise PartyAbsent(f"The {party} is not on the line.")
        _LOGGER.info("Call %s: Home Assistant has something said to the %s", call_id, party)
        call.post(Announced(party, text))

    def hang_up(self, call_id: str) -> None:
        """End the call; without an outcome the door stays shut. Raises: CallNotFound."""
        call = self._going_on(call_id)
        _LOGGER.info("Call %s: Home Assistant hangs up", call_id)
        call.post(Dismissed())

    def hang_up_all(self) -> tuple[str, ...]:
        """End all calls that go on; gives their identities."""
        going_on = [call_id for call_id, call in self._held.items() if _goes_on(call)]
        for call_id in going_on:
            self.hang_up(call_id)
        return tuple(going_on)

    def _going_on(self, call_id: str) -> Held:
        call = self._held.get(call_id)
        if call is None or not _goes_on(call):
            raise CallNotFound("No call of that call_id goes on; GET /api/status lists those that do.")
        return call

    def _undecided(self, call_id: str) -> Held:
        call = self._going_on(call_id)
        if call.state.stage is Stage.CLOSING:
            raise AlreadyDecided(f"The call's outcome is settled: {call.state.disposition}.")
        return call


def _goes_on(call: Held) -> bool:
    """Whether it has begun and not ended; what has not begun was told to nobody, so nobody can mean it."""
    return call.state.stage not in (Stage.ARRIVING, Stage.ENDED)

"""The doors calls come from, told apart by the number of the calling station."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from voice_engine.door.tools import Tools

_LOGGER = logging.getLogger(__name__)

STATION_SECONDS = 1.0
"""How long a visitor waits, in silence, until it is known at which door they stand.

Asterisk knows the number before it connects and answers in milliseconds, on a busy machine later: better a second of
silence than the wrong door and its language. Who waits longer thinks that nobody answers.
"""


class Origin(NamedTuple):
    """Where a visitor calls from."""

    tools: Tools
    """The door's."""
    caller: str | None = None
    """The station's number."""
    asked: bool = False
    """Whether the number was asked for already: who does not know it in time is not asked again."""


@dataclass(frozen=True, slots=True)
class Doors:
    """All doors."""

    first: Tools
    """Taken where there is no other, or nobody can tell at which the visitor stands."""
    by_station: Mapping[str, Tools]
    """Empty where there is only one door."""

    @property
    def every(self) -> tuple[Tools, ...]:
        """Each door's tools, once."""
        doors = {tools.settings.name: tools for tools in (self.first, *self.by_station.values())}
        return tuple(doors.values())

    async def of(self, leg_id: UUID) -> Origin:
        """The door from which the leg calls, and its station's number where that had to be asked for."""
        if not self.by_station:
            return Origin(self.first)
        caller = await self.first.telephone.caller(leg_id, STATION_SECONDS)
        tools = self.by_station.get(caller) if caller else None
        if tools is None:
            why = "its station is listed at no door" if caller else "Asterisk does not tell its station"
            _LOGGER.warning("Call %s is taken for one from %s: %s", leg_id, self.first.settings.name, why)
        return Origin(tools or self.first, caller, asked=True)

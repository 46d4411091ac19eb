"""Which question is being put to whom, and whether that party may have it cut short by speaking."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from voice_engine.core.dialog import Stage, State
from voice_engine.core.events import Party
from voice_engine.core.settings import DoorSettings

UNINTERRUPTED_SECONDS = 0.5
"""Of the yes/no question, and of all that belongs to it: who takes a phone says hello, and to nobody in particular."""

_ASKED: Mapping[Stage, Party] = {
    Stage.ASKING_UNIT: Party.VISITOR,
    Stage.ASKING_CONFIRMATION: Party.VISITOR,
    Stage.ASKING_DETAIL: Party.VISITOR,
    Stage.ASKING_ANSWER: Party.RESIDENT,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How a question is put to a party that may speak while it hears it."""

    seconds: float
    """How long they must speak to cut it short; infinite: they cannot."""
    uninterrupted_seconds: float
    """What they say so soon after its beginning does not count."""


def patience(state: State, party: Party, settings: DoorSettings) -> Patience | None:
    """How ``party`` is being asked; None: it is not, and nothing it says counts."""
    only_keys = party is Party.VISITOR and state.keypad_only
    if only_keys or _ASKED.get(state.stage) is not party:
        return None
    may_interrupt = settings.barge_in_seconds > 0 and not state.insisting
    return Patience(
        settings.barge_in_seconds if may_interrupt else math.inf,
        UNINTERRUPTED_SECONDS if party is Party.RESIDENT else 0.0,
    )

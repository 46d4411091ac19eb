"""What happens at the door, told to the log and to everyone else who asked."""

from __future__ import annotations

import logging

from voice_engine.core.events import CallEvent, Turn
from voice_engine.voice.ports import CallObserver

_LOGGER = logging.getLogger(__name__)


class Journal:
    """A ``CallObserver`` that logs and passes on."""

    def __init__(self, *observers: CallObserver, transcripts: bool) -> None:
        """``transcripts``: whether units and what people said may stand in the log."""
        self._observers = observers
        self._transcripts = transcripts

    def on_call_event(self, event: CallEvent) -> None:
        """Log the event and pass it on."""
        call = event.call
        _LOGGER.info(
            "Call %s: %s, %s%s%s",
            call.call_id,
            event.kind,
            call.stage,
            f", {call.disposition} by {call.decided_by or 'circumstances'}" if call.disposition else "",
            f", unit {call.unit}" if call.unit and self._transcripts else "",
        )
        for observer in self._observers:
            observer.on_call_event(event)

    def on_turn(self, turn: Turn) -> None:
        """Log the turn's figures, its words only where allowed, and pass it on."""
        by = {stage: f" by {name}" for stage, name in turn.backends.items()}
        figures = ", ".join(f"{stage} {s * 1000:.0f} ms{by.get(stage, '')}" for stage, s in turn.stages.items())
        words = f": {turn.heard!r} understood as {turn.understood}" if self._transcripts else ""
        _LOGGER.info("Call %s: turn of the %s%s (%s)", turn.call_id, turn.party, words, figures)
        for observer in self._observers:
            observer.on_turn(turn)

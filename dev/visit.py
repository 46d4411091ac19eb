"""One visit as people hold it, told while it happens: a delivery for apartment 501 is let in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from dev.stage.asterisk import DOOR_EXTENSION
from dev.stage.phone import Phone
from dev.stage.prompts import Sentence, check_heard, text_of
from dev.stage.speech import Voice
from dev.stage.stage import Stage
from dev.stage.states import Change
from dev.terminal import Terminal
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.prompts import Prompt

STATION, UNIT = "1000", "501"
VISITOR_SAYS, RESIDENT_SAYS = "i have a delivery for apartment five zero one", "yes let him in"
VISITOR_HEARS: tuple[Sentence, ...] = (Prompt.WELCOME, (Prompt.CALLING, UNIT), Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
QUESTION = (Prompt.QUESTION, UNIT, Facts(intent=Intent.DELIVERY))
RESIDENT_HEARS: tuple[Sentence, ...] = (QUESTION, Prompt.GRANTED_RESIDENT)
EVENTS: Mapping[tuple[str, str], str] = {
    ("doorbell", "ring"): "the doorbell rings, caller {caller}",
    ("call", "answered"): "the resident of {unit} has answered",
    ("call", "granted"): "granted, decided by {decided_by}",
    ("call", "ended"): "the call has ended: {disposition}",
}
"""What Home Assistant tells of a visit that is let in."""
AFTERWARDS = {
    "call": "ended",
    "last_disposition": "granted",
    "active_calls": "0",
    "call_in_progress": "off",
    "telephone_system": "on",
}
"""What it shows at the end: for the event entity its last event, for the others their state."""
TURN_SECONDS = 30.0
"""The longest wait for the other side; the longest sentence of the engine takes a third of it."""


class Visit:
    """One visit."""

    def __init__(self, stage: Stage, terminal: Terminal) -> None:
        self._terminal = terminal
        self._speech = stage.speech
        self._states = stage.home_assistant.states
        self._visitor, self._resident = stage.phones[STATION], stage.phones[UNIT]
        self._events: list[str] = []

    async def play(self) -> None:
        """Hold it from the first ring to the last word. Raises: StageError, TimeoutError, CallEndedError."""
        delivery = await self._speech.sentence(VISITOR_SAYS)
        yes = await self._speech.sentence(RESIDENT_SAYS, Voice.MAN)
        self._terminal.title(f"A visitor calls from station {STATION}")
        self._states.on_change = self._tell
        await self._visitor.dial(DOOR_EXTENSION)
        self._terminal.told("Visitor", f"dials {DOOR_EXTENSION} and is connected")

        await self._hears("Door to visitor", self._visitor, Prompt.WELCOME)
        self._terminal.told("Visitor", f"“{VISITOR_SAYS}”")
        await self._visitor.say(delivery)
        spoken_at = time.monotonic()
        await self._resident.rings(TURN_SECONDS)
        self._terminal.told("Telephone", f"apartment {UNIT} rings", _since(spoken_at, "the visitor's last word"))
        await self._resident.answer()

        await self._hears("Door to resident", self._resident, QUESTION)
        self._terminal.told("Resident", f"“{RESIDENT_SAYS}”")
        await self._resident.say(yes)
        spoken_at = time.monotonic()
        await self._states.until(lambda: "granted" in self._events, TURN_SECONDS)
        self._terminal.told("Door to both", f"“{text_of(Prompt.GRANTED_VISITOR)}”", _since(spoken_at, "the last word"))

        await asyncio.gather(self._visitor.call.ends(TURN_SECONDS), self._resident.call.ends(TURN_SECONDS))
        self._terminal.told("Telephone", "both have heard the farewell and are hung up")
        await self._states.until(lambda: "ended" in self._events and self._shown() == AFTERWARDS, TURN_SECONDS)

    async def check(self) -> None:
        """Show what Home Assistant shows, and check what the phones heard. Raises: StageError."""
        self._terminal.title("Home Assistant shows")
        for key, value in self._shown().items():
            self._terminal.success(f"{self._states.entity(key):<52} {value}")
        self._terminal.title("The phones heard")
        for name, phone, sentences in (
            ("visitor", self._visitor, VISITOR_HEARS),
            ("resident", self._resident, RESIDENT_HEARS),
        ):
            frames = await check_heard(phone, *sentences)
            self._terminal.success(
                f"the {name}: {len(sentences)} sentences, all {frames} frames of 20 ms exactly once and in order"
            )

    async def _hears(self, who: str, phone: Phone, sentence: Sentence) -> None:
        await phone.hearing.speech(TURN_SECONDS)
        self._terminal.told(who, f"“{text_of(sentence)}”")
        await phone.hearing.prompt(TURN_SECONDS)

    def _tell(self, change: Change) -> None:
        event = change.attributes.get("event_type")
        if text := EVENTS.get((change.key, str(event))):
            self._events.append(str(event))
            self._terminal.told("Home Assistant", text.format_map(change.attributes))

    def _shown(self) -> dict[str, str]:
        return {"call": (self._events or [""])[-1]} | {
            key: self._states.state(key) for key in AFTERWARDS if key != "call"
        }


def _since(moment: float, what: str) -> str:
    return f"{time.monotonic() - moment:.2f} s after {what}"

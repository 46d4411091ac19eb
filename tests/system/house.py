"""The house as the tests see it: people at phones, calls as Home Assistant tells them, prompts as they were heard."""

from __future__ import annotations

import asyncio
from typing import Any

from dev.stage.asterisk import DOOR_EXTENSION
from dev.stage.phone import Phone
from dev.stage.speech import Sentence, Voice
from dev.stage.stage import Stage
from dev.stage.states import Change, States
from dev.stage.waiting import eventually

CALL_SECONDS = 60.0
"""The longest wait for anything in a call: the longest sentence of the engine takes a sixth of it, a busy machine the
rest."""
STOP_SECONDS = 4.0
"""A telephone that is told to ring no more does so at once; by itself it would have gone on for longer."""

SETTINGS: dict[str, Any] = {
    "language": "en",
    "door": {
        # People on the stage do not think while they speak, so their turn may end sooner.
        "silence_threshold_seconds": 0.8,
        "open_tones": "*5#",
        "ring_attempts": 1,
        "ring_seconds": 5,
    },
    "log": {"level": "debug", "transcripts": True},
}


class WatchedCall:
    """One call as Home Assistant tells it, from the moment of watching on."""

    def __init__(self, states: States, station: str) -> None:
        """``station`` is the number of the phone at the door that will call."""
        self._states = states
        self._station = station
        self._first = len(states.changes)

    @property
    def told(self) -> list[Change]:
        """What the event entities told of this call."""
        changes = self._states.changes[self._first :]
        rings = [change for change in changes if change.attributes.get("caller") == self._station]
        call_ids = {change.attributes["call_id"] for change in rings[:1]}
        return [change for change in changes if change.attributes.get("call_id") in call_ids]

    @property
    def events(self) -> list[str]:
        """The types of the events so far, in order."""
        return [change.attributes["event_type"] for change in self.told]

    async def until(self, event: str) -> None:
        """Wait until an event of this type was told."""
        await self._states.until(lambda: event in self.events, CALL_SECONDS)

    async def ended(self) -> dict[str, Any]:
        """Wait for the call's end; the attributes of its last event."""
        await self.until("ended")
        return self.told[-1].attributes


class House:
    """People and phones of the stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.states = stage.home_assistant.states

    async def at_rest(self) -> None:
        """Wait until Asterisk has no channel, and Home Assistant shows no call and a telephone system that is there."""
        await self.states.until(
            lambda: (
                self.states.state("active_calls") == "0"
                and self.states.state("call_in_progress") == "off"
                and self.states.state("telephone_system") == "on"
            ),
            CALL_SECONDS,
        )
        manager = await self.stage.asterisk.manager()

        async def no_channels() -> bool | None:
            return not await manager.channels() or None

        await eventually(no_channels, CALL_SECONDS)
        await manager.close()

    async def visit(self, station: str = "1000") -> tuple[Phone, WatchedCall]:
        """A visitor calls the door."""
        call = WatchedCall(self.states, station)
        visitor = self.stage.phones[station]
        await visitor.dial(DOOR_EXTENSION)
        return visitor, call

    async def answered_by(self, unit: str) -> Phone:
        """The resident of ``unit`` takes the phone that rings."""
        resident = self.stage.phones[unit]
        await resident.rings(CALL_SECONDS)
        await resident.answer()
        return resident

    async def say(self, phone: Phone, text: str, voice: Voice = Voice.WOMAN) -> None:
        """Hear a prompt to its end, then say something."""
        sentence: Sentence = await self.stage.speech.sentence(text, voice)
        await phone.hearing.prompt(CALL_SECONDS)
        await phone.say(sentence)

    async def hung_up(self, *phones: Phone) -> None:
        """Wait until each of these phones is without a call: none is left hanging on the line."""
        await asyncio.gather(*(phone.call.ends(CALL_SECONDS) for phone in phones))

    async def shows(self, disposition: str) -> None:
        """Wait until Home Assistant shows how the last call ended, and no call any more."""
        await self.states.until(lambda: self.states.state("last_disposition") == disposition, CALL_SECONDS)
        await self.at_rest()

"""One home is called with a message: the machine is fed, its effects are performed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from uuid import uuid4

from voice_engine.core import notification
from voice_engine.core.dialog.messages import (
    Abandon,
    Effect,
    Event,
    GivenUp,
    HangUp,
    Hush,
    Listen,
    ResidentArrived,
    Ring,
    Say,
    SayText,
    StartTimer,
    StopListening,
    StopRinging,
    StopTimer,
    TimerFired,
)
from voice_engine.core.directory import Unit
from voice_engine.core.events import CallEvent, Party, Turn
from voice_engine.core.load import Relief
from voice_engine.core.notification import Message, Outcome, Reply, Stage
from voice_engine.core.resident_turn import resident_turn
from voice_engine.core.transcript import Question, Transcript
from voice_engine.door.effects import perform_on_line
from voice_engine.door.line import Line
from voice_engine.door.mailbox import Mailbox
from voice_engine.door.questions import UNINTERRUPTED_SECONDS, Patience
from voice_engine.door.ringing import Ringing
from voice_engine.door.tools import Tools
from voice_engine.voice.ports import Leg

LONGEST_SECONDS = 180.0
"""Some phones rung twice, a message and its answer; whoever waits for the outcome may count on it."""
CLOSING_SECONDS = 10.0
"""The longest last sentence, and time to make it; after it the leg is cut."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it."""

    outcome: Outcome
    reply: Reply | None
    """None where nothing was asked, or nobody heard it."""


class _Nobody:
    """A ``CallObserver``: what is said here is no visitor's call, and stands in no log of calls."""

    def on_call_event(self, event: CallEvent) -> None:
        """There are none."""

    def on_turn(self, turn: Turn) -> None:
        """Told to nobody."""


class Notification:
    """Runs once; the host of its resident's line."""

    def __init__(self, unit: Unit, message: Message, tools: Tools) -> None:
        """``tools`` are those of a door; the home is spoken to in its own language."""
        self.unit = unit
        self._tools = replace(tools.speaking(unit.language), observer=_Nobody())
        hears = self._tools.transcriber.speaks(self._tools.language, Question.ANSWER)
        self._hears = hears and not tools.does_without(Relief.KEYPAD_CALLS)
        attempts = tools.settings.ring_attempts
        self._state, self._first = notification.begin(unit, message, attempts, hears=self._hears)
        self._call_id = str(uuid4())
        self._mailbox = Mailbox(self._take)
        self._over = self._mailbox.over
        self._line: Line | None = None
        self._ringing = Ringing(tools.residents, tools.settings.ring_seconds, self._taken, self.post)
        self._keypad: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None

    @property
    def call_id(self) -> str:
        """For the log."""
        return self._call_id

    @property
    def group(self) -> asyncio.TaskGroup:
        """Holds all its tasks."""
        return self._group

    async def run(self) -> Result:
        """Call the home; returns when nobody is on the line any more. Cancelling hangs up. Raises what broke it."""
        deadline = asyncio.get_running_loop().call_later(LONGEST_SECONDS, self.give_up)
        try:
            async with asyncio.TaskGroup() as self._group:
                self._perform_all(self._first)
                await self._over.wait()
                self._stop()
        finally:
            deadline.cancel()
            self._over.set()
            self._stop()
        if self._mailbox.failure is not None:
            raise self._mailbox.failure
        return Result(self._state.outcome or Outcome.FAILED, self._state.reply)

    def give_up(self) -> None:
        """Come to an end: it took too long, or the engine stops."""
        self.post(GivenUp())

    def post(self, event: Event) -> None:
        """Take an event and do what follows from it, at once; events that arise meanwhile follow in order."""
        self._mailbox.post(event)

    def patience(self, party: Party) -> Patience | None:  # noqa: ARG002 - the line's host; there is only one party
        """Nobody cuts a question short, but an answer that began before its end is one."""
        asks = self._state.message.question and self._state.stage in (Stage.SAYING, Stage.REPEATING)
        return Patience(inf, UNINTERRUPTED_SECONDS) if asks and self._hears else None

    async def understand(
        self,
        question: Question,  # noqa: ARG002 - there is only one
        transcript: Transcript,
        on_backend: Callable[[str], None],  # noqa: ARG002 - rules alone decide
    ) -> Event:
        """What the resident's words mean, by the rules that hold at the door."""
        return resident_turn(transcript, self._tools.language)

    def _take(self, event: Event) -> None:
        self._state, effects = notification.step(self._state, event)
        self._perform_all(effects)

    def _perform_all(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self._perform(effect)
        if self._state.stage is Stage.CLOSING and self._closing is None:
            self._closing = asyncio.get_running_loop().call_later(CLOSING_SECONDS, self._over.set)
        if self._state.stage is Stage.ENDED:
            self._over.set()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Ring(phone=phone):
                self._ringing.ring(phone, self._group)
            case StopRinging():
                self._ringing.stop()
            case StartTimer(timer=timer, seconds=seconds):
                self._stop_timer()
                self._keypad = asyncio.get_running_loop().call_later(seconds, self.post, TimerFired(timer))
            case StopTimer():
                self._stop_timer()
            case _ if self._line is not None:
                self._perform_on_line(self._line, effect)

    def _perform_on_line(self, line: Line, effect: Effect) -> None:
        match effect:
            case Say(prompt=prompt):
                line.say(self._tools.prompts.render(prompt))
            case Abandon():
                line.abandon()
            case SayText() | Hush() | Listen() | StopListening() | HangUp():
                perform_on_line(line, effect)

    def _taken(self, phone: str, leg: Leg) -> None:
        self._line = Line(Party.RESIDENT, leg, self._tools, self)
        self.post(ResidentArrived(phone))
        self._line.connect()

    def _stop_timer(self) -> None:
        if self._keypad is not None:
            self._keypad.cancel()

    def _stop(self) -> None:
        self._ringing.stop()
        self._stop_timer()
        if self._closing is not None:
            self._closing.cancel()
        if self._line is not None:
            self._line.stop_listening()
            self._line.cut()

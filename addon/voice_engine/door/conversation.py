"""One call at the door: the dialog machine is fed, its effects are performed, the world is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from voice_engine.core.dialog import Rules, Stage, State, step
from voice_engine.core.dialog.messages import (
    Abandon,
    Bridge,
    Effect,
    Event,
    GivenUp,
    PlayTones,
    ResidentArrived,
    Ring,
    Say,
    StartTimer,
    StopRinging,
    StopTimer,
    Timer,
    TimerFired,
    Unbridge,
    VisitorArrived,
)
from voice_engine.core.directory import Nothing
from voice_engine.core.events import (
    OUTCOME_EVENTS,
    Call,
    CallEvent,
    CallEventKind,
    CallStage,
    Disposition,
    Party,
)
from voice_engine.core.load import Relief
from voice_engine.core.prompts import Prompt
from voice_engine.core.resident_turn import resident_turn
from voice_engine.core.tones import keypad_tones
from voice_engine.core.transcript import Question, Transcript
from voice_engine.core.visitor_turn import visitor_turn
from voice_engine.door.doors import Origin
from voice_engine.door.effects import perform_on_line
from voice_engine.door.line import Line
from voice_engine.door.mailbox import Mailbox
from voice_engine.door.questions import Patience, patience
from voice_engine.door.recorded_leg import RecordedLeg
from voice_engine.door.ringing import Ringing
from voice_engine.door.tools import Tools
from voice_engine.voice.ports import Leg

CALLER_SECONDS = 1.0
"""How long the doorbell waits to learn who calls: Asterisk knows it before it connects, and answers within
milliseconds unless its machine is busy."""
CLOSING_SECONDS = 30.0
"""Longest farewell, a message of Home Assistant's included; after it the legs are cut."""
CUT_SECONDS = 3.0
"""For a cut leg's connection to close; after it the call is over whether it did or not."""

_STAGES: Mapping[Stage, CallStage] = {
    Stage.ARRIVING: CallStage.GREETING,
    Stage.ASKING_UNIT: CallStage.GREETING,
    Stage.HEARING_UNIT: CallStage.GREETING,
    Stage.DIALING_UNIT: CallStage.GREETING,
    Stage.ASKING_CONFIRMATION: CallStage.GREETING,
    Stage.HEARING_CONFIRMATION: CallStage.GREETING,
    Stage.ASKING_DETAIL: CallStage.GREETING,
    Stage.HEARING_DETAIL: CallStage.GREETING,
    Stage.RINGING: CallStage.RINGING,
    Stage.ASKING_ANSWER: CallStage.ASKING,
    Stage.HEARING_ANSWER: CallStage.ASKING,
    Stage.AWAITING_KEY: CallStage.ASKING,
    Stage.TALKING: CallStage.TALKING,
    Stage.CLOSING: CallStage.INFORMING,
    Stage.ENDED: CallStage.ENDED,
}


class Conversation:
    """One visitor's call from the first frame to the last hang-up; runs once."""

    def __init__(self, leg: Leg, origin: Origin) -> None:
        """``leg`` is the visitor's, ``origin`` where they stand."""
        self._leg = leg
        self._tools = tools = origin.tools
        self._asked_for_caller = origin.asked
        self._rules = rules_of(tools)
        self._state = State()
        self._mailbox = Mailbox(self._take)
        self._over = self._mailbox.over
        self._call = Call(str(leg.leg_id), tools.settings.name, _now(), caller=origin.caller)
        self._untold: list[CallEvent] | None = []
        self._lines: dict[Party, Line] = {}
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._deadline: asyncio.TimerHandle | None = None
        self._ringing = Ringing(tools.residents, tools.settings.ring_seconds, self._taken, self.post)
        self._began_at = asyncio.get_running_loop().time()

    @property
    def call_id(self) -> str:
        """The visitor leg's UUID."""
        return self._call.call_id

    @property
    def state(self) -> State:
        """Where the dialog stands."""
        return self._state

    @property
    def group(self) -> asyncio.TaskGroup:
        """Holds all tasks of the call."""
        return self._group

    async def run(self) -> None:
        """Hold the call; returns when nobody is left. Raises what broke it, after its end was told."""
        self._set_deadline(self._tools.settings.max_call_seconds, self.give_up)
        try:
            async with asyncio.TaskGroup() as self._group:
                announcing = self._group.create_task(self._announce())
                self._join(Party.VISITOR, self._leg, VisitorArrived())
                await self._over.wait()
                announcing.cancel()
                self._stop()
        finally:
            # Nothing counts any more, not even the hang-ups that follow: the end is told once, and last.
            self._over.set()
            self._stop()
            self._finish()
        if self._mailbox.failure is not None:
            raise self._mailbox.failure

    def give_up(self) -> None:
        """End the call politely: it took too long, or the engine stops."""
        self.post(GivenUp())

    # --- the machine --------------------------------------------------------------------------------------------------

    def post(self, event: Event) -> None:
        """Take a dialog event and do what follows from it, at once; events that arise meanwhile follow in order."""
        self._mailbox.post(event)

    def _take(self, event: Event) -> None:
        before = self._state
        self._state, effects = step(self._rules, before, event)
        self._tell(before, event)
        for effect in effects:
            self._perform(effect)
        if self._state.stage is Stage.CLOSING and before.stage is not Stage.CLOSING:
            self._set_deadline(CLOSING_SECONDS, self._cut)
        if self._state.stage is Stage.ENDED:
            self._over.set()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Ring(phone=phone):
                self._ringing.ring(phone, self._group)
            case StopRinging():
                self._ringing.stop()
            case StartTimer() | StopTimer():
                self._set_timer(effect)
            case Bridge():
                self._lines[Party.VISITOR].hear(self._lines[Party.RESIDENT])
                self._lines[Party.RESIDENT].hear(self._lines[Party.VISITOR])
            case Unbridge():
                for line in self._lines.values():
                    line.part()
            case Abandon(party=party):
                self._lines.pop(party).abandon()
            case Say(party=party):
                self._lines[party].say(self._words(effect))
            case PlayTones(party=party):
                self._play_tones(self._lines[party])
            case _:
                perform_on_line(self._lines[effect.party], effect)

    def _set_timer(self, effect: StartTimer | StopTimer) -> None:
        self._stop_timer(effect.timer)
        if isinstance(effect, StartTimer):
            loop = asyncio.get_running_loop()
            self._timers[effect.timer] = loop.call_later(effect.seconds, self.post, TimerFired(effect.timer))

    def _play_tones(self, line: Line) -> None:
        settings = self._tools.settings
        if settings.open_tones:
            line.play(keypad_tones(settings.open_tones, settings.tone_seconds, settings.tone_gap_seconds))

    def _words(self, effect: Say) -> str:
        tools = self._tools_for(effect.party)
        options = [choice.told(tools.language) for choice in effect.choices]
        return tools.prompts.render(effect.prompt, effect.unit or "", effect.facts, options)

    def patience(self, party: Party) -> Patience | None:
        """How ``party`` is being asked; None: it is not, or could not be understood."""
        hears = self._rules.speech if party is Party.VISITOR else self._rules.hears(self._state.unit)
        return patience(self._state, party, self._tools.settings) if hears else None

    async def understand(self, question: Question, transcript: Transcript, on_backend: Callable[[str], None]) -> Event:
        """What words that answer ``question`` mean: the directory decides who is meant, the rules decide the answer."""
        if question is Question.ANSWER:
            return resident_turn(transcript, self._tools_for(Party.RESIDENT).language)
        choices, known = self._state.choices, self._state.facts
        turn = visitor_turn(question, transcript, self._tools.language, self._tools.directory, choices)
        if choices or question is Question.CONFIRMATION:
            return turn
        if question is Question.UNIT:
            known = replace(known, match=Nothing())  # that is what they are asked about
        facts = await self._tools.interpreter.complete(turn.facts, transcript.text, self.call_id, known, on_backend)
        # Whom a model has pointed out is asked back, as all that is in doubt.
        return replace(turn, match=facts.match, facts=facts, sure=turn.sure and facts.match == turn.match)

    # --- legs ---------------------------------------------------------------------------------------------------------

    def _join(self, party: Party, leg: Leg, arrival: Event) -> None:
        line = self._lines[party] = Line(party, self._recorded(party, leg), self._tools_for(party), self)
        if self._tools.recorder is not None:
            line.notify(self._tools_for(party).prompts.render(Prompt.RECORDED))
        self.post(arrival)
        line.connect()

    def _recorded(self, party: Party, leg: Leg) -> Leg:
        recorder = self._tools.recorder
        return leg if recorder is None else RecordedLeg(leg, self.call_id, party, recorder, self._began_at)

    def _tools_for(self, party: Party) -> Tools:
        """Residents are spoken to in their unit's language, where it has its own."""
        unit = self._state.unit
        return self._tools.speaking(unit.language) if party is Party.RESIDENT and unit else self._tools

    def _taken(self, phone: str, leg: Leg) -> None:
        self._join(Party.RESIDENT, leg, ResidentArrived(phone))

    def _stop_timer(self, timer: Timer) -> None:
        running = self._timers.pop(timer, None)
        if running is not None:
            running.cancel()

    def _set_deadline(self, seconds: float, action: Callable[[], None]) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, action)

    def _cut(self) -> None:
        for line in self._lines.values():
            line.cut()
        self._set_deadline(CUT_SECONDS, self._over.set)

    def _stop(self) -> None:
        self._ringing.stop()
        for timer in Timer:
            self._stop_timer(timer)
        if self._deadline is not None:
            self._deadline.cancel()
        for line in self._lines.values():
            line.stop_listening()
            line.cut()

    # --- the world ----------------------------------------------------------------------------------------------------

    async def _announce(self) -> None:
        """Tell that the door rang, with the caller where Asterisk names it in time; nothing is told before."""
        if not self._asked_for_caller:
            caller = await self._tools.telephone.caller(self._leg.leg_id, CALLER_SECONDS)
            self._call = replace(self._call, caller=caller)
        self._flush()

    def _flush(self) -> None:
        untold, self._untold = self._untold, None
        if untold is None:
            return
        rang = Call(self.call_id, self._call.door, self._call.started_at, caller=self._call.caller)
        self._publish(CallEventKind.RANG, rang)
        for event in untold:
            self._tools.observer.on_call_event(replace(event, call=replace(event.call, caller=self._call.caller)))

    def _tell(self, before: State, event: Event) -> None:
        after = self._state
        stage = _STAGES[after.stage]
        moved = stage is not self._call.stage
        self._call = replace(
            self._call,
            stage=CallStage.INFORMING if stage is CallStage.ENDED else stage,
            unit=after.unit.number if after.unit else None,
            intent=after.facts.intent,
            visitor=after.facts.visitor,
            company=after.facts.company,
            disposition=after.disposition,
            decided_by=after.decided_by,
        )
        if after.disposition is not None and before.disposition is None:
            self._publish(OUTCOME_EVENTS[after.disposition], self._call)
        elif moved and stage is not CallStage.ENDED:
            answered = isinstance(event, ResidentArrived)
            self._publish(CallEventKind.ANSWERED if answered else CallEventKind.STAGE, self._call)

    def _finish(self) -> None:
        """Tell the end, whatever it was; a call broken off without an outcome has failed."""
        self._flush()
        if self._call.disposition is None:
            self._call = replace(self._call, disposition=Disposition.FAILED)
            self._publish(OUTCOME_EVENTS[Disposition.FAILED], self._call)
        self._call = replace(self._call, stage=CallStage.ENDED, ended_at=_now())
        self._publish(CallEventKind.ENDED, self._call)

    def _publish(self, kind: CallEventKind, call: Call) -> None:
        event = CallEvent(kind, _now(), call)
        if self._untold is not None:
            self._untold.append(event)
        else:
            self._tools.observer.on_call_event(event)


def rules_of(tools: Tools) -> Rules:
    """What holds for a call that begins now: nobody is asked what could not be understood, or not in time."""
    if tools.does_without(Relief.KEYPAD_CALLS):
        return Rules(
            tools.directory,
            tools.settings.ring_attempts,
            speech=False,
            hears_intent=False,
            began_at=tools.local_time(),
            understood=frozenset(),
            quiet=tools.quiet(),
        )
    hears = partial(tools.transcriber.speaks, tools.language)
    return Rules(
        tools.directory,
        tools.settings.ring_attempts,
        hears(Question.UNIT),
        questions=tuple(question for name in tools.settings.questions if hears(question := Question(name))),
        hears_intent=hears(Question.INTENT),
        began_at=tools.local_time(),
        understood=tools.understood,
        quiet=tools.quiet(),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

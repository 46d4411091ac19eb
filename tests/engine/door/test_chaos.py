"""Whatever people, phones, engines and Home Assistant do, in any order: nobody gets in by accident, nobody is stuck.

Each walk is a call in virtual time at which everyone acts by chance, the same chance for the same seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest

from tests.engine.door.stage import Door, open_door, until
from tests.engine.fakes import (
    FRAME_BYTES,
    FRAME_SECONDS,
    SECONDS_PER_CHARACTER,
    FakeLanguageModel,
    FakeLeg,
    FakeObserver,
    FakeSynthesizer,
    FakeTranscriber,
    Phone,
)
from voice_engine.core.errors import BackendError, RequestError
from voice_engine.core.events import OUTCOME_EVENTS, CallEvent, CallEventKind, CallStage, DecidedBy, Disposition, Party
from voice_engine.core.records import RecordedFrame
from voice_engine.core.settings import DoorSettings, RingOrder, UnitSettings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.core.understanding import CERTAIN_CONFIDENCE, Answer, classify_answer
from voice_engine.door.conversation import CLOSING_SECONDS, CUT_SECONDS
from voice_engine.voice.ports import RingResult

pytestmark = pytest.mark.virtual_time

WALKS = 60
DEAD_AIR_SECONDS = 2.0
HALL, MOBILE, OFFICE = "PJSIP/hall", "PJSIP/mobile", "PJSIP/office"
UNITS = (
    UnitSettings("501", ("Daniel Souza",), (HALL, MOBILE)),
    UnitSettings("302", ("Ana Clara Lima",), (HALL, MOBILE, OFFICE), ring=RingOrder.AT_ONCE),
    UnitSettings("303", ("Ana Beatriz Prado",), (OFFICE,), language=Language.ENGLISH),
    UnitSettings("700", ("Gustavo Nunes",), (MOBILE,), deliveries="desk", language=Language.PORTUGUESE),
    UnitSettings("900", ("Rita Reis",), (HALL,), do_not_disturb="00:00-23:59"),
)
UNIT_KEYS = ("501#", "302#", "303#", "700#", "900#", "999#")
VISITOR = (
    *("five zero one", "quinhentos e um", "three oh two please", "ana clara", "ana", "daniel souza", "apartment nine"),
    *(
        "delivery for five zero one",
        "é entrega no setecentos",
        "no",
        "yes",
        "sim",
        "carlos",
        "hum",
        "a visit",
        "sim isso",
    ),
    *("yes let him in", "pode entrar", "no it is a visit for three oh three"),
)
GRANTS = ("yes let him in", "yes", "sim", "sim pode entrar", "let them in", "pode subir")
RESIDENT = (
    *("no", "não", "não pode entrar", "who is it", "quem é", "let me talk to him", "quero falar com ele", "maybe"),
    *("yes but wait", "acho que sim", "yes or no", "hello", "alô", "ok", "você ligou para daniel deixe seu recado"),
    "hello you have reached daniel please leave a message after the tone and we will call you back",
)
ASKED = frozenset({CallStage.ASKING, CallStage.TALKING})


@dataclass(frozen=True, slots=True)
class Speech:
    """Words somebody began to say."""

    leg: FakeLeg
    text: str
    began_at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of a resident's, as they were understood."""

    text: str
    confidence: float
    began_at: float
    ended_at: float


def frames_from_first_sound(pcm: bytes) -> int:
    """How many frames lie between the first that is loud and the last."""
    loud = [start for start in range(0, len(pcm), FRAME_BYTES) if any(pcm[start : start + FRAME_BYTES])]
    return (loud[-1] - loud[0]) // FRAME_BYTES if loud else 0


class ChancyTranscriber(FakeTranscriber):
    """Hears well, badly, late or not at all."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance
        self._trouble = chance.choice((0.0, 0.0, 0.1, 0.5))
        self.answers: list[Heard] = []
        """What residents were heard to say, in order."""

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """As chance will have it."""
        troubled = self._chance.random() < self._trouble
        self.broken = troubled and self._chance.random() < 0.5
        self.confidence = self._chance.choice((0.4, 0.7, CERTAIN_CONFIDENCE, 1.0, 1.0, 1.0))
        confidence = self.confidence
        self._delay_seconds = self._chance.choice((3.0, 12.0)) if troubled else self._chance.choice((0.0, 0.1, 0.7))
        heard = await super().transcribe(utterance, expectation)
        transcript = Transcript(heard.text, confidence if heard.text else 0.0)
        if expectation.question is Question.ANSWER:
            began_at = utterance.ended_at - frames_from_first_sound(utterance.pcm) * FRAME_SECONDS
            self.answers.append(Heard(transcript.text, transcript.confidence, began_at, utterance.ended_at))
        return transcript


class ChancySynthesizer(FakeSynthesizer):
    """Streams, fails, or breaks off in the middle of a sentence."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance
        self._trouble = chance.choice((0.0, 0.0, 0.0, 0.1))

    async def synthesize(self, text: str, language: Language) -> bytes:
        """If at all."""
        self.broken = self._chance.random() < self._trouble
        return await super().synthesize(text, language)

    async def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        """In two pieces, if at all."""
        pcm = await self.synthesize(text, language)
        half = len(pcm) // 640 * 320
        yield pcm[:half]
        await asyncio.sleep(self._chance.choice((0.0, 0.2, 0.5)))
        if self._chance.random() < self._trouble:
            raise BackendError("the sentence breaks off")
        yield pcm[half:]


class ChancyRecorder:
    """Takes frames."""

    def record(self, frame: RecordedFrame) -> None:
        """Forgotten."""


@dataclass(slots=True)
class TimedObserver(FakeObserver):
    """Knows when it was told, in virtual time."""

    times: list[float] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def on_call_event(self, event: CallEvent) -> None:
        """Kept, with the time."""
        self.events.append(event)
        self.times.append(asyncio.get_running_loop().time())
        if event.kind is CallEventKind.ENDED:
            self.ended.set()


class Walk:
    """One call, and everyone who takes part in it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.language = self.chance.choice(list(Language))
        self.settings = DoorSettings(
            max_call_seconds=self.chance.choice((20.0, 60.0, 60.0, 120.0)),
            ring_attempts=self.chance.choice((1, 2)),
            ring_seconds=self.chance.choice((3.0, 10.0)),
            barge_in_seconds=self.chance.choice((0.0, 0.2, 0.5)),
            no_input_seconds=self.chance.choice((3.0, 7.0)),
            open_tones=self.chance.choice(("", "9")),
        )
        self.transcriber = ChancyTranscriber(self.chance)
        self.observer = TimedObserver()
        self.residents: list[FakeLeg] = []
        self.speeches: list[Speech] = []
        self.grant_keys: list[float] = []
        """When a resident pressed 1 while asked, or while talking to the visitor."""
        self.granted_by_home_assistant = False
        self._loop = asyncio.get_running_loop()

    def phone(self) -> Phone:
        """One that does as chance will have it; most are taken."""
        result = self.chance.choice((*[RingResult.ANSWERED] * 6, *RingResult))
        return Phone(result, self.chance.choice((0.0, 0.5, 2.0, 2.0, 9.0)), leg_first=self.chance.random() < 0.5)

    async def run(self) -> None:
        """Hold the call, and see that all that must hold does."""
        model = FakeLanguageModel(self.chance.choice((0.2, 3.0)), name="Daniel Souza", intent="delivery")
        async with open_door(
            {phone: self.phone() for phone in (HALL, MOBILE, OFFICE)},
            settings=self.settings,
            language=self.language,
            transcriber=self.transcriber,
            model=self.chance.choice((None, model)),
            synthesizer=self.chance.choice((FakeSynthesizer(), ChancySynthesizer(self.chance))),
            units=UNITS,
            recorder=self.chance.choice((None, None, ChancyRecorder())),
            observer=self.observer,
        ) as door:
            before = asyncio.all_tasks()
            began_at = self._loop.time()
            visitor = door.visitor()
            async with asyncio.TaskGroup() as others:
                acting = [
                    others.create_task(self._visit(visitor)),
                    others.create_task(self._take_phones(door, others)),
                    others.create_task(self._meddle(door, visitor)),
                ]
                await self.observer.ended.wait()
                ended_at = self._loop.time()
                for task in acting:
                    task.cancel()
            assert ended_at - began_at <= self.settings.max_call_seconds + CLOSING_SECONDS + CUT_SECONDS + 1.0
            await asyncio.sleep(0.1)
            assert asyncio.all_tasks() <= before
            assert visitor.closed
            assert all(leg.closed for leg in self.residents)
        self._check_events()
        self._check_decision()
        self._check_air(visitor)

    # Who takes part.

    async def _visit(self, visitor: FakeLeg) -> None:
        await self._pause()
        if self.chance.random() < 0.6:
            visitor.press(self.chance.choice(("501#", "302#", "303#")))
        while not visitor.closed:
            match self.chance.randrange(12):
                case 0 | 1 | 2 | 3 | 4:
                    await self._speak_out(visitor, self.chance.choice(VISITOR))
                case 5 | 6:
                    visitor.press(self.chance.choice(UNIT_KEYS))
                case 7:
                    visitor.press(self.chance.choice("1123*#"))
                case 8 if self.chance.random() < 0.1:
                    visitor.drop()
                case _:
                    pass
            await self._pause()

    async def _take_phones(self, door: Door, others: asyncio.TaskGroup) -> None:
        while True:
            leg = await door.telephone.answered()
            self.residents.append(leg)
            others.create_task(self._answer(leg))

    async def _answer(self, leg: FakeLeg) -> None:
        if self.chance.random() < 0.2:
            leg.echo_seconds = self.chance.choice((0.06, 0.2, 0.36))
        is_polite = self.chance.random() < 0.5
        while not leg.closed:
            if is_polite:
                await self._quiet(leg)
            match self.chance.randrange(14):
                case 0 | 1 | 2 | 3:
                    await self._speak_out(leg, self.chance.choice(GRANTS))
                case 4 | 5 | 6:
                    await self._speak_out(leg, self.chance.choice(RESIDENT))
                case 7:
                    self._press(leg, self.chance.choice("1234567890*#33"))
                case 8 if self.chance.random() < 0.2:
                    leg.drop()
                case _:
                    pass
            await self._pause()

    async def _quiet(self, leg: FakeLeg) -> None:
        """Wait until something was said on ``leg`` to its end, and as long as people take to answer."""
        await until(lambda: leg.closed or (bool(leg.playouts) and leg.playouts[-1].ends_at <= self._loop.time()))
        await asyncio.sleep(self.chance.choice((0.04, 0.3, 0.6)))

    def _press(self, leg: FakeLeg, key: str) -> None:
        if key == "1" and not leg.closed and self.observer.events[-1].call.stage in ASKED:
            self.grant_keys.append(self._loop.time())
        leg.press(key)

    async def _meddle(self, door: Door, visitor: FakeLeg) -> None:
        call_id, desk = str(visitor.leg_id), door.tools.desk
        deeds: tuple[Callable[[], None], ...] = (
            lambda: desk.decide(call_id, granted=True, message=self.chance.choice(("", "Second floor."))),
            lambda: desk.decide(call_id, granted=False),
            lambda: desk.say(call_id, Party.VISITOR, "Someone is on the way."),
            lambda: desk.say(call_id, Party.RESIDENT, "You may say yes, let them in"),
            lambda: desk.hang_up(call_id),
        )
        often = self.chance.choice((0.0, 0.0, 0.05))
        while True:
            await self._pause()
            if self.chance.random() < often:
                deed = self.chance.randrange(len(deeds))
                try:
                    deeds[deed]()
                except RequestError:
                    continue
                self.granted_by_home_assistant |= deed == 0

    async def _speak_out(self, leg: FakeLeg, text: str) -> None:
        if leg.closed:
            return
        self.speeches.append(Speech(leg, text, self._loop.time()))
        leg.say(text)
        await asyncio.sleep(len(text) * SECONDS_PER_CHARACTER + FRAME_SECONDS)

    async def _pause(self) -> None:
        await asyncio.sleep(self.chance.choice((0.02, 0.1, 0.3, 0.7, 1.0, 2.0, 4.0)))

    # What must hold.

    def _check_events(self) -> None:
        kinds = [event.kind for event in self.observer.events]
        assert kinds.count(CallEventKind.ENDED) == 1
        assert kinds[-1] is CallEventKind.ENDED
        assert sum(kind in set(OUTCOME_EVENTS.values()) for kind in kinds) == 1

    def _check_decision(self) -> None:
        call = self.observer.events[-1].call
        if call.disposition is not Disposition.GRANTED:
            return
        kinds = [event.kind for event in self.observer.events]
        granted_at = self.observer.times[kinds.index(OUTCOME_EVENTS[Disposition.GRANTED])]
        if call.decided_by is DecidedBy.KEYPAD:
            assert granted_at in self.grant_keys
        elif call.decided_by is DecidedBy.HOME_ASSISTANT:
            assert self.granted_by_home_assistant
        else:
            assert call.decided_by is DecidedBy.VOICE
            self._check_spoken()

    def _check_spoken(self) -> None:
        """It was certain, and said on a resident's leg, all of it after the end of a question."""
        heard = self.transcriber.answers[-1]
        assert heard.confidence >= CERTAIN_CONFIDENCE
        assert any(classify_answer(heard.text, language, heard.confidence) is Answer.GRANT for language in Language)
        (leg,) = {
            speech.leg
            for speech in self.speeches
            if speech.leg in self.residents and abs(speech.began_at - heard.began_at) < 0.1
        }
        told = [sound for sound in leg.playouts if sound.starts_at < heard.ended_at]
        assert told
        assert all(sound.ends_at <= heard.began_at + FRAME_SECONDS for sound in told)

    def _check_air(self, visitor: FakeLeg) -> None:
        """From the ringing to the outcome the visitor hears something, but while they talk to the resident."""
        stages = [
            (time, event.call.stage) for time, event in zip(self.observer.times, self.observer.events, strict=True)
        ]
        for (since, stage), (ended_at, _) in pairwise(stages):
            if stage not in (CallStage.RINGING, CallStage.ASKING):
                continue
            silent_since = since
            for sound in visitor.queue:
                if sound.ends_at <= silent_since or sound.starts_at >= ended_at:
                    continue
                assert sound.starts_at - silent_since <= DEAD_AIR_SECONDS
                silent_since = max(silent_since, sound.ends_at)
            assert ended_at - silent_since <= DEAD_AIR_SECONDS


@pytest.mark.parametrize("seed", range(WALKS))
async def test_nobody_gets_in_by_accident_and_nobody_is_stuck(seed: int) -> None:
    await Walk(seed).run()

"""Scripted stand-ins for everything behind a port, and sound that carries its own words.

``audible("yes let him in")`` makes loud frames whose samples spell the sentence, ``words_in`` reads them back. So a
fake synthesizer's prompt can be recognised on a fake leg, and what a fake leg says comes out of a fake transcriber,
word for word and without a table of recordings, whatever pre-roll or pause was cut around it.
"""

from __future__ import annotations

import asyncio
import math
import sys
from array import array
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from voice_engine.core.errors import BackendError
from voice_engine.core.events import CallEvent, Turn
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.core.waiting import waiting_sound
from voice_engine.voice.ports import InterimListener, LanguageTask, LegAdmission, LegSink, RingOutcome, RingResult

FRAME_SECONDS = 0.02
FRAME_SAMPLES = 160
FRAME_BYTES = 320
SILENT_FRAME = bytes(FRAME_BYTES)
SECONDS_PER_CHARACTER = 0.06
"""About how fast people speak."""
_LOUD = 0x1000
"""Added to each character's code: about -18 dBFS, loud enough for any detector."""


def audible(text: str, seconds: float | None = None) -> bytes:
    """Loud PCM (whole frames) that carries the first 160 characters of ``text`` in every frame."""
    frame = array("h", (_LOUD + ord(character) for character in text[:FRAME_SAMPLES].ljust(FRAME_SAMPLES, "\0")))
    return frame.tobytes() * frames_in(seconds or len(text) * SECONDS_PER_CHARACTER)


def _carries_words(frame: bytes) -> bool:
    """Sound that is none of ``audible``, such as the one for waiting visitors, carries none."""
    return all(0 <= sample - _LOUD < sys.maxunicode for sample in array("h", frame))


def words_in(pcm: bytes) -> list[str]:
    """Read the sentences carried by frame-aligned PCM, each once, in the order they were said."""
    sentences: list[str] = []
    previous = SILENT_FRAME
    for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        frame = pcm[start : start + FRAME_BYTES]
        if frame not in (previous, SILENT_FRAME) and _carries_words(frame):
            sentences.append("".join(chr(sample - _LOUD) for sample in array("h", frame)).rstrip("\0"))
        previous = frame
    return sentences


def frames_in(seconds: float) -> int:
    """How many whole frames ``seconds`` take, at least one."""
    return max(1, math.ceil(round(seconds / FRAME_SECONDS, 6)))


class EnergyDetector:
    """Voice is what is loud."""

    def __init__(self) -> None:
        self.resets = 0

    def is_speech(self, frame: bytes) -> bool:
        """Whether any sample is loud."""
        return max(array("h", frame)) >= _LOUD

    def reset(self) -> None:
        """Counted."""
        self.resets += 1


class FakePlayout:
    """Sound on its way to a fake leg; all its times are computed."""

    def __init__(self, pcm: bytes, starts_at: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[bool] = self._loop.create_future()
        self.pcm = pcm
        self.starts_at = starts_at
        self.ends_at = starts_at + frames_in(len(pcm) / 16000) * FRAME_SECONDS
        self._timer = self._loop.call_at(self.ends_at, self.settle, True)

    @property
    def text(self) -> str:
        """What is said."""
        return " ".join(words_in(self.pcm))

    @property
    def started_at(self) -> float | None:
        """When its first frame was sent."""
        return self.starts_at if self._loop.time() >= self.starts_at else None

    @property
    def heard_to_end(self) -> bool:
        """Whether it is over and was not cut."""
        return self._done.done() and self._done.result()

    async def finished(self) -> bool:
        """Wait for the end; False: cut."""
        return await asyncio.shield(self._done)

    def settle(self, heard_to_end: bool) -> None:
        """End it."""
        self._timer.cancel()
        if not self._done.done():
            self.ends_at = min(self.ends_at, self._loop.time())
            self._done.set_result(heard_to_end)


class FakeLeg:
    """A party on the telephone.

    Once listened to, it sends a frame every 20 ms: what it was told to say, else silence.
    """

    def __init__(self, leg_id: UUID | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._leg_id = leg_id or uuid4()
        self._gone = asyncio.Event()
        self._sink: LegSink | None = None
        self._to_say: deque[bytes] = deque()
        self._metronome: asyncio.TimerHandle | None = None
        self._next_frame_at = 0.0
        self.queue: list[FakePlayout] = []
        """All that was played, in order."""
        self.playouts: list[FakePlayout] = []
        """All sentences that were played, in order."""
        self.waiting: list[FakePlayout] = []
        """All rounds of the waiting sound."""
        self.relayed: list[bytes] = []
        """Frames of somebody else's."""
        self.sends_frames = True
        """False: nothing at all arrives, as when a network link is down."""
        self.echo_seconds: float | None = None
        """After which time all that is played comes back, as loud as it was; None: it does not."""

    # What the test does.

    def say(self, text: str, seconds: float | None = None, *, after_seconds: float = 0.0) -> None:
        """Say ``text`` once all that was told before has been said."""
        pause = SILENT_FRAME * round(after_seconds / FRAME_SECONDS)
        self.sound(pause + audible(text, seconds))

    def sound(self, sound: bytes) -> None:
        """Let 8 kHz PCM be heard at the party's end, in whole frames, once all that was told before has been."""
        self._to_say.extend(sound[start : start + FRAME_BYTES] for start in range(0, len(sound), FRAME_BYTES))

    def press(self, digits: str) -> None:
        """Press keys."""
        for digit in digits:
            if self._sink is not None and not self.closed:
                self._sink.on_digit(digit)

    def drop(self) -> None:
        """The party hangs up."""
        if self.closed:
            return
        self._gone.set()
        if self._metronome is not None:
            self._metronome.cancel()
        self.stop_playing()
        if self._sink is not None:
            self._sink.on_closed()

    @property
    def prompts(self) -> list[str]:
        """What was played to the party, in order, whether or not it was heard to its end."""
        return [playout.text for playout in self.playouts]

    # What voice.ports.Leg promises.

    @property
    def leg_id(self) -> UUID:
        """The connection's UUID."""
        return self._leg_id

    @property
    def closed(self) -> bool:
        """Whether the party is gone."""
        return self._gone.is_set()

    def listen(self, sink: LegSink) -> None:
        """Deliver to ``sink`` from now on."""
        self._sink = sink
        if self.closed:
            sink.on_closed()
        elif self._metronome is None:
            self._next_frame_at = self._loop.time()
            self._schedule_frame()

    def play(self, pcm: bytes) -> FakePlayout:
        """Queue behind what is being played."""
        playout = FakePlayout(pcm, max(self._loop.time(), self._busy_until))
        self.queue.append(playout)
        (self.waiting if pcm == waiting_sound() else self.playouts).append(playout)
        if self.closed:
            playout.settle(heard_to_end=False)
        return playout

    def relay(self, frame: bytes) -> None:
        """Written down."""
        self.relayed.append(frame)

    def stop_playing(self) -> None:
        """Cut all that is queued."""
        for playout in self.queue:
            playout.settle(heard_to_end=False)

    def hang_up(self) -> None:
        """Close after the last queued sound."""
        self._loop.call_at(self._busy_until, self.drop)

    async def wait_closed(self) -> None:
        """Until the party is gone."""
        await self._gone.wait()

    @property
    def _busy_until(self) -> float:
        return self.queue[-1].ends_at if self.queue else self._loop.time()

    def _schedule_frame(self) -> None:
        self._next_frame_at += FRAME_SECONDS
        self._metronome = self._loop.call_at(self._next_frame_at, self._send_frame)

    def _send_frame(self) -> None:
        self._schedule_frame()
        if self._sink is not None and self.sends_frames:
            self._sink.on_frame(self._to_say.popleft() if self._to_say else self._echo())

    def _echo(self) -> bytes:
        if self.echo_seconds is not None:
            sent_at = self._loop.time() - self.echo_seconds
            for playout in self.playouts:
                if playout.starts_at <= sent_at < playout.ends_at:
                    start = round((sent_at - playout.starts_at) / FRAME_SECONDS) * FRAME_BYTES
                    return playout.pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
        return SILENT_FRAME


class FakeTranscriber:
    """Understands every audible sentence of the languages it speaks, after ``delay_seconds``."""

    def __init__(self, languages: Iterable[Language] = tuple(Language), *, delay_seconds: float = 0.1) -> None:
        self._languages = frozenset(languages)
        self.delay_seconds = delay_seconds
        self.confidence = 0.9
        self.measured = True
        self.broken = False
        """True: every transcription fails."""
        self.prepared: list[Expectation] = []
        self.asked: list[Expectation] = []
        self.heard: list[bytes] = []
        self.cancelled = 0
        self.not_understood: frozenset[Question] = frozenset()
        """Questions whose answers no grammar holds."""

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        """Whether it was given ``language``, and told to understand answers to ``question``."""
        return language in self._languages and question not in self.not_understood

    async def prepare(self, expectation: Expectation) -> None:
        """Written down."""
        self.prepared.append(expectation)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Read the words the sound carries."""
        self.asked.append(expectation)
        self.heard.append(utterance.pcm)
        try:
            await asyncio.sleep(self.delay_seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.broken:
            raise BackendError("the transcriber was told to fail")
        text = " ".join(words_in(utterance.pcm))
        return Transcript(text, self.confidence if text else 0.0, measured=self.measured)


class FakeStreamingTranscriber(FakeTranscriber):
    """Hears every sentence while it is said; its words are final ``delay_seconds`` after the end."""

    def __init__(self, *, delay_seconds: float = 0.1) -> None:
        super().__init__(delay_seconds=delay_seconds)
        self.streams: list[FakeTranscriptStream] = []
        self.streaming = True
        """False: whole utterances only."""
        self.breaking = False
        """True: streams fail, whole utterances do not."""

    @asynccontextmanager
    async def _opened(self, on_interim: InterimListener) -> AsyncIterator[FakeTranscriptStream]:
        stream = FakeTranscriptStream(self, on_interim)
        self.streams.append(stream)
        try:
            yield stream
        finally:
            stream.closed = True

    def open(
        self, expectation: Expectation, on_interim: InterimListener
    ) -> AbstractAsyncContextManager[FakeTranscriptStream] | None:
        """Written down."""
        return self._opened(on_interim) if self.streaming else None


class FakeTranscriptStream:
    """One utterance."""

    def __init__(self, transcriber: FakeStreamingTranscriber, on_interim: InterimListener) -> None:
        self._transcriber = transcriber
        self._on_interim = on_interim
        self.pcm = b""
        self.finished = False
        self.closed = False

    async def feed(self, pcm: bytes) -> None:
        """Hear more."""
        self.pcm += pcm
        if self._transcriber.breaking:
            raise BackendError("the stream was told to break")
        self._on_interim(" ".join(words_in(self.pcm)))

    async def finish(self) -> Transcript:
        """Read the words the sound carries."""
        await asyncio.sleep(self._transcriber.delay_seconds)
        self.finished = True
        return Transcript(" ".join(words_in(self.pcm)), self._transcriber.confidence)


class FakeSynthesizer:
    """Speaks audible sentences, ``SECONDS_PER_CHARACTER`` each, after ``delay_seconds``."""

    def __init__(self, identity: str = "fake", *, delay_seconds: float = 0.1) -> None:
        self._identity = identity
        self._delay_seconds = delay_seconds
        self.broken = False
        """True: every synthesis fails."""
        self.asked: list[str] = []
        self.cancelled = 0

    @property
    def identity(self) -> str:
        """As told."""
        return self._identity

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Make it audible."""
        self.asked.append(text)
        try:
            await asyncio.sleep(self._delay_seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.broken:
            raise BackendError(f"the synthesizer was told to fail in {language}")
        return audible(text)


class FakeLanguageModel:
    """Answers every task with what it was told of the fields its schema asks for, after ``delay_seconds``."""

    def __init__(self, delay_seconds: float = 0.5, **answer: object) -> None:
        self.delay_seconds = delay_seconds
        self.answers: Mapping[str, object] = answer
        self.error: BackendError | None = None
        """Raised instead of an answer."""
        self.constrained = True
        """False: it cannot be held to a schema."""
        self.prepared: list[str] = []
        self.asked: list[LanguageTask] = []
        self.cancelled = 0

    async def prepare(self, instructions: str) -> None:
        """Written down."""
        self.prepared.append(instructions)

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """As told; null for all else."""
        self.asked.append(task)
        try:
            await asyncio.sleep(self.delay_seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return {name: self.answers.get(name) for name in task.schema["properties"]}


@dataclass(frozen=True, slots=True)
class Phone:
    """What a phone does when it rings."""

    result: RingResult = RingResult.ANSWERED
    after_seconds: float = 2.0
    leg_first: bool = True
    """Whether its sound connects before the telephone system reports the answer; Asterisk promises no order."""


@dataclass(slots=True)
class FakeTelephoneSystem:
    """Rings phones by script; a phone that is answered becomes a ``FakeLeg`` shown to ``admission``."""

    phones: Mapping[str, Phone] = field(default_factory=dict)
    """An unknown phone is unreachable."""
    admission: LegAdmission | None = None
    connected: bool = True
    callers: dict[UUID, str] = field(default_factory=dict)
    rung: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    _answered: asyncio.Queue[FakeLeg] = field(default_factory=asyncio.Queue)

    async def ring(self, phone: str, leg_id: UUID, ring_seconds: float, caller_id: str) -> RingOutcome:
        """As scripted."""
        self.rung.append(phone)
        script = self.phones.get(phone, Phone(RingResult.UNREACHABLE, 0.0))
        try:
            await asyncio.sleep(min(script.after_seconds, ring_seconds))
        except asyncio.CancelledError:
            self.cancelled.append(phone)
            raise
        if script.result is not RingResult.ANSWERED:
            return RingOutcome(script.result, "scripted")
        if script.after_seconds > ring_seconds:
            return RingOutcome(RingResult.NO_ANSWER, "scripted")
        if script.leg_first:
            self._connect(leg_id)
        else:
            asyncio.get_running_loop().call_later(FRAME_SECONDS, self._connect, leg_id)
        return RingOutcome(RingResult.ANSWERED, f"scripted for {caller_id}")

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:
        """As told, without waiting."""
        return self.callers.get(leg_id)

    async def answered(self) -> FakeLeg:
        """Wait for the next phone that is taken."""
        return await self._answered.get()

    def _connect(self, leg_id: UUID) -> None:
        leg = FakeLeg(leg_id)
        if self.admission is not None and not self.admission.admit_resident(leg):
            leg.drop()
        self._answered.put_nowait(leg)


@dataclass(slots=True)
class FakeObserver:
    """Writes down what it is told."""

    events: list[CallEvent] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def on_call_event(self, event: CallEvent) -> None:
        """Kept."""
        self.events.append(event)

    def on_turn(self, turn: Turn) -> None:
        """Kept."""
        self.turns.append(turn)

"""The engine's own share of a turn, and how soon the greeting is heard, over real sockets.

    PYTHONPATH=addon python bench/turn_latency.py [--calls 40] [--at-once 4]

Whole calls over loopback with the real AudioSocket server, voice detector and dialog. Recogniser and voice are
stand-ins that take no time, and the words they give are complete answers; so all that passes between the last voiced
frame and the first frame of the reply, beyond the silence that was chosen, is the engine's: endpointing, understanding,
hand-overs between tasks, and at last the wait for the leg's next frame, 0 to 20 ms. The greeting is timed by the
caller: from the UUID written to the first audible frame read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from dataclasses import dataclass, field
from statistics import quantiles
from uuid import UUID, uuid4

from voice_engine import app
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.audio import level_dbfs
from voice_engine.core.audiosocket import Decoder, encode_uuid
from voice_engine.core.completeness import DENY_SECONDS, UNIT_SECONDS
from voice_engine.core.events import CallEvent, Party, Turn
from voice_engine.core.settings import AudioSocketSettings, DoorSettings, Settings, UnitSettings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.door.desk import Desk
from voice_engine.simulation.party import AUDIBLE_DBFS, Line
from voice_engine.simulation.party import Party as Caller
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.ports import RingOutcome, RingResult
from voice_engine.voice.speaker import Speaker

SAID = {Question.UNIT: "apartment five zero one", Question.ANSWER: "no thank you"}
CHOSEN_SECONDS = {Party.VISITOR: UNIT_SECONDS, Party.RESIDENT: DENY_SECONDS}
PROMPT = b"\x00\x20\x00\xe0" * 1200
"""0.3 s of a tone, audible from its first sample."""
STAGGER_SECONDS = 0.037
"""Between calls begun at once: no multiple of a frame, so that they meet the metronome in all its phases."""


class InstantRecogniser:
    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:  # noqa: ARG002 - it hears all words
        return language is Language.ENGLISH

    async def prepare(self, expectation: Expectation) -> None: ...

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:  # noqa: ARG002 - the port
        return Transcript(SAID[expectation.question], 1.0)


class InstantVoice:
    identity = "tone"

    async def synthesize(self, text: str, language: Language) -> bytes:  # noqa: ARG002 - the port
        return PROMPT


@dataclass
class Telephone:
    """Its phone is taken at once."""

    answer: bytes
    group: asyncio.TaskGroup
    port: int = 0
    connected = True

    async def ring(self, phone: str, leg_id: UUID, ring_seconds: float, caller_id: str) -> RingOutcome:  # noqa: ARG002 - the port
        resident = Caller([Line(SAID[Question.ANSWER], self.answer)])
        self.group.create_task(resident.call("127.0.0.1", self.port, leg_id))
        return RingOutcome(RingResult.ANSWERED)

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:  # noqa: ARG002 - the port
        return None


@dataclass
class Figures:
    until_queued: list[float] = field(default_factory=list)
    until_sent: list[float] = field(default_factory=list)

    def on_call_event(self, event: CallEvent) -> None: ...

    def on_turn(self, turn: Turn) -> None:
        stages = dict(turn.stages)
        first_frame = stages.pop("first_frame")
        self.until_queued.append(sum(stages.values()) - CHOSEN_SECONDS[turn.party])
        self.until_sent.append(first_frame - CHOSEN_SECONDS[turn.party])


async def greeting_seconds(port: int) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    decoder = Decoder()
    began = time.perf_counter()
    writer.write(encode_uuid(uuid4()))
    while True:
        for message in decoder.receive_data(await reader.read(65536)):
            if message.sample_rate is not None and level_dbfs(message.payload) > AUDIBLE_DBFS:
                writer.close()
                return time.perf_counter() - began


async def measure(calls: int, at_once: int) -> None:
    spoken = {question: await EspeakSynthesizer().synthesize(text, Language.ENGLISH) for question, text in SAID.items()}
    settings = Settings(
        language=Language.ENGLISH,
        door=DoorSettings(max_calls=2 * at_once),
        audiosocket=AudioSocketSettings("127.0.0.1", 0, 0),
        units=(UnitSettings("501", phones=("BENCH/501",)), UnitSettings("302", phones=("BENCH/302",))),
    )
    figures = Figures()
    async with Speaker(InstantVoice(), Capacity(1)) as speaker, asyncio.TaskGroup() as group:
        telephone = Telephone(spoken[Question.ANSWER], group)
        async with app.open_door(
            settings,
            telephone=telephone,
            transcriber=InstantRecogniser(),
            speaker=speaker,
            observer=figures,
            desk=Desk(),
            on_refused=print,
        ) as door:
            telephone.port = door.resident_port
            await asyncio.sleep(0.5)
            greetings = []
            for _ in range(calls):
                greetings.append(await greeting_seconds(door.visitor_port))
                await asyncio.sleep(STAGGER_SECONDS)
            for _ in range(0, calls, at_once):
                async with asyncio.TaskGroup() as visitors:
                    for _ in range(at_once):
                        visitor = Caller([Line(SAID[Question.UNIT], spoken[Question.UNIT])])
                        visitors.create_task(visitor.call("127.0.0.1", door.visitor_port, uuid4()))
                        await asyncio.sleep(STAGGER_SECONDS)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {at_once} calls at once")
    tell("greeting after the UUID", greetings)
    tell("own share, reply queued", figures.until_queued)
    tell("own share, first frame", figures.until_sent)


def tell(what: str, seconds: list[float]) -> None:
    cuts = quantiles(seconds, n=20, method="inclusive")
    print(f"{what:26} p50 {cuts[9] * 1000:5.1f} ms   p95 {cuts[18] * 1000:5.1f} ms   of {len(seconds)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=4)
    options = parser.parse_args()
    asyncio.run(measure(options.calls, options.at_once))

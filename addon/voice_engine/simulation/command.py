"""``voice-engine simulate``: one call from the first ring to the last hang-up, told turn by turn."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from voice_engine import app
from voice_engine.backends.settings_file import load_settings
from voice_engine.backends.stt_pocketsphinx import PocketsphinxTranscriber
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.audio import read_wav
from voice_engine.core.errors import ProtocolError, SettingsError
from voice_engine.core.events import CallEvent, CallEventKind, RefusedPeer, Turn
from voice_engine.core.settings import Settings, UnitSettings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.door.desk import Desk
from voice_engine.simulation.party import Line, Party
from voice_engine.voice.capacity import Capacities
from voice_engine.voice.ports import RingOutcome, RingResult, Synthesizer, Transcriber
from voice_engine.voice.speaker import Speaker

if TYPE_CHECKING:
    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it no other way

RING_SECONDS = 1.0
"""How long the simulated phone rings before it is taken."""
DEMONSTRATION = Settings(
    language=Language.ENGLISH,
    units=(
        UnitSettings("501", ("Daniel Souza",), ("SIM/501",)),
        UnitSettings("302", ("Alice Gray",), ("SIM/302",)),
    ),
)


def add_command(commands: SubParsers) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "simulate",
        help="hold a call without Asterisk and print its turns with their latencies",
        description="A line is text (spoken; its words count as recognised), a WAV file (recognised for real) or keys, "
        "such as keys:501#. Lines are said one after another, each when the engine has finished speaking.",
    )
    parser.add_argument("--visitor", action="append", default=[], metavar="FILE|TEXT", help="what the visitor says")
    parser.add_argument("--resident", action="append", default=[], metavar="FILE|TEXT", help="what the resident says")
    parser.add_argument("--settings", type=Path, help="YAML or JSON file (default: English, units 501 and 302)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    settings = load_settings(options.settings).settings if options.settings else DEMONSTRATION
    local = replace(settings.audiosocket, host="127.0.0.1", visitor_port=0, resident_port=0)
    visitor_lines, resident_lines = ([_line(said) for said in party] for party in (options.visitor, options.resident))
    asyncio.run(_simulate(replace(settings, audiosocket=local), visitor_lines, resident_lines))
    return 0


def _line(said: str) -> Line:
    if said.startswith("keys:"):
        keys = said.removeprefix("keys:")
        if not keys or not set(keys) <= set("0123456789*#"):
            raise SettingsError("", f"{said} names no keys: a telephone has 0 to 9, * and #, such as keys:501#")
        return Line(said, keys=keys)
    path = Path(said)
    if path.suffix.lower() != ".wav":
        return Line(said)
    try:
        return Line("", read_wav(path.read_bytes()))
    except OSError as error:
        raise SettingsError("", f"{path} cannot be read: {error.strerror}") from error
    except ProtocolError as error:
        raise SettingsError("", f"{path} cannot be heard: {error}") from error


async def _simulate(settings: Settings, visitor_lines: Sequence[Line], resident_lines: Sequence[Line]) -> None:
    synthesizer = EspeakSynthesizer()
    visitor, resident = [
        Party([await _voiced(line, synthesizer, settings.language) for line in lines])
        for lines in (visitor_lines, resident_lines)
    ]
    narrator = Narrator()
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(Speaker(synthesizer, Capacities.within(settings.limits).syntheses))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        telephone = SimulatedTelephone(resident, group)
        door = await stack.enter_async_context(
            app.open_door(
                settings,
                telephone=telephone,
                transcriber=ScriptedTranscriber(PocketsphinxTranscriber(), visitor, resident),
                speaker=speaker,
                observer=narrator,
                desk=Desk(),
                on_refused=narrator.on_refused,
            )
        )
        telephone.port = door.resident_port
        await visitor.call("127.0.0.1", door.visitor_port, uuid4())
        await narrator.ended.wait()


async def _voiced(line: Line, synthesizer: Synthesizer, language: Language) -> Line:
    if line.pcm or line.keys:
        return line
    return replace(line, pcm=await synthesizer.synthesize(line.text, language))


class ScriptedTranscriber:
    """Takes lines that were given as text at their word; hears recordings with a real recogniser."""

    def __init__(self, recogniser: Transcriber, visitor: Party, resident: Party) -> None:
        """``recogniser`` hears what has no text."""
        self._recogniser = recogniser
        self._parties = dict.fromkeys(Question, visitor) | {Question.ANSWER: resident}

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        """Text is understood in every language, whatever was asked."""
        return all(party.is_text for party in self._parties.values()) or self._recogniser.speaks(language, question)

    async def prepare(self, expectation: Expectation) -> None:
        """Make the real recogniser ready, if any line needs it."""
        if not all(party.is_text for party in self._parties.values()):
            await self._recogniser.prepare(expectation)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """The words of the line that was said last, or what the recogniser makes of it."""
        last = self._parties[expectation.question].last
        if last is not None and last.text:
            return Transcript(last.text, 1.0)
        return await self._recogniser.transcribe(utterance, expectation)


class SimulatedTelephone:
    """Rings the one simulated resident, who takes the phone."""

    connected = True

    def __init__(self, resident: Party, group: asyncio.TaskGroup) -> None:
        """``port`` is set once the resident port is known."""
        self.port = 0
        self._resident = resident
        self._group = group

    async def ring(self, phone: str, leg_id: UUID, ring_seconds: float, caller_id: str) -> RingOutcome:
        """Taken after ``RING_SECONDS``."""
        await asyncio.sleep(RING_SECONDS)
        self._group.create_task(self._resident.call("127.0.0.1", self.port, leg_id))
        return RingOutcome(RingResult.ANSWERED, f"{phone} taken within {ring_seconds:g} s, showing {caller_id}")

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:  # noqa: ARG002 - the port's shape
        """Nobody's number is known."""
        return None


class Narrator:
    """Prints what happens."""

    def __init__(self) -> None:
        """``ended`` is set when the call is over."""
        self.ended = asyncio.Event()
        self._began = asyncio.get_running_loop().time()

    def on_call_event(self, event: CallEvent) -> None:
        """One line per event."""
        call = event.call
        details = [
            call.stage,
            call.unit and f"unit {call.unit}",
            call.disposition,
            call.decided_by and f"by {call.decided_by}",
        ]
        self._tell(event.kind, ", ".join(str(detail) for detail in details if detail))
        if event.kind is CallEventKind.ENDED:
            self.ended.set()

    def on_turn(self, turn: Turn) -> None:
        """One line per turn, with the latency of each stage."""
        figures = "  ".join(f"{stage} {seconds * 1000:.0f} ms" for stage, seconds in turn.stages.items())
        self._tell(f"  {turn.party}", f"{turn.heard!r} → {turn.understood}   [{figures}]")

    def on_refused(self, peer: RefusedPeer) -> None:
        """Cannot happen on loopback, and is told if it does."""
        self._tell("refused", peer.reason.message)

    def _tell(self, what: str, details: str) -> None:
        seconds = asyncio.get_running_loop().time() - self._began
        print(f"{seconds:6.2f} s  {what:<11} {details}", flush=True)

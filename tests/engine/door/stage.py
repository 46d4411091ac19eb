"""A door with scripted parties, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import time

from tests.engine.fakes import (
    EnergyDetector,
    FakeLeg,
    FakeObserver,
    FakeSynthesizer,
    FakeTelephoneSystem,
    FakeTranscriber,
    Phone,
)
from voice_engine.backends.prompt_packs import load_packs
from voice_engine.core.directory import Directory
from voice_engine.core.events import CallEventKind, Disposition
from voice_engine.core.settings import DoorSettings, UnitSettings
from voice_engine.core.transcript import Language
from voice_engine.door.calls import Calls
from voice_engine.door.desk import Desk
from voice_engine.door.doors import Doors
from voice_engine.door.residents import Residents
from voice_engine.door.tools import Tools
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.interpreter import Interpreter
from voice_engine.voice.ports import CallRecorder, LanguageModel
from voice_engine.voice.speaker import Speaker

UNITS = (
    UnitSettings("501", ("Daniel Souza",), ("PJSIP/501",)),
    UnitSettings("302", ("Ana Clara",), ("PJSIP/302",), do_not_disturb="22:00-07:00"),
)
NOON = time(12)
TURN_SECONDS = 60.0
"""Virtual patience for one thing to happen."""


@dataclass(slots=True)
class Door:
    """What a test holds in its hands."""

    calls: Calls
    tools: Tools
    telephone: FakeTelephoneSystem
    transcriber: FakeTranscriber
    synthesizer: FakeSynthesizer
    observer: FakeObserver
    stack: AsyncExitStack
    """Left before the door is."""

    def visitor(self) -> FakeLeg:
        """A visitor rings at the door."""
        leg = FakeLeg()
        assert self.calls.admit_visitor(leg)
        return leg

    async def resident(self) -> FakeLeg:
        """The next phone that is taken."""
        async with asyncio.timeout(TURN_SECONDS):
            return await self.telephone.answered()

    @property
    def kinds(self) -> list[CallEventKind]:
        """What was told, in order."""
        return [event.kind for event in self.observer.events]

    @property
    def disposition(self) -> Disposition | None:
        """How the call that was told of last stands."""
        return self.observer.events[-1].call.disposition


async def until(condition: Callable[[], bool]) -> None:
    """Let virtual time pass until ``condition`` holds."""
    async with asyncio.timeout(TURN_SECONDS):
        while not condition():  # noqa: ASYNC110 - nothing real is waited for
            await asyncio.sleep(0.02)


async def heard(leg: FakeLeg, count: int) -> str:
    """Wait until ``leg`` has heard ``count`` sentences to their end; the last of them."""
    await until(lambda: len(leg.playouts) >= count and leg.playouts[count - 1].heard_to_end)
    return leg.prompts[count - 1]


@asynccontextmanager
async def open_door(
    phones: Mapping[str, Phone] | None = None,
    *,
    settings: DoorSettings | None = None,
    language: Language = Language.ENGLISH,
    transcriber: FakeTranscriber | None = None,
    model: LanguageModel | None = None,
    synthesizer: FakeSynthesizer | None = None,
    at: time = NOON,
    units: Iterable[UnitSettings] = UNITS,
    stations: Mapping[str, tuple[str, Language]] | None = None,
    recorder: CallRecorder | None = None,
    observer: FakeObserver | None = None,
    telephone: FakeTelephoneSystem | None = None,
) -> AsyncIterator[Door]:
    """A door at which 501 and 302 answer their phones after two seconds, unless told otherwise.

    ``stations`` are those of other doors, each with the door's name and language.
    """
    telephone = telephone or FakeTelephoneSystem(phones or {"PJSIP/501": Phone(), "PJSIP/302": Phone()})
    synthesizer = synthesizer or FakeSynthesizer()
    speaker = Speaker(synthesizer, Capacity(3))
    transcriber = transcriber or FakeTranscriber()
    observer = observer or FakeObserver()
    directory = Directory.from_units(units)
    tools = Tools(
        settings=settings or DoorSettings(),
        language=language,
        directory=directory,
        packs=load_packs(),
        speaker=speaker,
        transcriber=transcriber,
        transcriptions=Capacity(3),
        interpreter=Interpreter(language, directory, model),
        detector=EnergyDetector,
        telephone=telephone,
        residents=Residents(telephone, "Door"),
        observer=observer,
        desk=Desk(),
        local_time=lambda: at,
        recorder=recorder,
    )
    others = {
        station: replace(tools, settings=replace(tools.settings, name=name), language=spoken)
        for station, (name, spoken) in (stations or {}).items()
    }
    async with speaker, Calls(Doors(tools, others)) as calls, AsyncExitStack() as stack:
        telephone.admission = calls
        yield Door(calls, tools, telephone, transcriber, synthesizer, observer, stack)

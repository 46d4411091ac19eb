"""Short scripts of calls: what the door says, what people answer, line by line, in virtual time.

A script is a list of lines. ``door(...)`` waits for a sentence to be heard to its end, ``says`` and ``dials`` are the
visitor's, ``silent`` lets a wait for words run out. Sentences are compared word for word with the pack's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.engine.door.stage import Door, heard, open_door, until
from tests.engine.fakes import FakeLeg, FakeTranscriber, Phone
from voice_engine.core.events import Call, CallEventKind
from voice_engine.core.facts import Facts
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import DoorSettings, UnitSettings
from voice_engine.core.transcript import Language, Question

HOUSE = (
    UnitSettings("501", ("Daniel Souza",), ("PJSIP/501",)),
    UnitSettings("302", ("Ana Clara Lima",), ("PJSIP/302",)),
    UnitSettings("303", ("Ana Beatriz Prado",), ("PJSIP/303",)),
    UnitSettings("A-32", ("Bruno Reis",), ("PJSIP/1032",)),
    UnitSettings("B-32", ("Carla Dias",), ("PJSIP/2032",)),
    UnitSettings("700", ("Gustavo Nunes",), ("PJSIP/700",), deliveries="desk"),
    UnitSettings("801", ("Alexandra Castro",), ("PJSIP/801",)),
    UnitSettings("802", ("Alessandra Castro",), ("PJSIP/802",)),
)
EVERYTHING = (Question.INTENT, Question.NAME)
PHONES = {phone: Phone() for unit in HOUSE for phone in unit.phones}


@dataclass(slots=True)
class Script:
    """A visitor at the door, from the welcome on."""

    door: Door
    visitor: FakeLeg
    heard: int = 0

    async def hears(self, prompt: Prompt, unit: str = "", *options: str, facts: Facts | None = None) -> None:
        """The next sentence to the visitor, heard to its end."""
        self.heard += 1
        said = await heard(self.visitor, self.heard)
        assert said == self.door.tools.prompts.render(prompt, unit, facts, options)[:160]

    async def says(self, text: str, *, confidence: float = 0.9) -> None:
        """The visitor answers."""
        self.door.transcriber.confidence = confidence
        turns = len(self.door.transcriber.asked)
        self.visitor.say(text, after_seconds=0.4)
        await until(lambda: len(self.door.transcriber.asked) > turns)

    async def dials(self, keys: str) -> None:
        """The visitor presses keys as the next sentence is being said."""
        await asyncio.sleep(0.6)
        self.visitor.press(keys)

    async def resident(self) -> FakeLeg:
        """The phone that is taken, once the question was heard to its end."""
        resident = await self.door.resident()
        await heard(resident, 1)
        return resident

    async def ends(self) -> Call:
        """The call as it ended."""
        await until(lambda: self.door.kinds[-1:] == [CallEventKind.ENDED])
        return self.door.observer.events[-1].call

    @property
    def rung(self) -> list[str]:
        """Phones that were rung."""
        return self.door.telephone.rung


@asynccontextmanager
async def visit(
    language: Language = Language.ENGLISH,
    *,
    questions: tuple[str, ...] = EVERYTHING,
    transcriber: FakeTranscriber | None = None,
) -> AsyncIterator[Script]:
    """A visitor who has heard the welcome; all phones are taken after two seconds."""
    settings = DoorSettings(questions=questions)
    async with open_door(PHONES, settings=settings, language=language, transcriber=transcriber, units=HOUSE) as door:
        script = Script(door, door.visitor())
        speech = door.transcriber.speaks(language)
        await script.hears(Prompt.WELCOME if speech else Prompt.WELCOME_KEYPAD)
        yield script

"""What every call at a door works with: engines, phones, sentences and rules, made once and shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time

from voice_engine.core.directory import Directory
from voice_engine.core.load import Relief, Throttling
from voice_engine.core.prompts import PromptPack
from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Expectation, Language, Question
from voice_engine.door.desk import Desk
from voice_engine.door.residents import Residents
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.interpreter import Interpreter
from voice_engine.voice.ports import CallObserver, CallRecorder, TelephoneSystem, Transcriber, VoiceDetector
from voice_engine.voice.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all calls; holds nothing of any one of them."""

    settings: DoorSettings
    language: Language
    directory: Directory
    packs: Mapping[Language, PromptPack]
    """What is said at the door, in each language."""
    speaker: Speaker
    transcriber: Transcriber
    transcriptions: Capacity
    """How many utterances are transcribed at once."""
    interpreter: Interpreter
    detector: Callable[[], VoiceDetector]
    """Makes a fresh detector for a leg."""
    telephone: TelephoneSystem
    residents: Residents
    observer: CallObserver
    desk: Desk
    local_time: Callable[[], time]
    """The time of the day where the door is."""
    recorder: CallRecorder | None = None
    """Keeps the sound of calls, where that is wanted."""
    throttling: Callable[[], Throttling] = Throttling
    """What the engine does without now."""
    quiet: Callable[[], Quiet] = Quiet
    """Who is not to be disturbed now."""

    @property
    def prompts(self) -> PromptPack:
        """What is said in the language that is spoken."""
        return self.packs[self.language]

    @property
    def understood(self) -> frozenset[Language]:
        """Languages in which speech is understood."""
        return frozenset(language for language in Language if self.transcriber.speaks(language))

    def does_without(self, relief: Relief) -> bool:
        """Whether the machine is too loaded for what ``relief`` gives up."""
        return relief in self.throttling()

    def speaking(self, language: Language | None) -> Tools:
        """The same tools, for a party who is spoken to in ``language``; None: in the door's."""
        return self if language is None else replace(self, language=language)

    def expectation(self, question: Question) -> Expectation:
        """What a recogniser may expect to hear in answer to ``question``."""
        if question is Question.ANSWER:
            return Expectation(question, self.language)
        units = tuple(unit.number for unit in self.directory.units)
        names = tuple(resident for unit in self.directory.units for resident in unit.residents)
        return Expectation(question, self.language, units, names)

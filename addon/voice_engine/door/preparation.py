"""What is made ready before anybody calls, so that the first visitor waits no longer than the tenth."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from voice_engine.core.directory import Found, Unit
from voice_engine.core.errors import BackendError
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.prompts import WITH_OPTIONS, WITH_UNIT, Prompt
from voice_engine.core.transcript import AT_THE_DOOR, Language, Question
from voice_engine.door.doors import Doors
from voice_engine.door.tools import Tools
from voice_engine.voice.speaker import Speaker

_LOGGER = logging.getLogger(__name__)

MOST_GUESSES = 200
"""Questions prepared for visits that may never come: some minutes of a small machine's time, or of a paid voice's."""
GUESSED_SHARE = 0.5
"""Of the memory for speech, with what is said at every call; the rest is for what nobody can know before."""

type _Sentence = tuple[str, Language]


class Preparation:
    """Makes ready in the background; begun anew for something else, it leaves what was begun before."""

    def __init__(self, group: asyncio.TaskGroup, speaker: Speaker) -> None:
        self._group = group
        self._speaker = speaker
        self._tasks: list[asyncio.Task[None]] = []
        self._spoken: object = None
        self._over = False

    def begin(self, doors: Doors, spoken: object) -> None:
        """Make ready what calls at ``doors`` need, unless that was done for the same ``spoken`` languages and voice."""
        if self._over or spoken == self._spoken:
            return
        self._leave()
        self._spoken = spoken
        warn_of_keypads(doors)
        self._tasks = [
            self._group.create_task(prepare_speech(self._speaker, doors)),
            self._group.create_task(prepare_recogniser(doors)),
            self._group.create_task(prepare_interpreter(doors)),
        ]

    def end(self) -> None:
        """Make nothing ready any more."""
        self._over = True
        self._leave()

    def _leave(self) -> None:
        for task in self._tasks:
            task.cancel()


async def prepare_speech(speaker: Speaker, doors: Doors) -> None:
    """Synthesise what calls will say, then what they are likely to say."""
    try:
        await prepare_certain_speech(speaker, doors)
        for text, language in list(dict.fromkeys(_likely(doors)))[:MOST_GUESSES]:
            if speaker.filled >= GUESSED_SHARE:
                break
            await speaker.prepare([text], language)
    except BackendError as error:
        _LOGGER.warning("Sentences were not prepared: %s", error)


async def prepare_certain_speech(speaker: Speaker, doors: Doors) -> None:
    """Synthesise what calls will say, and have it kept. Raises: BackendError."""
    for text, language in dict.fromkeys(_certain(doors)):
        # Sentences of very many homes may not keep everything else from being remembered.
        await speaker.prepare([text], language, pinned=speaker.filled < GUESSED_SHARE)


async def prepare_recogniser(doors: Doors) -> None:
    """Have the recogniser make ready for every question; calls that come meanwhile have the other places."""
    tools = doors.first
    expected = dict.fromkeys(
        [door.expectation(question) for door in doors.every for question in AT_THE_DOOR]
        + [door.speaking(unit.language).expectation(Question.ANSWER) for door, unit in _homes(doors)]
    )
    try:
        for expectation in expected:
            if tools.transcriber.speaks(expectation.language, expectation.question):
                async with tools.transcriptions.lease():
                    await tools.transcriber.prepare(expectation)
    except BackendError as error:
        _LOGGER.warning("Speech recognition was not prepared: %s", error)


async def prepare_interpreter(doors: Doors) -> None:
    """Have the language model learn its instructions by heart; they are the same at all doors."""
    try:
        await doors.first.interpreter.prepare()
    except BackendError as error:
        _LOGGER.warning("The language model was not prepared: %s", error)


def warn_of_keypads(doors: Doors) -> None:
    """Say in the log where speech is not understood, and what to do about it."""
    understood = doors.first.understood
    spoken = [door.language for door in doors.every] + [unit.language for _, unit in _homes(doors) if unit.language]
    for language in dict.fromkeys(spoken):
        if language not in understood:
            _LOGGER.warning(
                "Speech is not understood in %s: visitors and residents use the keypad. To have them understood,"
                " configure speech recognition for %s, or set the language to one that is understood (%s)",
                language,
                language,
                ", ".join(sorted(understood)) or "none is",
            )


def _certain(doors: Doors) -> Iterator[_Sentence]:
    for tools in doors.every:
        languages = {tools.language, *(unit.language for unit in tools.directory.units if unit.language)}
        for language in sorted(languages):
            for prompt in Prompt:
                if prompt not in WITH_UNIT | WITH_OPTIONS:
                    yield tools.packs[language].render(prompt), language
    for tools, unit in _homes(doors):
        yield tools.prompts.render(Prompt.CALLING, unit.number), tools.language
        yield _question(tools, unit, Facts())


def _likely(doors: Doors) -> Iterator[_Sentence]:
    """Deliveries before visits, for nobody in particular before each resident: as they come."""
    for intent in (Intent.DELIVERY, Intent.VISIT):
        for tools, unit in _homes(doors):
            yield _question(tools, unit, Facts(intent))
        for tools, unit in _homes(doors):
            for resident in unit.residents:
                yield _question(tools, unit, Facts(intent, match=Found(unit, resident)))


def _homes(doors: Doors) -> Iterator[tuple[Tools, Unit]]:
    for tools in doors.every:
        for unit in tools.directory.units:
            yield tools, unit


def _question(tools: Tools, unit: Unit, facts: Facts) -> _Sentence:
    spoken = tools.speaking(unit.language)
    prompt = Prompt.QUESTION if spoken.language in tools.understood else Prompt.QUESTION_KEYPAD
    return spoken.prompts.render(prompt, unit.number, facts), spoken.language

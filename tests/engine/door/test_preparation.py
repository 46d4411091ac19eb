"""What is ready before anybody calls."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from tests.engine.door.stage import UNITS, open_door
from tests.engine.fakes import FakeSynthesizer, FakeTranscriber
from voice_engine.core.directory import Directory
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import AT_THE_DOOR, Language, Question
from voice_engine.door.doors import Doors
from voice_engine.door.preparation import MOST_GUESSES, prepare_recogniser, prepare_speech, warn_of_keypads
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

pytestmark = pytest.mark.virtual_time

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
FOREIGN_UNITS = (replace(UNITS[0], language=PORTUGUESE), UNITS[1])


async def test_what_calls_will_say_comes_before_what_they_may_say() -> None:
    """In the language of whoever hears it; each sentence once."""
    async with open_door(units=FOREIGN_UNITS) as door:
        await prepare_speech(door.tools.speaker, Doors(door.tools, {}))
        packs = door.tools.packs
    said = door.synthesizer.asked
    assert len(said) == len(set(said))
    certain = packs[ENGLISH].render(Prompt.QUESTION, "302")
    foreign = packs[PORTUGUESE].render(Prompt.QUESTION, "501")
    assert packs[PORTUGUESE].render(Prompt.CALLING, "501") not in said
    guesses = [text for text in said if "Daniel Souza" in text or "Ana Clara" in text]
    assert len(guesses) == 4
    assert max(said.index(certain), said.index(foreign)) < min(map(said.index, guesses))
    assert any("A delivery for Ana Clara in three zero two." in text for text in guesses)
    assert any("Entrega para Daniel Souza, do cinco zero um." in text for text in guesses)


async def test_guesses_are_bounded_by_number_and_by_memory() -> None:
    """A tower's worth of residents neither fills the memory nor drives out what is certain."""
    units = [UnitSettings(str(number), (f"Resident {number}",), ("X/1",)) for number in range(100, 250)]
    async with open_door() as door:
        tools = replace(door.tools, directory=Directory.from_units(units))
        few, many = FakeSynthesizer(delay_seconds=0), FakeSynthesizer(delay_seconds=0)
        async with (
            Speaker(few, Capacity(1), cache_bytes=20_000_000) as small,
            Speaker(many, Capacity(1), cache_bytes=1_000_000_000) as large,
        ):
            await prepare_speech(small, Doors(tools, {}))
            await prepare_speech(large, Doors(tools, {}))
    certain = 2 * len(units) + sum(1 for prompt in Prompt if "{" not in tools.prompts.sentences[prompt])
    assert certain - 5 <= len(few.asked) < certain + MOST_GUESSES
    assert len(few.asked) + MOST_GUESSES >= len(many.asked) > len(few.asked)


async def test_the_recogniser_is_made_ready_for_every_language_it_understands() -> None:
    """Of visitors that of their doors, of residents those of their units too."""
    async with open_door(units=FOREIGN_UNITS) as door:
        await prepare_recogniser(Doors(door.tools, {}))
        assert [(ready.question, ready.language) for ready in door.transcriber.prepared] == [
            *((question, ENGLISH) for question in AT_THE_DOOR),
            (Question.ANSWER, PORTUGUESE),
        ]
    async with open_door(units=FOREIGN_UNITS, transcriber=FakeTranscriber([PORTUGUESE])) as door:
        await prepare_recogniser(Doors(door.tools, {}))
        assert [(ready.question, ready.language) for ready in door.transcriber.prepared] == [
            (Question.ANSWER, PORTUGUESE)
        ]


async def test_the_log_says_where_speech_is_not_understood_and_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with open_door(language=PORTUGUESE, transcriber=FakeTranscriber([ENGLISH])) as door:
        warn_of_keypads(Doors(door.tools, {}))
        assert "not understood in pt-BR: visitors and residents use the keypad" in caplog.text
        assert "(en)" in caplog.text
        caplog.clear()
    async with open_door(language=PORTUGUESE) as door:
        warn_of_keypads(Doors(door.tools, {"1": replace(door.tools, language=ENGLISH)}))
        assert not caplog.text

"""The microphone in virtual time: nothing said is lost while something else is transcribed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.engine.fakes import EnergyDetector, words_in
from tests.engine.scribe.room import Audience, FakeRoom, FakeSwitch, FakeWriter, quiet, spoken
from voice_engine.core.errors import (
    BackendTimeout,
    BackendUnavailable,
    MicrophoneAway,
    MicrophoneBusy,
    MicrophoneOff,
    NoCapacity,
    NothingHeard,
)
from voice_engine.core.microphone import MicrophoneState, MicrophoneStatus
from voice_engine.core.problems import ProblemCode
from voice_engine.core.transcript import Language
from voice_engine.scribe.microphone import MOST_WAITING, Microphone
from voice_engine.scribe.segments import Segmenter

pytestmark = pytest.mark.virtual_time

OFF, STARTING, LISTENING = MicrophoneState.OFF, MicrophoneState.STARTING, MicrophoneState.LISTENING


class Home:
    """A room, the microphone in it, and who hears of it."""

    def __init__(self, enabled: bool = True) -> None:
        self.room = FakeRoom()
        self.switch = FakeSwitch(enabled)
        self.writer = FakeWriter()
        self.audience = Audience()
        self.language = Language.PORTUGUESE
        self.microphone = Microphone(
            self.room,
            Segmenter(EnergyDetector(), 0.8, 15.0),
            self.writer,
            lambda: self.language,
            keeper=self.switch,
            audience=self.audience,
        )

    @property
    def status(self) -> MicrophoneStatus:
        """Now."""
        return self.microphone.status

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Run it."""
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.microphone.run())
            await settled()
            yield
            running.cancel()


async def settled() -> None:
    """Let everybody act who can."""
    await asyncio.sleep(0.001)


async def test_what_is_said_is_told_with_all_that_is_known_of_it() -> None:
    home = Home()
    async with home.listening():
        await home.room.play(quiet(1), spoken("boa noite"), quiet(1))
        await asyncio.sleep(1)
    (heard,) = home.audience.heard
    assert (heard.text, heard.language, heard.confidence, heard.backend) == ("boa noite", "pt-BR", 0.9, "fake")
    assert heard.seconds == pytest.approx(1.5, abs=0.1)
    assert home.status.heard == 1


async def test_another_language_counts_from_the_next_utterance_on() -> None:
    home = Home()
    home.writer.delay_seconds = 1.0
    async with home.listening():
        home.room.give(spoken("boa noite") + quiet(1))
        await asyncio.sleep(0.5)
        home.language = Language.ENGLISH
        await asyncio.sleep(1)
        home.room.give(spoken("good night") + quiet(1))
        await asyncio.sleep(2)
    assert [(heard.text, heard.language) for heard in home.audience.heard] == [
        ("boa noite", Language.PORTUGUESE),
        ("good night", Language.ENGLISH),
    ]


async def test_who_waits_for_an_utterance_is_told_that_the_engine_stops() -> None:
    home = Home()
    async with home.listening():
        waiting = asyncio.ensure_future(home.microphone.record(60.0))
        await settled()
    with pytest.raises(MicrophoneOff):
        await waiting
    with pytest.raises(MicrophoneOff):
        await home.microphone.record(60.0)
    assert home.audience.statuses[-1].state is not OFF  # which is told of a switch, not of a stop


async def test_nothing_is_lost_while_something_is_transcribed() -> None:
    """Transcription that takes longer than an utterance: all come, in order, and the room is never waited for."""
    home = Home()
    home.writer.delay_seconds = 3.0
    sentences = [f"sentence {number}" for number in range(6)]
    async with home.listening():
        began = asyncio.get_running_loop().time()
        await home.room.play(*(spoken(sentence) + quiet(1) for sentence in sentences))
        assert asyncio.get_running_loop().time() - began == pytest.approx(12, abs=0.5)
        assert home.status.waiting > 0
        await asyncio.sleep(20)
        assert home.audience.sentences == sentences
    assert (home.status.lost, home.status.waiting) == (0, 0)


async def test_too_much_to_transcribe_costs_the_oldest_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    home = Home()
    home.writer.delay_seconds = 3600.0
    sentences = [f"sentence {number}" for number in range(MOST_WAITING + 4)]
    async with home.listening():
        for sentence in sentences:
            home.room.give(spoken(sentence) + quiet(1))
            await settled()
        assert (home.status.lost, home.status.waiting) == (3, MOST_WAITING)
        assert home.audience.statuses[-1].lost == 2  # told each time it has doubled, and with the figures
        home.writer.delay_seconds = 0.0
        await asyncio.sleep(3700)
    assert home.audience.sentences == [sentences[0], *sentences[-MOST_WAITING:]]
    assert "2 utterances were dropped so far" in caplog.text
    assert home.audience.statuses[-1].lost == 3


async def test_the_log_never_holds_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    home = Home()
    async with home.listening():
        home.room.give(spoken("the key is under the mat") + quiet(1))
        await asyncio.sleep(2)
    assert home.audience.sentences == ["the key is under the mat"]
    assert "mat" not in caplog.text


async def test_what_recognisers_invent_is_dismissed() -> None:
    home = Home()
    async with home.listening():
        home.room.give(spoken("thanks for watching") + quiet(1), spoken("") + quiet(1), spoken("lights off") + quiet(1))
        await asyncio.sleep(5)
    assert home.audience.sentences == ["lights off"]
    assert home.status.dismissed == 2


async def test_it_is_off_until_it_is_switched_on_and_that_is_kept() -> None:
    home = Home(enabled=False)
    async with home.listening():
        assert (home.status.state, home.room.captures) == (OFF, 0)
        await home.microphone.switch(True)
        await settled()
        assert (home.status.state, home.room.capturing, home.switch.enabled) == (STARTING, True, True)
        home.room.give(quiet(1))
        await settled()
        assert home.status.state is LISTENING
        assert home.status.level_dbfs is not None
        await home.microphone.switch(False)
        await settled()
        assert (home.status.state, home.room.capturing, home.switch.enabled) == (OFF, False, False)
        assert home.status.level_dbfs is None
    assert home.audience.states == [OFF, STARTING, LISTENING, OFF]


async def test_switched_off_it_forgets_what_waits_and_what_is_being_said() -> None:
    home = Home()
    home.writer.delay_seconds = 5.0
    async with home.listening():
        home.room.give(spoken("one") + quiet(1) + spoken("two") + quiet(1) + spoken("three"))
        await settled()
        assert home.status.waiting == 1
        await home.microphone.switch(False)
        await home.microphone.switch(True)
        await settled()
        assert home.status.waiting == 0
        home.room.give(quiet(1) + spoken("four") + quiet(1))
        await asyncio.sleep(20)
    assert home.room.captures == 2
    assert home.audience.sentences == ["four"]


async def test_a_switch_that_cannot_be_remembered_is_switched_all_the_same() -> None:
    home = Home(enabled=False)
    home.switch.broken = True
    async with home.listening():
        with pytest.raises(BackendUnavailable):
            await home.microphone.switch(True)
        await settled()
        assert home.room.capturing


async def test_a_microphone_that_goes_away_is_told_once_each_way(caplog: pytest.LogCaptureFixture) -> None:
    """And what was being said is transcribed as far as it came."""
    caplog.set_level(logging.INFO)
    home = Home()
    async with home.listening():
        home.room.give(quiet(1) + spoken("turn on the"))
        for _ in range(3):
            home.room.break_off("arecord ended with status 1")
        await asyncio.sleep(1)
        status = home.status
        assert (status.state, status.level_dbfs) == (MicrophoneState.UNAVAILABLE, None)
        assert status.problem is not None
        assert status.problem.code is ProblemCode.MICROPHONE_UNAVAILABLE
        assert status.problem.parameters == {"detail": "arecord ended with status 1"}
        home.room.give(quiet(1))
        await settled()
        assert (home.status.state, home.status.problem) == (LISTENING, None)
    assert home.audience.sentences == ["turn on the"]
    assert caplog.text.count("The microphone gives no sound") == 1
    assert caplog.text.count("The microphone listens") == 2


async def test_digital_silence_is_told_and_a_quiet_room_is_not() -> None:
    home = Home()
    async with home.listening():
        home.room.give(quiet(30))
        await settled()
        assert home.status.state is LISTENING
        home.room.give(bytes(32_000 * 14))
        await settled()
        assert home.status.state is LISTENING
        home.room.give(bytes(32_000 * 2))
        await settled()
        assert home.status.state is MicrophoneState.NO_SIGNAL
        assert home.status.problem is not None
        assert home.status.problem.code is ProblemCode.MICROPHONE_SILENT
        assert home.status.level_dbfs == -96.0
        home.room.give(quiet(1.1))
        await settled()
        assert (home.status.state, home.status.problem) == (LISTENING, None)


async def test_what_cannot_be_transcribed_is_told_until_it_can(caplog: pytest.LogCaptureFixture) -> None:
    home = Home()
    home.writer.problem = BackendTimeout("whisper did not answer")
    async with home.listening():
        home.room.give(spoken("one") + quiet(1), spoken("two") + quiet(1))
        await asyncio.sleep(3)
        assert (home.status.state, home.status.failed) == (LISTENING, 2)
        assert home.status.problem is not None
        assert home.status.problem.code is ProblemCode.MICROPHONE_NOT_UNDERSTOOD
        assert home.status.problem.parameters == {"detail": "whisper did not answer"}
        home.writer.problem = None
        home.room.give(spoken("three") + quiet(1))
        await asyncio.sleep(2)
        assert home.status.problem is None
    assert home.audience.sentences == ["three"]
    assert caplog.text.count("could not be transcribed") == 1


async def test_an_utterance_that_calls_leave_no_place_is_lost_and_counted() -> None:
    home = Home()
    home.writer.problem = NoCapacity("the calls have all places")
    async with home.listening():
        home.room.give(spoken("one") + quiet(1))
        await asyncio.sleep(2)
        assert (home.status.lost, home.status.failed, home.status.problem) == (1, 0, None)


async def test_figures_are_told_every_ten_seconds() -> None:
    home = Home()
    async with home.listening():
        home.room.give(quiet(2))
        await settled()
        told = len(home.audience.statuses)
        await asyncio.sleep(10)
        assert len(home.audience.statuses) == told + 1
        assert home.audience.statuses[-1].level_dbfs is not None


# --- the next utterance, for a test


async def test_the_next_utterance_is_for_the_test_alone() -> None:
    home = Home()
    async with home.listening():
        home.room.give(quiet(1))
        async with asyncio.TaskGroup() as tasks:
            recording = tasks.create_task(home.microphone.record(15.0))
            await settled()
            with pytest.raises(MicrophoneBusy):
                await home.microphone.record(15.0)
            home.room.give(spoken("testing") + quiet(1) + spoken("hello") + quiet(1))
        await asyncio.sleep(2)
    assert words_in(recording.result().pcm) == ["testing"]
    assert home.audience.sentences == ["hello"]


async def test_nobody_says_anything() -> None:
    home = Home()
    async with home.listening():
        home.room.give(quiet(2))
        with pytest.raises(NothingHeard, match=r"within 15 s; the level is -\d"):
            await home.microphone.record(15.0)
        home.room.give(spoken("too late") + quiet(1))
        await asyncio.sleep(2)
    assert home.audience.sentences == ["too late"]


async def test_who_is_off_or_away_records_nothing() -> None:
    home = Home(enabled=False)
    async with home.listening():
        with pytest.raises(MicrophoneOff):
            await home.microphone.record(15.0)
        await home.microphone.switch(True)
        await settled()
        home.room.break_off("unplugged")
        await settled()
        with pytest.raises(MicrophoneAway, match="unplugged"):
            await home.microphone.record(15.0)


async def test_switched_off_while_a_test_waits() -> None:
    home = Home()

    async def switch_off() -> None:
        await settled()
        await home.microphone.switch(False)

    async with home.listening(), asyncio.TaskGroup() as tasks:
        home.room.give(quiet(1))
        tasks.create_task(switch_off())
        with pytest.raises(MicrophoneOff):
            await home.microphone.record(15.0)

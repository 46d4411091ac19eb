"""Listening to a fake leg in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.fakes import SILENT_FRAME, EnergyDetector, FakeLeg, audible, words_in
from voice_engine.core.audio import duration_seconds
from voice_engine.core.endpointing import NoInput, SpeechResumed, SpeechStarted
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Question, Utterance
from voice_engine.voice.listener import Closed, Digit, Listener, ListenerEvent, Paused

pytestmark = pytest.mark.virtual_time


class Conversation:
    """A party, the ears on it, and what they told."""

    def __init__(self) -> None:
        self.detector = EnergyDetector()
        self.events: list[ListenerEvent] = []
        self.pauses: list[Paused | SpeechResumed] = []
        self.listener = Listener(self.detector, DoorSettings(), self._note)
        self.leg = FakeLeg()
        self.leg.listen(self.listener)

    def _note(self, event: ListenerEvent) -> None:
        if isinstance(event, Paused | SpeechResumed):
            self.pauses.append(event)
        else:
            self.events.append(event)

    @property
    def utterances(self) -> list[Utterance]:
        """What was heard."""
        return [event for event in self.events if isinstance(event, Utterance)]

    @property
    def sentences(self) -> list[str]:
        """The words of it."""
        return [" ".join(words_in(utterance.pcm)) for utterance in self.utterances]


@pytest.fixture
async def talk() -> Conversation:
    """A party that is silent so far."""
    return Conversation()


async def test_a_reply_is_heard_with_pre_roll_and_a_short_tail(talk: Conversation) -> None:
    began = asyncio.get_running_loop().time()
    talk.listener.open(Question.ANSWER)
    talk.leg.say("yes let him in", 1.0, after_seconds=0.8)
    await asyncio.sleep(3.0)

    started, utterance = talk.events
    assert started == SpeechStarted()
    assert isinstance(utterance, Utterance)
    assert words_in(utterance.pcm) == ["yes let him in"]
    assert utterance.speech_seconds == pytest.approx(1.0)
    assert utterance.ended_at == pytest.approx(began + 1.8)
    assert duration_seconds(utterance.pcm) == pytest.approx(0.3 + 1.0 + 0.2)
    assert utterance.pcm.startswith(SILENT_FRAME * 15)


async def test_a_pause_is_told_of_with_the_sound_the_utterance_will_have(talk: Conversation) -> None:
    began = asyncio.get_running_loop().time()
    talk.listener.open(Question.ANSWER)
    talk.leg.say("yes", 0.4, after_seconds=0.5)
    await asyncio.sleep(1.16)

    (paused,) = talk.pauses
    assert isinstance(paused, Paused)
    assert paused.utterance.ended_at == pytest.approx(began + 0.9)
    assert talk.utterances == []
    await asyncio.sleep(1.0)
    assert talk.utterances == [paused.utterance]


async def test_who_goes_on_after_a_pause_is_heard_whole(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("yes", 0.4, after_seconds=0.5)
    talk.leg.say("but not now", 0.6, after_seconds=0.4)
    await asyncio.sleep(3.0)

    assert [type(pause) for pause in talk.pauses] == [Paused, SpeechResumed, Paused]
    assert talk.sentences == ["yes but not now"]


async def test_a_settled_pause_ends_sooner_and_only_once(talk: Conversation) -> None:
    began = asyncio.get_running_loop().time()
    talk.listener.open(Question.UNIT)
    talk.leg.say("five oh one", 0.4, after_seconds=0.5)
    await asyncio.sleep(1.2)
    talk.listener.settle(0.4)
    assert talk.utterances == []
    await asyncio.sleep(0.12)
    assert talk.sentences == ["five oh one"]
    assert asyncio.get_running_loop().time() < began + 1.9
    talk.listener.settle(0.4)
    await asyncio.sleep(3.0)

    assert len(talk.utterances) == 1


async def test_settling_late_ends_the_turn_at_once(talk: Conversation) -> None:
    talk.listener.open(Question.UNIT)
    talk.leg.say("five oh one", 0.4, after_seconds=0.5)
    await asyncio.sleep(1.6)
    talk.listener.settle(0.4)

    assert talk.sentences == ["five oh one"]


async def test_nothing_is_settled_while_closed(talk: Conversation) -> None:
    talk.listener.open(Question.UNIT)
    talk.leg.say("five oh one", 0.4, after_seconds=0.5)
    await asyncio.sleep(1.6)
    talk.listener.close()
    talk.listener.settle(0.4)

    assert talk.utterances == []


async def test_a_unit_may_be_said_with_a_breath_in_it(talk: Conversation) -> None:
    talk.listener.open(Question.UNIT)
    talk.leg.say("five", 0.4, after_seconds=0.5)
    talk.leg.say("oh one", 0.4, after_seconds=0.8)
    await asyncio.sleep(4.0)

    assert talk.sentences == ["five oh one"]


async def test_nothing_is_heard_while_closed(talk: Conversation) -> None:
    talk.leg.say("yes", 1.0)
    await asyncio.sleep(2.0)
    talk.leg.say("yes of course", 3.0)
    await asyncio.sleep(1.0)
    talk.listener.open(Question.ANSWER)
    await asyncio.sleep(0.1)
    talk.listener.close()
    await asyncio.sleep(10.0)

    assert talk.events == []


async def test_what_was_being_said_is_dropped_when_closed(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("the wrong question", 2.0, after_seconds=0.4)
    await asyncio.sleep(1.5)
    talk.listener.close()
    await asyncio.sleep(1.5)
    talk.listener.open(Question.ANSWER)
    talk.leg.say("no", 0.3, after_seconds=0.5)
    await asyncio.sleep(3.0)

    assert talk.sentences == ["no"]
    assert talk.detector.resets == 2


async def test_the_prompts_echo_is_not_an_answer(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("say yes or no", 0.28)
    await asyncio.sleep(3.0)

    assert talk.events == []


async def test_an_answer_given_at_once_is_heard_whole(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("yes", 0.5, after_seconds=0.1)
    await asyncio.sleep(3.0)

    (utterance,) = talk.utterances
    assert utterance.pcm == SILENT_FRAME * 5 + audible("yes", 0.5) + SILENT_FRAME * 10


async def test_nobody_answers(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    await asyncio.sleep(6.9)
    assert talk.events == []
    await asyncio.sleep(0.2)
    assert talk.events == [NoInput()]


async def test_a_dead_line_still_ends_the_turn(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("yes", 0.6, after_seconds=0.5)
    await asyncio.sleep(1.2)
    talk.leg.sends_frames = False
    await asyncio.sleep(0.7)
    assert talk.sentences == ["yes"]
    await asyncio.sleep(7.1)
    assert talk.events[-1] == NoInput()


async def test_keys_count_at_any_moment_and_are_a_sign_of_life(talk: Conversation) -> None:
    talk.leg.press("5")
    talk.listener.open(Question.UNIT)
    await asyncio.sleep(6.0)
    talk.leg.press("0")
    await asyncio.sleep(6.0)

    assert talk.events == [Digit("5"), Digit("0")]


async def test_several_replies_are_heard_until_closed(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("one moment", 0.8, after_seconds=0.5)
    talk.leg.say("yes", 0.4, after_seconds=1.0)
    await asyncio.sleep(4.0)

    assert talk.sentences == ["one moment", "yes"]


async def test_the_hang_up_ends_it(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("yes", 2.0, after_seconds=0.4)
    await asyncio.sleep(1.0)
    talk.leg.drop()
    talk.listener.open(Question.ANSWER)
    await asyncio.sleep(30.0)

    assert talk.events == [SpeechStarted(), Closed()]


async def test_an_endless_talker_fills_no_memory(talk: Conversation) -> None:
    talk.listener.open(Question.ANSWER)
    talk.leg.say("bla", 60.0)
    await asyncio.sleep(60.0)

    assert all(duration_seconds(utterance.pcm) < 15.5 for utterance in talk.utterances)
    assert len(talk.utterances) == 3


async def test_the_listener_may_be_opened_again_from_its_own_event() -> None:
    """As a conversation does that asks the next question at once."""
    heard: list[str] = []

    def on_event(event: ListenerEvent) -> None:
        if isinstance(event, Utterance):
            heard.extend(words_in(event.pcm))
            listener.open(Question.ANSWER)

    listener = Listener(EnergyDetector(), DoorSettings(), on_event)
    leg = FakeLeg()
    leg.listen(listener)
    listener.open(Question.UNIT)
    leg.say("five zero one", 1.0, after_seconds=0.4)
    leg.say("yes", 0.4, after_seconds=1.5)
    await asyncio.sleep(6.0)

    assert heard == ["five zero one", "yes"]

"""Where speech starts and ends, in plain seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.echo import Origin
from voice_engine.core.endpointing import (
    Endpointer,
    EndpointEvent,
    Endpointing,
    NoInput,
    Pause,
    Phase,
    SpeechResumed,
    SpeechStarted,
    UtteranceEnded,
)
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Question

SETTINGS = Endpointing(silence_seconds=0.6, no_input_seconds=7.0, max_utterance_seconds=15.0)
GUARDED = Endpointing(silence_seconds=0.6, no_input_seconds=7.0, max_utterance_seconds=15.0, guard_seconds=0.3)

PAUSING = replace(SETTINGS, short_pause_seconds=0.24)


@dataclass(slots=True)
class Ear:
    """Feeds an endpointer frame by frame and notes what happened when (seconds since it began)."""

    endpointer: Endpointer
    now: float = 0.0

    def hear(self, voiced: bool, seconds: float) -> list[tuple[float, EndpointEvent]]:
        """Let every frame of ``seconds`` be voiced, or none."""
        return self.hear_frames("x" * round(seconds / 0.02) if voiced else "." * round(seconds / 0.02))

    def hear_frames(self, pattern: str) -> list[tuple[float, EndpointEvent]]:
        """Voiced is ``x``."""
        happened = []
        for character in pattern:
            self.now = round(self.now + 0.02, 6)
            event = self.endpointer.hear(character == "x", self.now)
            if event is not None:
                happened.append((self.now, event))
        return happened

    def nothing(self, seconds: float) -> list[tuple[float, EndpointEvent]]:
        """No frames at all, a tick each 0.1 s."""
        happened = []
        for _ in range(round(seconds / 0.1)):
            self.now = round(self.now + 0.1, 6)
            event = self.endpointer.tick(self.now)
            if event is not None:
                happened.append((self.now, event))
        return happened


@pytest.fixture
def ear() -> Ear:
    """Nothing heard so far."""
    return Ear(Endpointer(SETTINGS, 0.0))


@pytest.fixture
def guarded_ear() -> Ear:
    """Our own prompt has just ended."""
    return Ear(Endpointer(GUARDED, 0.0))


@pytest.fixture
def pausing_ear() -> Ear:
    """Pauses are told of."""
    return Ear(Endpointer(PAUSING, 0.0))


def test_an_utterance_starts_with_voice_and_ends_with_silence(ear: Ear) -> None:
    assert ear.hear(False, 1.0) == []
    assert ear.hear(True, 0.8) == [(1.12, SpeechStarted())]
    assert ear.hear(False, 0.58) == []
    assert ear.hear(False, 0.02) == [(2.4, UtteranceEnded(40 * 0.02, 30, 1.8))]


def test_phases(ear: Ear) -> None:
    phases = []
    for pattern in ("...", "xx.", "xxxx", "xx.xx", "xx..", "x.xxx", "." * 30):
        ear.hear_frames(pattern)
        phases.append(ear.endpointer.phase)

    assert phases == [
        Phase.QUIET,
        Phase.STARTING,
        Phase.SPEAKING,
        Phase.SPEAKING,
        Phase.STOPPING,
        Phase.SPEAKING,
        Phase.QUIET,
    ]


def test_pauses_shorter_than_the_threshold_belong_to_the_utterance(ear: Ear) -> None:
    happened = []
    for _ in range(4):
        happened += ear.hear(True, 0.4) + ear.hear(False, 0.5)

    assert happened == [(0.12, SpeechStarted())]
    assert ear.hear(False, 0.2) == [(3.7, UtteranceEnded(80 * 0.02, 30, 3.1))]


@pytest.mark.parametrize(
    "noise",
    [
        "xxxx......",  # a click, or a door's slam
        "x....x....",
        "x.........",
        "xx...xx...",  # never three of five
    ],
)
def test_clicks_and_crackle_are_not_speech(ear: Ear, noise: str) -> None:
    assert ear.hear_frames(noise * 30) == []


def test_crackle_does_not_put_the_end_off(ear: Ear) -> None:
    ear.hear(True, 0.5)

    assert ear.hear_frames("....x" * 6) == [(1.1, UtteranceEnded(31 * 0.02, 30, 0.5))]


def test_a_hoarse_voice_is_speech(ear: Ear) -> None:
    assert ear.hear_frames("xx.x.xxx.xx") == [(0.16, SpeechStarted())]


def test_nobody_says_anything(ear: Ear) -> None:
    assert ear.hear(False, 15.0) == [(7.0, NoInput()), (14.0, NoInput())]


def test_a_key_shows_that_somebody_is_there(ear: Ear) -> None:
    ear.hear(False, 6.0)
    ear.endpointer.still_there(ear.now)

    assert ear.hear(False, 7.0) == [(13.0, NoInput())]


def test_no_input_waits_for_what_may_become_speech(ear: Ear) -> None:
    ear.hear(False, 6.96)

    assert ear.hear(True, 0.2) == [(7.08, SpeechStarted())]


def test_whoever_talks_on_and_on_is_cut(ear: Ear) -> None:
    assert ear.hear(True, 15.5) == [
        (0.12, SpeechStarted()),
        (15.12, UtteranceEnded(756 * 0.02, 0, 15.12)),
        (15.24, SpeechStarted()),
    ]


def test_silence_elapses_when_frames_stop_in_speech(ear: Ear) -> None:
    ear.hear(True, 0.5)
    ear.hear(False, 0.3)

    assert ear.nothing(0.4) == []
    assert ear.nothing(0.1) == [(1.3, UtteranceEnded(25 * 0.02, 15, 0.5))]


def test_a_stall_shorter_than_the_pause_ends_nothing(ear: Ear) -> None:
    """The frames held back arrive at once, and count by their number."""
    ear.hear(True, 0.5)
    ear.nothing(0.5)
    backlog = [ear.endpointer.hear(voiced=False, now=ear.now) for _ in range(25)]

    assert backlog == [None] * 25
    assert ear.hear(True, 0.2) == []
    assert ear.endpointer.phase is Phase.SPEAKING


def test_no_input_elapses_when_frames_stop(ear: Ear) -> None:
    ear.hear(False, 1.0)
    ear.hear(True, 0.06)

    assert ear.nothing(7.0) == [(7.06, NoInput())]


def test_a_phone_that_sends_nothing_in_silence_still_gives_no_input(ear: Ear) -> None:
    happened = []
    for _ in range(10):
        happened += ear.nothing(0.98) + ear.hear(False, 0.02)

    assert [event for _, event in happened] == [NoInput()]


def test_the_echo_of_the_prompt_is_not_an_answer(guarded_ear: Ear) -> None:
    assert guarded_ear.hear(True, 0.3) == []
    assert guarded_ear.hear(False, 2.0) == []


def test_an_answer_given_at_once_counts_when_it_goes_on(guarded_ear: Ear) -> None:
    assert guarded_ear.hear(False, 0.1) == []
    assert guarded_ear.hear(True, 0.5) == [(0.4, SpeechStarted())]
    assert guarded_ear.hear(False, 0.6) == [(1.2, UtteranceEnded(25 * 0.02, 30, 0.6))]


@pytest.mark.parametrize(
    ("silent_frames", "gap_frames", "masked"), [(0, 0, True), (0, 3, True), (0, 5, False), (3, 0, True), (5, 0, False)]
)
def test_voice_that_follows_upon_what_may_be_our_echo_is_told_to(
    silent_frames: int, gap_frames: int, masked: bool
) -> None:
    """They may have begun behind it; a tenth of a second of silence since our last word says that they have not."""
    endpointer = Endpointer(Endpointing(0.6, 7.0, 15.0), 0.0)
    silence = (False, Origin.UNSURE)
    frames = [*[silence] * silent_frames, *[(True, Origin.OURS)] * 10, *[silence] * gap_frames]
    frames += [(True, Origin.UNSURE)] * 20
    events = [endpointer.hear(voiced, index * 0.02, origin) for index, (voiced, origin) in enumerate(frames)]
    assert [event for event in events if event] == [SpeechStarted(masked)]


def test_the_guard_holds_once(guarded_ear: Ear) -> None:
    guarded_ear.hear(True, 1.0)
    guarded_ear.hear(False, 0.6)

    assert guarded_ear.hear(True, 0.12) == [(1.72, SpeechStarted())]


def test_a_pause_is_told_of_once_before_the_end(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)

    assert pausing_ear.hear(False, 0.6) == [(0.74, Pause(0.5, 12, 0.5)), (1.1, UtteranceEnded(0.5, 30, 0.5))]


def test_who_goes_on_resumes_and_may_pause_again(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)
    happened = pausing_ear.hear(False, 0.3) + pausing_ear.hear(True, 0.3) + pausing_ear.hear(False, 0.24)

    assert happened == [(0.74, Pause(0.5, 12, 0.5)), (0.86, SpeechResumed()), (1.34, Pause(0.8, 12, 1.1))]


def test_gaps_within_words_are_no_pauses(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)

    assert pausing_ear.hear(False, 0.18) + pausing_ear.hear(True, 0.5) == []


def test_a_settled_pause_ends_early(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)
    pausing_ear.hear(False, 0.3)

    assert pausing_ear.endpointer.settle(0.5, pausing_ear.now) is None
    assert pausing_ear.hear(False, 0.2) == [(1.0, UtteranceEnded(0.5, 25, 0.5))]


def test_a_pause_longer_than_it_had_to_be_ends_when_it_is_settled(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)
    pausing_ear.hear(False, 0.54)

    assert pausing_ear.endpointer.settle(0.5, pausing_ear.now) == UtteranceEnded(0.5, 27, 0.5)
    assert pausing_ear.endpointer.settle(0.5, pausing_ear.now) is None


def test_a_voice_annuls_what_was_settled(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)
    pausing_ear.hear(False, 0.3)
    pausing_ear.endpointer.settle(0.4, pausing_ear.now)
    pausing_ear.hear(True, 0.3)

    assert pausing_ear.hear(False, 0.58) == [(1.34, Pause(0.8, 12, 1.1))]
    assert pausing_ear.hear(False, 0.02) == [(1.7, UtteranceEnded(0.8, 30, 1.1))]


def test_what_may_become_a_voice_puts_the_early_end_off_and_not_the_late_one(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)
    pausing_ear.hear(False, 0.3)
    pausing_ear.endpointer.settle(0.4, pausing_ear.now)

    assert pausing_ear.hear_frames("...." + "x....x....") == []
    assert pausing_ear.hear_frames(".") == [(1.1, UtteranceEnded(27 * 0.02, 30, 0.5))]


def test_nothing_can_be_settled_while_they_speak(pausing_ear: Ear) -> None:
    pausing_ear.hear(True, 0.5)

    assert pausing_ear.endpointer.settle(0.0, pausing_ear.now) is None
    assert pausing_ear.hear(False, 0.2) == []


def test_frames_that_stop_settle_nothing(pausing_ear: Ear) -> None:
    """What the network holds back may be the rest of the sentence."""
    pausing_ear.hear(True, 0.5)
    pausing_ear.hear(False, 0.24)
    pausing_ear.nothing(0.3)

    assert pausing_ear.endpointer.settle(0.4, pausing_ear.now) is None


@pytest.mark.parametrize(
    ("threshold_seconds", "question", "expected"),
    [(1.5, Question.ANSWER, 0.6), (1.5, Question.UNIT, 1.0), (0.5, Question.ANSWER, 0.5), (0.5, Question.UNIT, 0.5)],
)
def test_the_settings_bound_the_pause(threshold_seconds: float, question: Question, expected: float) -> None:
    settings = DoorSettings(silence_threshold_seconds=threshold_seconds)

    assert Endpointing.for_question(question, settings).silence_seconds == expected


def test_the_longer_guard_holds() -> None:
    frames = DoorSettings(post_audio_delay_seconds=0.1, discard_buffer_frames=20)
    seconds = DoorSettings(post_audio_delay_seconds=0.5, discard_buffer_frames=15)

    assert Endpointing.for_question(Question.UNIT, frames).guard_seconds == pytest.approx(0.4)
    assert Endpointing.for_question(Question.UNIT, seconds).guard_seconds == 0.5


@given(st.lists(st.booleans(), max_size=600))
def test_starts_and_ends_alternate_and_hold_enough_voice(verdicts: list[bool]) -> None:
    ear = Ear(Endpointer(SETTINGS, 0.0))
    happened = ear.hear_frames("".join("x" if voiced else "." for voiced in verdicts))

    speech = [event for _, event in happened if not isinstance(event, NoInput)]
    for index, event in enumerate(speech):
        assert isinstance(event, UtteranceEnded if index % 2 else SpeechStarted)
        if isinstance(event, UtteranceEnded):
            assert event.speech_seconds >= 0.12

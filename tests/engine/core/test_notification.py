"""The machine of a notification, whatever happens in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.dialog.messages import (
    Abandon,
    Announced,
    AnswerMeant,
    Decided,
    Dismissed,
    Event,
    GivenUp,
    HangUp,
    Hush,
    KeyPressed,
    Left,
    Listen,
    NothingMeant,
    RecordingHeard,
    ResidentArrived,
    Ring,
    RingFailed,
    Said,
    Say,
    SayText,
    StartTimer,
    StopListening,
    StopRinging,
    StopTimer,
    Timer,
    TimerFired,
    Unheard,
    VisitorArrived,
)
from voice_engine.core.directory import Directory
from voice_engine.core.events import Disposition, Party
from voice_engine.core.notification import Message, Outcome, Reply, Stage, State, begin, step
from voice_engine.core.settings import UnitSettings
from voice_engine.core.understanding import Answer

PHONES = ("PJSIP/hall", "PJSIP/mobile")
UNIT = Directory.from_units([UnitSettings("7", (), PHONES)]).units[0]
RESIDENT, VISITOR = Party.RESIDENT, Party.VISITOR
HARMLESS = (Ring, StopRinging, StartTimer, StopTimer)
"""Effects that concern no leg."""
ON_THE_LEG = (Say, SayText, Hush, Listen, StopListening, HangUp, Abandon)
FULL_YES = AnswerMeant(Answer.GRANT, certain=True, confirms=True)
CERTAIN = (FULL_YES, KeyPressed(RESIDENT, "1"))
"""What is a yes by itself."""
HALF = (AnswerMeant(Answer.GRANT, certain=False, confirms=True), AnswerMeant(Answer.GRANT, certain=False))
"""What is none by itself; the first is one if it comes second."""
NO_YES: tuple[Event, ...] = (
    *(AnswerMeant(answer) for answer in Answer if answer is not Answer.GRANT),
    AnswerMeant(Answer.GRANT, certain=True, confirms=True, overlapping=True),
    AnswerMeant(Answer.GRANT, certain=False, confirms=False, overlapping=True),
    *(KeyPressed(RESIDENT, key) for key in "023456789*#"),
    *(NothingMeant(RESIDENT, why) for why in Unheard),
    *(RingFailed(result, phone) for result in (Disposition.NO_ANSWER, Disposition.BUSY) for phone in PHONES),
    *(ResidentArrived(phone) for phone in PHONES),
    *(Said(RESIDENT), Left(RESIDENT), RecordingHeard(), TimerFired(Timer.KEYPAD), GivenUp()),
    *(VisitorArrived(), Said(VISITOR), Decided(granted=True), Announced(RESIDENT, "Hello"), Dismissed()),
)
EVENTS = (*CERTAIN, *HALF, *NO_YES)
MESSAGES = st.builds(Message, st.just("Shall he come up?"), st.booleans())


def after(events: list[Event], message: Message, *, hears: bool) -> State:
    """Where it stands then; no effect on the way may concern anybody but the resident."""
    state, effects = begin(UNIT, message, 2, hears=hears)
    for event in events:
        assert all(isinstance(effect, HARMLESS) or effect.party is RESIDENT for effect in effects)
        assert all(isinstance(effect, (*HARMLESS, *ON_THE_LEG)) for effect in effects)
        ended = state.stage is Stage.ENDED
        state, effects = step(state, event)
        assert not (ended and effects)
    return state


@given(st.lists(st.sampled_from(EVENTS), max_size=40), MESSAGES, st.booleans())
def test_nothing_opens_and_nobody_is_spoken_to_but_the_resident(
    events: list[Event], message: Message, hears: bool
) -> None:
    state = after(events, message, hears=hears)
    assert (state.outcome is not None) == (state.stage in (Stage.CLOSING, Stage.ENDED))
    if not message.question or state.outcome is not Outcome.DELIVERED:
        assert state.reply is None


@given(st.lists(st.sampled_from(NO_YES), max_size=40), MESSAGES, st.booleans())
def test_there_is_no_yes_that_nobody_gave(events: list[Event], message: Message, hears: bool) -> None:
    assert after(events, message, hears=hears).reply is not Reply.YES


@given(st.lists(st.sampled_from([*HALF[1:], *NO_YES]), max_size=40), MESSAGES)
def test_doubts_never_add_up_to_a_yes(events: list[Event], message: Message) -> None:
    assert after(events, message, hears=True).reply is not Reply.YES


@given(st.lists(st.sampled_from(EVENTS), max_size=40), st.sampled_from(EVENTS))
def test_what_was_settled_stays(events: list[Event], late: Event) -> None:
    state = after(events, Message("Shall he come up?", question=True), hears=True)
    if state.outcome is not None:
        later, _ = step(state, late)
        assert (later.outcome, later.reply) == (state.outcome, state.reply)

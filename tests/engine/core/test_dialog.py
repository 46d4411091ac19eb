"""The dialog machine, step by step: what it asks to be done and what each outcome takes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.dialog import Rules, Stage, State, step
from voice_engine.core.dialog.messages import (
    Announced,
    AnswerMeant,
    Decided,
    Dismissed,
    Effect,
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
    UnitMeant,
    VisitorArrived,
)
from voice_engine.core.directory import Ambiguous, Directory, Found, Mismatch, Nothing, UnknownUnit
from voice_engine.core.events import DecidedBy, Disposition, Party
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.prompts import Prompt
from voice_engine.core.quiet import Quiet
from voice_engine.core.settings import RingOrder, UnitSettings
from voice_engine.core.transcript import Question
from voice_engine.core.understanding import Answer

DIRECTORY = Directory.from_units(
    (
        UnitSettings("501", ("Daniel Souza",), ("PJSIP/501",)),
        UnitSettings("302", ("Ana Clara",), ("PJSIP/302", "PJSIP/3020")),
    )
)
U501 = DIRECTORY.find_unit("501")
U302 = DIRECTORY.find_unit("302")
assert U501 is not None
assert U302 is not None
BOTH = replace(U302, ring=RingOrder.AT_ONCE)
"""302, its phones rung together."""
QUIET_DIRECTORY = Directory.from_units((UnitSettings("7", (), ("PJSIP/7",), do_not_disturb="22:00-07:00"),))
(QUIET,) = QUIET_DIRECTORY.units
RULES = Rules(DIRECTORY, ring_attempts=2)
KEYS_ONLY = Rules(DIRECTORY, ring_attempts=1, speech=False)
VISITOR, RESIDENT = Party.VISITOR, Party.RESIDENT


class Talk:
    """A machine and everything it has asked for."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.state = State()
        self.effects: tuple[Effect, ...] = ()

    def take(self, *events: Event) -> Talk:
        """Feed events; ``effects`` are those of the last."""
        for event in events:
            self.state, self.effects = step(self.rules, self.state, event)
        return self

    def keys(self, party: Party, keys: str) -> Talk:
        """Press keys."""
        return self.take(*(KeyPressed(party, key) for key in keys))

    @property
    def said(self) -> list[tuple[Party, Prompt]]:
        """Prompts of the last step."""
        return [(effect.party, effect.prompt) for effect in self.effects if isinstance(effect, Say)]


def greeted() -> Talk:
    """The visitor has heard the question."""
    return Talk().take(VisitorArrived(), Said(VISITOR))


def ringing() -> Talk:
    """The phone of 501 rings."""
    return greeted().take(UnitMeant(Found(U501)))


def asking() -> Talk:
    """The resident of 501 is hearing the question."""
    return ringing().take(ResidentArrived())


def hearing() -> Talk:
    """The resident of 501 has heard the question."""
    return asking().take(Said(RESIDENT))


def test_greeting_comes_first_and_speech_counts_only_after_it() -> None:
    """The visitor is welcomed; words are listened to once the welcome was heard to its end."""
    talk = Talk().take(VisitorArrived())
    assert talk.effects == (Say(VISITOR, Prompt.WELCOME),)
    assert talk.take(UnitMeant(Found(U501))).effects == ()
    assert talk.take(Said(VISITOR)).effects == (Listen(VISITOR, Question.UNIT),)


def test_a_unit_that_was_understood_is_rung() -> None:
    """The visitor hears who is called, and the phone rings."""
    talk = ringing()
    assert talk.state.stage is Stage.RINGING
    assert Ring("PJSIP/501") in talk.effects
    assert talk.effects[0] == Say(VISITOR, Prompt.CALLING, "501")


@pytest.mark.parametrize(
    ("event", "prompt"),
    [
        (UnitMeant(UnknownUnit("999")), Prompt.UNIT_UNKNOWN),
        (UnitMeant(Ambiguous((U501, U302))), Prompt.UNIT_AMBIGUOUS),
        (UnitMeant(Nothing()), Prompt.UNIT_NO_MATCH),
        (NothingMeant(VISITOR, Unheard.NO_MATCH), Prompt.UNIT_NO_MATCH),
        (NothingMeant(VISITOR, Unheard.NO_INPUT), Prompt.UNIT_NO_INPUT),
    ],
)
def test_visitor_is_asked_again_in_fitting_words_then_by_keypad_and_then_given_up(event: Event, prompt: Prompt) -> None:
    """Each kind of failure has its sentence; in the end only keys count, and without one nobody is rung."""
    talk = greeted()
    for _ in range(2):
        assert talk.take(event).said == [(VISITOR, prompt)]
        talk.take(Said(VISITOR))
    while talk.state.stage is Stage.HEARING_UNIT:
        last = talk.take(event).said
        talk.take(Said(VISITOR))
    assert last == [(VISITOR, Prompt.UNIT_KEYPAD_ONLY)]
    assert talk.effects == (StartTimer(Timer.KEYPAD, 10.0),)
    talk.take(TimerFired(Timer.KEYPAD))
    assert talk.said == [(VISITOR, Prompt.NOT_UNDERSTOOD_GOODBYE), (VISITOR, Prompt.GOODBYE)]
    assert talk.effects[-1] == HangUp(VISITOR)
    assert talk.state.disposition is Disposition.NOT_UNDERSTOOD


@pytest.mark.parametrize("before", [[VisitorArrived()], [VisitorArrived(), Said(VISITOR)]])
def test_visitor_dials_the_unit_at_any_moment_of_the_question(before: list[Event]) -> None:
    """A key silences the question and the ear; ``#`` ends the number."""
    talk = Talk().take(*before)
    talk.keys(VISITOR, "5")
    assert {Hush(VISITOR), StopListening(VISITOR)} <= set(talk.effects)
    assert talk.take(UnitMeant(Found(U302))).state.unit is None, "the keypad has the word"
    assert Ring("PJSIP/501") in talk.keys(VISITOR, "01#").effects


def test_a_pause_ends_the_number_as_the_pound_key_does() -> None:
    """Who forgets ``#`` is not left waiting."""
    assert Ring("PJSIP/501") in greeted().keys(VISITOR, "501").take(TimerFired(Timer.KEYPAD)).effects


@pytest.mark.parametrize(("keys", "seconds"), [("50", 5.0), ("501", 1.5), ("5011", 5.0), ("501*", 5.0)])
def test_after_a_whole_number_nobody_waits_in_silence(keys: str, seconds: float) -> None:
    """Two seconds of nothing seem a dead line; before that, the next digit is being looked up."""
    assert StartTimer(Timer.KEYPAD, seconds) in greeted().keys(VISITOR, keys).effects


DELIVERY = Facts(Intent.DELIVERY, company="iFood")


def question(talk: Talk) -> Say:
    """The question of the last step."""
    (said,) = (e for e in talk.effects if isinstance(e, Say) and e.prompt in (Prompt.QUESTION, Prompt.QUESTION_KEYPAD))
    return said


def test_the_resident_hears_all_that_the_visitor_told() -> None:
    """In the question, and when asking back; told in one turn or in several."""
    daniel = Found(U501, "Daniel Souza")
    talk = greeted().take(UnitMeant(Nothing(), DELIVERY), Said(VISITOR))
    talk.take(UnitMeant(daniel, Facts(visitor="Rui", match=daniel)), ResidentArrived())
    known = Facts(Intent.DELIVERY, "Rui", "iFood", daniel)
    assert question(talk) == Say(RESIDENT, Prompt.QUESTION, "501", known)
    talk.take(Said(RESIDENT), AnswerMeant(Answer.MORE_INFO))
    assert talk.effects[0] == Say(RESIDENT, Prompt.MORE_INFO, "501", known)


def test_a_unit_keyed_in_belongs_to_what_was_told_before() -> None:
    """But a resident of another unit is not named to whoever lives in this one."""
    daniel = Found(U501, "Daniel Souza")
    told = greeted().take(UnitMeant(Ambiguous((U501, U302)), DELIVERY), Said(VISITOR))
    assert question(told.keys(VISITOR, "302#").take(ResidentArrived())).facts == replace(DELIVERY, match=Found(U302))
    state = replace(State(), facts=Facts(match=daniel), stage=Stage.DIALING_UNIT, present=frozenset({VISITOR}))
    for keys, resident in (("501#", "Daniel Souza"), ("302#", None)):
        talk = Talk()
        talk.state = state
        facts = question(talk.keys(VISITOR, keys).take(ResidentArrived())).facts
        assert facts is not None
        assert facts.resident == resident


def test_a_resident_who_lives_elsewhere_is_not_named() -> None:
    """The visitor is told once that the two do not fit; who names the unit again is announced there."""
    strange = Mismatch(U302, ("Daniel Souza",))
    talk = greeted().take(UnitMeant(strange, Facts(match=strange)))
    assert talk.said == [(VISITOR, Prompt.UNIT_MISMATCH)]
    talk.take(Said(VISITOR), UnitMeant(strange, Facts(match=strange)))
    assert Ring("PJSIP/302") in talk.effects
    assert question(talk.take(ResidentArrived())).facts == Facts(match=Found(U302))


def test_the_star_begins_the_number_anew() -> None:
    """A mistyped number can be corrected."""
    assert Ring("PJSIP/501") in greeted().keys(VISITOR, "302*501#").effects


def test_a_dialed_unit_that_does_not_exist_is_said_so() -> None:
    """5010 is not 501."""
    talk = greeted().keys(VISITOR, "5010#")
    assert Say(VISITOR, Prompt.UNIT_UNKNOWN, "5010") in talk.effects
    assert talk.state.keys == ""


def test_without_speech_only_the_keypad_is_offered() -> None:
    """A language no recogniser speaks: nobody is listened to, keys lead through."""
    talk = Talk(KEYS_ONLY).take(VisitorArrived())
    assert talk.said == [(VISITOR, Prompt.WELCOME_KEYPAD)]
    assert not any(isinstance(effect, Listen) for effect in talk.take(Said(VISITOR)).effects)
    talk.keys(VISITOR, "501#").take(ResidentArrived())
    assert talk.said == [(RESIDENT, Prompt.QUESTION_KEYPAD)]
    talk.take(Said(RESIDENT), TimerFired(Timer.KEYPAD))
    assert talk.said == [(RESIDENT, Prompt.ANSWER_KEYPAD_ONLY)]
    assert talk.keys(RESIDENT, "1").state.disposition is Disposition.GRANTED


def test_a_visitor_whose_words_nobody_can_transcribe_keys_the_unit_in() -> None:
    """Which is no failed try of theirs: a wrong number may be keyed in as often as ever."""
    talk = greeted().take(NothingMeant(VISITOR, Unheard.UNAVAILABLE))
    assert talk.said == [(VISITOR, Prompt.UNIT_SPEECH_FAILED)]
    talk.take(Said(VISITOR))
    assert (talk.state.stage, talk.state.no_matches) == (Stage.DIALING_UNIT, 0)
    talk.keys(VISITOR, "999#").take(Said(VISITOR))
    assert talk.keys(VISITOR, "501#").state.stage is Stage.RINGING


@pytest.mark.parametrize("ask", [UnitMeant(Found(QUIET)), KeyPressed(VISITOR, "#")])
@pytest.mark.parametrize(("began_at", "is_rung"), [(time(23), False), (time(6, 59), False), (time(7), True)])
def test_nobody_is_disturbed_in_quiet_hours(ask: Event, began_at: time, is_rung: bool) -> None:
    """The visitor is told, and no phone is rung; neither by voice nor by keypad is there a way around."""
    talk = Talk(Rules(QUIET_DIRECTORY, ring_attempts=2, began_at=began_at)).take(VisitorArrived(), Said(VISITOR))
    if isinstance(ask, KeyPressed):
        talk.keys(VISITOR, "7")
    talk.take(ask)
    assert any(isinstance(effect, Ring) for effect in talk.effects) is is_rung
    if not is_rung:
        assert talk.said == [(VISITOR, Prompt.DO_NOT_DISTURB_VISITOR), (VISITOR, Prompt.GOODBYE)]
        assert (talk.state.disposition, talk.state.unit) == (Disposition.DO_NOT_DISTURB, QUIET)


@pytest.mark.parametrize(
    ("quiet", "is_rung"),
    [(Quiet(house=True), False), (Quiet(units=frozenset({"7"})), False), (Quiet(units=frozenset({"501"})), True)],
)
def test_nobody_is_disturbed_who_has_said_so(quiet: Quiet, is_rung: bool) -> None:
    """The visitor is greeted and asked as ever, so that Home Assistant may decide meanwhile; then told."""
    talk = Talk(Rules(QUIET_DIRECTORY, ring_attempts=2, began_at=time(12), quiet=quiet))
    talk.take(VisitorArrived(), Said(VISITOR), UnitMeant(Found(QUIET)))
    assert any(isinstance(effect, Ring) for effect in talk.effects) is is_rung
    if not is_rung:
        assert talk.said == [(VISITOR, Prompt.DO_NOT_DISTURB_VISITOR), (VISITOR, Prompt.GOODBYE)]
        assert talk.state.disposition is Disposition.DO_NOT_DISTURB


def test_home_assistant_lets_in_where_nobody_is_disturbed() -> None:
    talk = Talk(Rules(QUIET_DIRECTORY, ring_attempts=2, quiet=Quiet(house=True)))
    talk.take(VisitorArrived(), Said(VISITOR), Decided(granted=True))
    assert talk.state.disposition is Disposition.GRANTED


def test_phones_ring_in_order_then_again_until_the_attempts_are_used_up() -> None:
    """Two phones, two attempts: a, b, a, b, and then nobody answered."""
    talk = greeted().take(UnitMeant(Found(U302)))
    rung = []
    while talk.state.stage is Stage.RINGING:
        rung += [effect.phone for effect in talk.effects if isinstance(effect, Ring)]
        talk.take(RingFailed(Disposition.NO_ANSWER))
    assert rung == ["PJSIP/302", "PJSIP/3020"] * 2
    assert talk.said == [(VISITOR, Prompt.NO_ANSWER_VISITOR), (VISITOR, Prompt.GOODBYE)]


def test_a_busy_phone_is_left_alone_for_a_while() -> None:
    """Ringing a busy phone again at once is useless."""
    talk = ringing().take(RingFailed(Disposition.BUSY))
    assert [effect.timer for effect in talk.effects if isinstance(effect, StartTimer)] == [Timer.RING_PAUSE]
    assert talk.take(TimerFired(Timer.RING_PAUSE)).effects == (Ring("PJSIP/501"),)
    talk.take(RingFailed(Disposition.BUSY))
    assert talk.said[0] == (VISITOR, Prompt.BUSY_VISITOR)


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ((Disposition.UNREACHABLE, Disposition.UNREACHABLE), Disposition.UNREACHABLE),
        ((Disposition.UNREACHABLE, Disposition.NO_ANSWER), Disposition.NO_ANSWER),
    ],
)
def test_the_visitor_is_told_what_says_most_about_the_resident(
    results: tuple[Disposition, ...], outcome: Disposition
) -> None:
    """One phone that rang in vain says more than one that could not be rung."""
    talk = ringing().take(*(RingFailed(result) for result in results))
    assert talk.state.disposition is outcome


def test_the_waiting_visitor_is_not_left_in_silence() -> None:
    """While the phone rings, and while the resident thinks, a sentence comes now and then."""
    for talk in (ringing(), asking(), hearing()):
        assert talk.take(TimerFired(Timer.WAITING)).said == [(VISITOR, Prompt.STILL_RINGING)]
        assert talk.effects[-1] == StartTimer(Timer.WAITING, 8.0)


def test_nothing_the_resident_says_before_the_end_of_the_question_counts() -> None:
    """Words that come while the question is being said are not an answer; a key is."""
    talk = asking().take(AnswerMeant(Answer.GRANT))
    assert talk.state.disposition is None
    assert talk.keys(RESIDENT, "1").state.decided_by is DecidedBy.KEYPAD


@pytest.mark.parametrize(
    ("answer", "disposition", "to_resident", "to_visitor"),
    [
        (Answer.GRANT, Disposition.GRANTED, Prompt.GRANTED_RESIDENT, Prompt.GRANTED_VISITOR),
        (Answer.DENY, Disposition.DENIED, Prompt.DENIED_RESIDENT, Prompt.DENIED_VISITOR),
    ],
)
def test_a_clear_answer_decides_and_both_are_told(
    answer: Answer, disposition: Disposition, to_resident: Prompt, to_visitor: Prompt
) -> None:
    """Both hear the outcome to its end before they are hung up on."""
    talk = hearing().take(AnswerMeant(answer))
    assert (talk.state.disposition, talk.state.decided_by) == (disposition, DecidedBy.VOICE)
    assert talk.said == [(RESIDENT, to_resident), (VISITOR, to_visitor), (VISITOR, Prompt.GOODBYE)]
    hung_up = [effect for effect in talk.effects if isinstance(effect, HangUp)]
    assert hung_up == [HangUp(RESIDENT), HangUp(VISITOR)]
    assert talk.take(Left(RESIDENT)).state.stage is Stage.CLOSING
    assert talk.take(Left(VISITOR)).state.stage is Stage.ENDED


def test_an_unclear_answer_is_asked_again_then_only_the_keypad_counts_then_the_door_stays_shut() -> None:
    """Speech that stays unclear never decides."""
    talk = hearing().take(AnswerMeant(Answer.UNCLEAR))
    assert talk.said == [(RESIDENT, Prompt.ANSWER_UNCLEAR)]
    talk.take(Said(RESIDENT), NothingMeant(RESIDENT, Unheard.NO_INPUT))
    assert talk.said == [(RESIDENT, Prompt.ANSWER_KEYPAD_ONLY)]
    talk.take(Said(RESIDENT), AnswerMeant(Answer.GRANT))
    assert talk.state.disposition is None
    talk.take(TimerFired(Timer.KEYPAD))
    assert (talk.state.disposition, talk.state.decided_by) == (Disposition.DENIED, DecidedBy.DEFAULT)
    assert talk.said[0] == (RESIDENT, Prompt.UNDECIDED_RESIDENT)


@pytest.mark.parametrize("why", list(Unheard))
def test_a_silent_or_mumbling_resident_is_asked_again(why: Unheard) -> None:
    """Each has its sentence."""
    prompts = {
        Unheard.NO_INPUT: Prompt.ANSWER_NO_INPUT,
        Unheard.NO_MATCH: Prompt.ANSWER_UNCLEAR,
        Unheard.UNAVAILABLE: Prompt.ANSWER_SPEECH_FAILED,
    }
    assert hearing().take(NothingMeant(RESIDENT, why)).said == [(RESIDENT, prompts[why])]


def test_asking_back_is_answered_and_asked_anew_but_not_for_ever() -> None:
    """Twice; then it counts as no clear answer."""
    talk = hearing()
    for _ in range(2):
        talk.take(AnswerMeant(Answer.MORE_INFO))
        assert talk.said == [(RESIDENT, Prompt.MORE_INFO), (RESIDENT, Prompt.QUESTION)]
        talk.take(Said(RESIDENT))
    assert talk.take(AnswerMeant(Answer.MORE_INFO)).said == [(RESIDENT, Prompt.ANSWER_UNCLEAR)]


@pytest.mark.parametrize("key", list("0456789*#A"))
def test_other_keys_of_the_resident_mean_nothing(key: str) -> None:
    """Only 1 and 2 decide, and 3 is to talk."""
    assert hearing().keys(RESIDENT, key).state.disposition is None


def test_the_visitors_keys_never_answer_the_question() -> None:
    """Only the resident's leg counts."""
    assert hearing().keys(VISITOR, "1").state.disposition is None


def test_the_first_decision_stands() -> None:
    """What comes after it changes nothing."""
    talk = asking().keys(RESIDENT, "2").keys(RESIDENT, "1").take(AnswerMeant(Answer.GRANT), Said(RESIDENT), GivenUp())
    assert talk.state.disposition is Disposition.DENIED


def test_a_visitor_who_leaves_stops_the_ringing() -> None:
    """Nobody is rung for a visitor who is gone."""
    talk = ringing().take(Left(VISITOR))
    assert StopRinging() in talk.effects
    assert talk.state.stage is Stage.ENDED
    assert talk.state.disposition is Disposition.MISSED


def test_a_resident_is_told_when_the_visitor_left() -> None:
    """And is let go after it."""
    talk = hearing().take(Left(VISITOR))
    assert talk.said == [(RESIDENT, Prompt.VISITOR_LEFT)]
    assert talk.effects[-1] == HangUp(RESIDENT)


def test_a_resident_who_hangs_up_without_a_word_has_permitted_nothing() -> None:
    """The visitor is told; the door stays shut."""
    talk = hearing().take(Left(RESIDENT))
    assert (talk.state.disposition, talk.state.decided_by) == (Disposition.DENIED, DecidedBy.DEFAULT)
    assert talk.said == [(VISITOR, Prompt.DENIED_VISITOR), (VISITOR, Prompt.GOODBYE)]


@pytest.mark.parametrize(
    "talk", [greeted(), ringing(), asking(), hearing()], ids=["greeted", "ringing", "asking", "hearing"]
)
def test_a_call_given_up_ends_politely_and_shut(talk: Talk) -> None:
    """Whoever is there hears an apology."""
    talk.take(GivenUp())
    assert talk.state.disposition is Disposition.FAILED
    assert (VISITOR, Prompt.FAILED) in talk.said


def dialing() -> Talk:
    """The visitor has begun to key in a unit."""
    return greeted().keys(VISITOR, "5")


def awaiting_key() -> Talk:
    """The resident's speech stayed unclear: only a key counts."""
    return hearing().take(AnswerMeant(Answer.UNCLEAR), Said(RESIDENT), AnswerMeant(Answer.UNCLEAR), Said(RESIDENT))


def confirming() -> Talk:
    """The resident is asked whether what they said was a permission."""
    return hearing().take(AnswerMeant(Answer.GRANT, certain=False), Said(RESIDENT))


def introduced() -> Talk:
    """The resident wants to talk, and both are being told."""
    return hearing().take(AnswerMeant(Answer.TALK))


def talking() -> Talk:
    """Visitor and resident hear each other."""
    return introduced().take(Said(VISITOR), Said(RESIDENT))


UNDECIDED = {
    "asking unit": lambda: Talk().take(VisitorArrived()),
    "hearing unit": greeted,
    "dialing unit": dialing,
    "ringing": ringing,
    "asking answer": asking,
    "hearing answer": hearing,
    "confirming": confirming,
    "awaiting key": awaiting_key,
    "introduced": introduced,
    "talking": talking,
}


@pytest.mark.parametrize("talk", UNDECIDED.values(), ids=UNDECIDED)
@pytest.mark.parametrize("granted", [True, False])
def test_home_assistant_decides_at_any_moment_before_the_outcome(talk: Callable[[], Talk], granted: bool) -> None:
    """What was being said or heard no longer matters; the visitor hears the outcome, then the message."""
    decided = talk()
    present = decided.state.present
    decided.take(Decided(granted, "Take the lift."))
    outcome = Disposition.GRANTED if granted else Disposition.DENIED
    assert (decided.state.disposition, decided.state.decided_by) == (outcome, DecidedBy.HOME_ASSISTANT)
    to_visitor = [effect for effect in decided.effects if isinstance(effect, Say | SayText) and effect.party is VISITOR]
    assert to_visitor == [
        Say(VISITOR, Prompt.GRANTED_VISITOR if granted else Prompt.DENIED_VISITOR),
        SayText(VISITOR, "Take the lift."),
        Say(VISITOR, Prompt.GOODBYE),
    ]
    told = Prompt.GRANTED_ELSEWHERE_RESIDENT if granted else Prompt.DENIED_ELSEWHERE_RESIDENT
    assert ((RESIDENT, told) in decided.said) is (RESIDENT in present)
    assert {StopListening(party) for party in present} <= set(decided.effects)
    assert {StopTimer(timer) for timer in Timer} <= set(decided.effects)


def test_without_a_message_the_visitor_hears_the_outcome_alone() -> None:
    """No empty sentence is spoken."""
    assert not any(isinstance(effect, SayText) for effect in ringing().take(Decided(granted=False)).effects)


def test_a_decision_stops_a_ringing_phone() -> None:
    """Nobody takes a phone that has nothing left to ask."""
    talk = ringing().take(Decided(granted=True))
    assert StopRinging() in talk.effects
    assert talk.take(ResidentArrived()).effects == ()


def test_a_decision_before_anyone_is_there_has_no_effect() -> None:
    """A call that has not begun has nobody to let in."""
    assert Talk().take(Decided(granted=True)).state == State()


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (Decided(granted=False), KeyPressed(RESIDENT, "1")),
        (Decided(granted=False), AnswerMeant(Answer.GRANT)),
        (Decided(granted=False), Decided(granted=True)),
        (KeyPressed(RESIDENT, "2"), Decided(granted=True)),
        (AnswerMeant(Answer.DENY), Decided(granted=True)),
        (GivenUp(), Decided(granted=True)),
        (Left(RESIDENT), Decided(granted=True)),
    ],
)
def test_whoever_decides_first_decides(first: Event, later: Event) -> None:
    """Phone, keypad and Home Assistant alike; no decision revives a call that ended otherwise."""
    talk = hearing().take(first)
    settled = talk.state
    assert talk.take(later).state == settled
    assert talk.effects == ()
    assert settled.disposition is not Disposition.GRANTED


def test_an_ear_is_shut_while_home_assistant_speaks_to_its_party() -> None:
    """An echo of what is said is no answer; after the last word the party is listened to again."""
    talk = hearing().take(Announced(RESIDENT, "Yes, let him in, he is expected."))
    assert talk.effects == (StopListening(RESIDENT), SayText(RESIDENT, "Yes, let him in, he is expected."))
    assert talk.take(AnswerMeant(Answer.GRANT)).state.disposition is None
    assert talk.take(Said(RESIDENT)).effects == (Listen(RESIDENT, Question.ANSWER),)
    assert greeted().take(Announced(VISITOR, "Hello")).take(UnitMeant(Found(U501))).state.unit is None


def test_what_is_said_to_the_visitor_does_not_disturb_the_resident() -> None:
    """The other's ear stays open."""
    talk = hearing().take(Announced(VISITOR, "Coming"))
    assert talk.effects == (SayText(VISITOR, "Coming"),)
    assert talk.take(Said(VISITOR), AnswerMeant(Answer.GRANT)).state.disposition is Disposition.GRANTED


@pytest.mark.parametrize(("talk", "party"), [(dialing, VISITOR), (awaiting_key, RESIDENT)])
def test_the_wait_for_keys_begins_anew_after_what_home_assistant_says(talk: Callable[[], Talk], party: Party) -> None:
    """Nobody is timed out while they are spoken to, nor waited for for ever."""
    waiting = talk().take(Announced(party, "One more thing"))
    assert StopTimer(Timer.KEYPAD) in waiting.effects
    assert waiting.take(Said(party)).effects == (StartTimer(Timer.KEYPAD, 10.0),)


def test_nothing_is_said_to_who_is_not_there() -> None:
    """A resident who has not taken the phone hears nothing."""
    assert ringing().take(Announced(RESIDENT, "Hello")).effects == ()


@pytest.mark.parametrize("talk", UNDECIDED.values(), ids=UNDECIDED)
def test_home_assistant_hangs_up_on_everyone_and_the_door_stays_shut(talk: Callable[[], Talk]) -> None:
    """A goodbye, and no more."""
    dismissed = talk()
    present = sorted(dismissed.state.present)
    dismissed.take(Dismissed())
    assert (dismissed.state.disposition, dismissed.state.decided_by) == (Disposition.DENIED, DecidedBy.HOME_ASSISTANT)
    assert dismissed.said == [(party, Prompt.GOODBYE) for party in present]
    assert [effect.party for effect in dismissed.effects if isinstance(effect, HangUp)] == present


def test_a_hang_up_cuts_the_farewell_and_leaves_the_outcome() -> None:
    """Who was let in stays let in."""
    talk = hearing().take(AnswerMeant(Answer.GRANT), Dismissed())
    assert talk.state.disposition is Disposition.GRANTED
    assert talk.effects == (Hush(RESIDENT), HangUp(RESIDENT), Hush(VISITOR), HangUp(VISITOR))


HOUSE = Directory.from_units(
    (
        UnitSettings("501", ("Daniel Souza",), ("PJSIP/501",)),
        UnitSettings("302", ("Ana Clara",), ("PJSIP/302",)),
        UnitSettings("A-1", (), ("PJSIP/1",)),
        UnitSettings("B-1", (), ("PJSIP/2",)),
        UnitSettings("700", (), ("PJSIP/700",), deliveries="desk"),
    )
)
IN_A, IN_B, AT_DESK = HOUSE.units[2:]
CURIOUS = Rules(HOUSE, ring_attempts=2, questions=(Question.INTENT, Question.NAME))
"""A door that asks all it can ask."""
RING_FAILURES = (Disposition.NO_ANSWER, Disposition.BUSY, Disposition.DECLINED, Disposition.UNREACHABLE)
EVENTS: list[Event] = [
    VisitorArrived(),
    *(Said(party) for party in Party),
    UnitMeant(Found(U501)),
    UnitMeant(Found(U302, "Ana Clara", by_name="Ana")),
    UnitMeant(Found(AT_DESK), sure=False),
    UnitMeant(Ambiguous((IN_A, IN_B))),
    UnitMeant(Mismatch(U302, ("Daniel Souza",))),
    UnitMeant(UnknownUnit("999")),
    UnitMeant(Nothing()),
    *(UnitMeant(Nothing(), agreed=agreed) for agreed in (True, False)),
    *(UnitMeant(Nothing(), Facts(intent)) for intent in Intent),
    UnitMeant(Nothing(), Facts(visitor="sim pode entrar")),
    UnitMeant(Found(BOTH)),
    *(AnswerMeant(answer) for answer in Answer if answer is not Answer.GRANT),
    AnswerMeant(Answer.GRANT, certain=False),
    RecordingHeard(),
    *(NothingMeant(party, why) for party, why in itertools.product(Party, Unheard)),
    *(KeyPressed(VISITOR, key) for key in "0135*#"),
    *(KeyPressed(RESIDENT, key) for key in "0235*#"),
    *(TimerFired(timer) for timer in Timer),
    *(RingFailed(why) for why in RING_FAILURES),
    *(RingFailed(why, phone) for why, phone in itertools.product(RING_FAILURES, BOTH.phones)),
    ResidentArrived(),
    *(ResidentArrived(phone) for phone in BOTH.phones),
    *(Left(party) for party in Party),
    GivenUp(),
    Decided(granted=False),
    *(Announced(party, "yes, let him in") for party in Party),
    Dismissed(),
]
GRANTS: list[Event] = [AnswerMeant(Answer.GRANT), KeyPressed(RESIDENT, "1"), Decided(granted=True)]


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_no_path_grants_unless_the_resident_or_home_assistant_said_so(events: list[Event]) -> None:
    """Whatever happens in whatever order: without a GRANT, a resident's 1 or a decision the door stays shut."""
    talk = Talk(CURIOUS).take(VisitorArrived(), *events)
    assert talk.state.disposition is not Disposition.GRANTED


@given(st.lists(st.sampled_from([*EVENTS, *GRANTS]), max_size=40))
def test_a_grant_is_told_by_whom_it_was_given(events: list[Event]) -> None:
    """The event that opened is of the kind that the call names."""
    by = {AnswerMeant: DecidedBy.VOICE, KeyPressed: DecidedBy.KEYPAD, Decided: DecidedBy.HOME_ASSISTANT}
    talk = Talk(CURIOUS).take(VisitorArrived())
    for event in events:
        undecided = talk.state.disposition is None
        talk.take(event)
        if undecided and talk.state.disposition is Disposition.GRANTED:
            assert event in GRANTS
            assert talk.state.decided_by is by[type(event)]


@given(st.lists(st.sampled_from([*EVENTS, *GRANTS]), max_size=40))
def test_an_outcome_is_final_and_the_call_can_always_end(events: list[Event]) -> None:
    """A disposition never changes, and once both are gone the call is over."""
    talk = Talk(CURIOUS).take(VisitorArrived())
    settled: Disposition | None = None
    for event in events:
        talk.take(event)
        assert settled is None or talk.state.disposition is settled
        settled = talk.state.disposition
    assert talk.take(Left(VISITOR), Left(RESIDENT)).state.stage is Stage.ENDED

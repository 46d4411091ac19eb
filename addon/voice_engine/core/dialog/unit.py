"""The visitor is greeted and asked whom they visit, by voice and by keypad, until one home is meant."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.choices import Choice, ChoiceKind, choices
from voice_engine.core.dialog.messages import (
    Effect,
    Hush,
    KeyPressed,
    Listen,
    NothingMeant,
    Said,
    Say,
    StartTimer,
    StopListening,
    StopTimer,
    Timer,
    TimerFired,
    Unheard,
    UnitMeant,
    VisitorArrived,
)
from voice_engine.core.dialog.outcome import close
from voice_engine.core.dialog.state import Rules, Stage, State, Step
from voice_engine.core.dialog.visit import go_on
from voice_engine.core.directory import Ambiguous, Found, Match, Mismatch, Nothing, UnknownUnit
from voice_engine.core.events import Disposition, Party
from voice_engine.core.facts import Facts
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Question

RETRIES = 2
"""How often the question is put again after silence, and how often after words that were not understood."""
DOUBTS = 3
"""How often it is asked back what was meant; more would be a quarrel."""
MAX_KEYS = 12
"""No unit is longer; what a stuck key adds is dropped."""
KEY_SECONDS = 5.0
"""Pause after a key that ends a number without ``#``: people look the next digit up."""
CHOICE_SECONDS = 1.5
"""The same after a key that chooses or completes a unit's number, in case another goes on: silence of 2 s would seem a
dead line."""
FIRST_KEY_SECONDS = 10.0
"""How long to wait for the first key where only keys count."""
_WHICH = {
    ChoiceKind.RESIDENT: Prompt.WHICH_RESIDENT,
    ChoiceKind.BLOCK: Prompt.WHICH_BLOCK,
    ChoiceKind.UNIT: Prompt.WHICH_UNIT,
}


def arrived(rules: Rules, state: State, _event: VisitorArrived) -> Step:
    """Greet the visitor and ask whom they visit."""
    asking = replace(state, stage=Stage.ASKING_UNIT, present=frozenset({Party.VISITOR}))
    return asking, (Say(Party.VISITOR, Prompt.WELCOME if rules.speech else Prompt.WELCOME_KEYPAD),)


def asked(rules: Rules, state: State, event: Said) -> Step:
    """The question was heard to its end: from now on speech counts."""
    if event.party is not Party.VISITOR:
        return state, ()
    if _keys_only(rules, state):
        return replace(state, stage=Stage.DIALING_UNIT), (StartTimer(Timer.KEYPAD, FIRST_KEY_SECONDS),)
    return replace(state, stage=Stage.HEARING_UNIT), (Listen(Party.VISITOR, Question.UNIT),)


def meant(rules: Rules, state: State, event: UnitMeant) -> Step:
    """The visitor spoke."""
    spoken = replace(state, facts=state.facts.merge(event.facts), dialed=False)
    return settle(rules, spoken, event.match, sure=event.sure)


def unheard(rules: Rules, state: State, event: NothingMeant) -> Step:
    """The visitor said nothing, or nothing that was understood."""
    return missed(rules, state, event.why) if event.party is Party.VISITOR else (state, ())


# --- keypad -----------------------------------------------------------------------------------------------------------


def key(rules: Rules, state: State, event: KeyPressed) -> Step:
    """A key silences the question and the ear: from the first digit on the keypad has the word."""
    if event.party is not Party.VISITOR:
        return state, ()
    quiet: tuple[Effect, ...] = (Hush(Party.VISITOR), StopListening(Party.VISITOR))
    if event.key == "#":
        after, effects = _dialed(rules, state)
        return after, (*quiet, StopTimer(Timer.KEYPAD), *effects)
    # The star begins anew, as on every telephone menu.
    keys = "" if event.key == "*" else (state.keys + event.key)[:MAX_KEYS]
    dialing = replace(state, stage=Stage.DIALING_UNIT, keys=keys)
    whole = _chooses(dialing) or rules.directory.is_whole(keys)
    return dialing, (*quiet, StartTimer(Timer.KEYPAD, CHOICE_SECONDS if whole else KEY_SECONDS))


def key_timer(rules: Rules, state: State, event: TimerFired) -> Step:
    """A long pause ends the number as ``#`` would."""
    return _dialed(rules, state) if event.timer is Timer.KEYPAD else (state, ())


def _chooses(state: State) -> bool:
    """Whether what was keyed in answers a question that offered keys."""
    offered = 2 if state.doubted else len(state.choices)
    return state.keys in map(str, range(1, offered + 1))


def _dialed(rules: Rules, state: State) -> Step:
    if not state.keys:
        return missed(rules, state, Unheard.NO_INPUT) if state.unit is None else go_on(rules, state)
    if _chooses(state):
        place = int(state.keys) - 1
        if state.doubted is None:
            return reached(rules, state, state.choices[place].found)
        return reached(rules, state, state.doubted) if place == 0 else denied(state)
    dialed = replace(state, dialed=True, doubted=None, choices=())
    return settle(rules, dialed, rules.directory.find_dialed(state.keys))


# --- what was understood ----------------------------------------------------------------------------------------------


def settle(rules: Rules, state: State, match: Match, *, sure: bool = True) -> Step:
    """Go on with the home that is meant, or ask for what keeps it from being clear."""
    match match:
        case Found(doubtful=doubtful) as found:
            return reached(rules, state, found) if sure and not doubtful else _confirm(rules, state, found)
        case Mismatch(unit=unit):
            return _mismatch(rules, state, Found(unit))
        case UnknownUnit(number=number):
            return missed(rules, replace(state, doubted=None), Unheard.NO_MATCH, number)
        case Ambiguous() as several:
            return _which(rules, state, several)
        case Nothing():
            return missed(rules, state, Unheard.NO_MATCH)


def reached(rules: Rules, state: State, found: Found) -> Step:
    """It is clear whom they visit."""
    known = state.facts.merge(Facts(match=found))
    state = replace(state, unit=found.unit, facts=known, by_name=bool(found.by_name), keys="", choices=(), doubted=None)
    return go_on(rules, replace(state, no_inputs=0, no_matches=0, doubts=0))


def _mismatch(rules: Rules, state: State, found: Found) -> Step:
    """Say so once, and never where that resident lives; who names the same unit again is announced there.

    Names are misheard, partners and guests stand in no directory, and the resident of the unit decides anyway, without
    hearing the name of another. To say it twice would only help those who try out names.
    """
    if state.mismatched or _keys_only(rules, state):
        return reached(rules, state, found)
    return _ask(replace(state, mismatched=True), Say(Party.VISITOR, Prompt.UNIT_MISMATCH))


def _which(rules: Rules, state: State, match: Ambiguous) -> Step:
    offered = choices(match)
    if state.doubts >= DOUBTS:
        return _offer_keypad(rules, state)
    doubting = replace(state, doubts=state.doubts + 1, choices=offered)
    if not offered or offered == state.choices:
        # They were offered already: the names did not help.
        prompt = Prompt.UNIT_KEYPAD_ONLY if _keys_only(rules, state) else Prompt.UNIT_AMBIGUOUS
        return _ask(doubting, Say(Party.VISITOR, prompt))
    prompt = Prompt.WHICH_KEYPAD if _keys_only(rules, state) else _WHICH[offered[0].kind]
    return _ask(doubting, Say(Party.VISITOR, prompt, choices=offered))


def _confirm(rules: Rules, state: State, found: Found) -> Step:
    if state.doubts >= DOUBTS:
        return _offer_keypad(rules, state)
    return confirming(replace(state, doubts=state.doubts + 1, doubted=found, choices=()), found)


def confirming(state: State, found: Found) -> Step:
    """Ask whether they were understood; of a name no more is told than what they nearly said."""
    if found.by_name:
        about = Choice(ChoiceKind.RESIDENT, found.unit, found.by_name, found.resident)
        question = Say(Party.VISITOR, Prompt.CONFIRM_RESIDENT, choices=(about,))
    else:
        question = Say(Party.VISITOR, Prompt.CONFIRM_UNIT, found.unit.number)
    return replace(state, stage=Stage.ASKING_CONFIRMATION, unit=None, keys=""), (question,)


def denied(state: State) -> Step:
    """It was not what they meant: they did speak, so it is no turn in vain."""
    unknown = replace(state, doubted=None, facts=replace(state.facts, match=Nothing()))
    return _ask(unknown, Say(Party.VISITOR, Prompt.UNIT_AGAIN))


# --- asking again -----------------------------------------------------------------------------------------------------


def missed(rules: Rules, state: State, why: Unheard, unit: str | None = None) -> Step:
    """Ask again, each kind of vain turn as often as it may come; then by keypad only, and then no more."""
    if why is Unheard.UNAVAILABLE:
        return _only_keys_from_here(state, Prompt.UNIT_SPEECH_FAILED)  # nothing of it was the visitor's fault
    silent = why is Unheard.NO_INPUT
    state = replace(state, no_inputs=state.no_inputs + silent, no_matches=state.no_matches + (not silent))
    if _keys_only(rules, state):
        return _dial_again(state, silent=silent, unit=unit)
    if max(state.no_inputs, state.no_matches) > RETRIES:
        return _offer_keypad(rules, state)
    if state.doubted is not None:
        return confirming(state, state.doubted)
    if unit is not None:
        return _ask(replace(state, choices=()), Say(Party.VISITOR, Prompt.UNIT_UNKNOWN, unit))
    return _ask(state, Say(Party.VISITOR, Prompt.UNIT_NO_INPUT if silent else Prompt.UNIT_NO_MATCH))


def _dial_again(state: State, *, silent: bool, unit: str | None) -> Step:
    retries = 0 if silent and state.keypad_only else RETRIES
    if (state.no_inputs if silent else state.no_matches) > retries:
        return close(state, Disposition.NOT_UNDERSTOOD)
    if unit is not None:
        return _ask(state, Say(Party.VISITOR, Prompt.UNIT_UNKNOWN_KEYPAD, unit))
    return _ask(state, Say(Party.VISITOR, Prompt.UNIT_KEYPAD_ONLY))


def _offer_keypad(rules: Rules, state: State) -> Step:
    """Speech led nowhere: from here on only keys count, and where they led nowhere either it ends."""
    if _keys_only(rules, state):
        return close(state, Disposition.NOT_UNDERSTOOD)
    return _only_keys_from_here(state, Prompt.UNIT_KEYPAD_ONLY)


def _only_keys_from_here(state: State, prompt: Prompt) -> Step:
    state = replace(state, keypad_only=True, no_inputs=0, no_matches=0, doubts=0, doubted=None, choices=())
    return _ask(state, Say(Party.VISITOR, prompt))


def _ask(state: State, question: Say) -> Step:
    return replace(state, stage=Stage.ASKING_UNIT, unit=None, keys=""), (question,)


def _keys_only(rules: Rules, state: State) -> bool:
    return state.keypad_only or not rules.speech

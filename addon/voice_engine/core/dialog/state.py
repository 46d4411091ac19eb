"""Where one call stands, and what does not change while it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from voice_engine.core.choices import Choice
from voice_engine.core.dialog.messages import Effect
from voice_engine.core.directory import Directory, Found, Unit
from voice_engine.core.events import DecidedBy, Disposition, Party
from voice_engine.core.facts import Facts
from voice_engine.core.quiet import Quiet
from voice_engine.core.transcript import Language, Question


class Stage(StrEnum):
    """Where the conversation stands."""

    ARRIVING = "arriving"
    """Nothing was said yet."""
    ASKING_UNIT = "asking_unit"
    """The visitor is being asked whom they visit."""
    HEARING_UNIT = "hearing_unit"
    DIALING_UNIT = "dialing_unit"
    """The visitor has begun to key in a unit, or only keys are awaited."""
    ASKING_CONFIRMATION = "asking_confirmation"
    """The visitor is being asked whether they were understood."""
    HEARING_CONFIRMATION = "hearing_confirmation"
    ASKING_DETAIL = "asking_detail"
    """It is known whom they visit; they are being asked what for, or who they are."""
    HEARING_DETAIL = "hearing_detail"
    RINGING = "ringing"
    ASKING_ANSWER = "asking_answer"
    """The resident is being asked whether the visitor may come in."""
    HEARING_ANSWER = "hearing_answer"
    AWAITING_KEY = "awaiting_key"
    """Speech did not get a clear answer: only the resident's keypad counts now."""
    TALKING = "talking"
    """Visitor and resident talk to each other; only keys and Home Assistant decide."""
    CLOSING = "closing"
    """The outcome is settled and being told."""
    ENDED = "ended"
    """Nobody is left."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What does not change during a call."""

    directory: Directory
    ring_attempts: int
    speech: bool = True
    """Whether speech is understood in the door's language; without it only keys count."""
    questions: tuple[Question, ...] = ()
    """What visitors are asked where it is not known: ``INTENT``, ``NAME``."""
    hears_intent: bool = True
    """Whether speech tells what visitors come for; without it they are not asked."""
    began_at: time = time()
    """Local time at which the call began."""
    understood: frozenset[Language] = frozenset(Language)
    """Languages in which speech is understood at all."""
    quiet: Quiet = field(default_factory=Quiet)
    """Who is not to be disturbed until further notice."""

    def hears(self, unit: Unit | None) -> bool:
        """Whether the speech of a resident of ``unit`` is understood."""
        language = unit.language if unit else None
        return self.speech if language is None else language in self.understood


@dataclass(frozen=True, slots=True)
class State:
    """Where one call stands."""

    stage: Stage = Stage.ARRIVING
    present: frozenset[Party] = frozenset()
    keys: str = ""
    """What the visitor has keyed in so far."""
    dialed: bool = False
    """Whether the visitor keyed in the unit."""
    keypad_only: bool = False
    """Whether the visitor was told that only keys count, because speech led nowhere."""
    no_inputs: int = 0
    """Times the visitor said nothing to the question whom they visit."""
    no_matches: int = 0
    """Times they were not understood, or named what does not exist."""
    doubts: int = 0
    """Times they were asked back what they meant."""
    mismatched: bool = False
    """Whether they were told that the resident named does not live in the unit named."""
    choices: tuple[Choice, ...] = ()
    """What they were asked to choose from."""
    doubted: Found | None = None
    """Whom they were asked to confirm."""
    detail: Question = Question.INTENT
    """What they are asked, or were asked last, once it is known whom they visit."""
    details: frozenset[Question] = frozenset()
    """What they were asked so, each once at most."""
    by_name: bool = False
    """Whether they know a resident's name only: they are not told where that resident lives."""
    misses: int = 0
    """Turns in vain with the resident."""
    detours: int = 0
    """Times the resident asked back."""
    insisting: bool = False
    """Whether the resident said yes before the question was heard to its end, and hears it again."""
    facts: Facts = field(default_factory=Facts)
    """What the visitor has told."""
    unit: Unit | None = None
    ringing: frozenset[str] = frozenset()
    """Phones that ring now."""
    phones: tuple[tuple[str, ...], ...] = ()
    """Phones still to ring, in order; those of one group ring at once."""
    ring_results: frozenset[Disposition] = frozenset()
    doubtful: bool = False
    """Whether the resident is being asked if a permission that was not heard for certain was one."""
    recorded: bool = False
    """Whether it seems to be a machine that took the phone."""
    to_be_told: frozenset[Party] = frozenset()
    """Parties that have yet to hear that they can talk to each other."""
    disposition: Disposition | None = None
    decided_by: DecidedBy | None = None


type Step = tuple[State, tuple[Effect, ...]]
"""The state after an event and what is to be done, in order."""

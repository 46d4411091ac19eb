"""What goes into the dialog machine (events) and what comes out of it (effects)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from voice_engine.core.choices import Choice
from voice_engine.core.directory import Match
from voice_engine.core.events import Disposition, Party
from voice_engine.core.facts import Facts
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Question
from voice_engine.core.understanding import Answer


class Timer(StrEnum):
    """Clocks the machine asks for; each is restarted by being started again."""

    KEYPAD = "keypad"
    WAITING = "waiting"
    RING_PAUSE = "ring_pause"


class Unheard(StrEnum):
    """Why a listening party's turn gave nothing."""

    NO_INPUT = "no_input"
    """Nothing was said."""
    NO_MATCH = "no_match"
    """Something was said, and not understood."""
    UNAVAILABLE = "unavailable"
    """Something was said, and no recogniser works."""


@dataclass(frozen=True, slots=True)
class VisitorArrived:
    """The visitor's leg is up."""


@dataclass(frozen=True, slots=True)
class Said:
    """All that was to be said to ``party`` has been heard to its end."""

    party: Party


@dataclass(frozen=True, slots=True)
class UnitMeant:
    """The visitor's words as the directory understands them."""

    match: Match
    facts: Facts = field(default_factory=Facts)
    """All that these words tell, what they come for among it."""
    sure: bool = True
    """Whether the recogniser is sure of the words."""
    agreed: bool | None = None
    """Yes or no, where the words are one."""


@dataclass(frozen=True, slots=True)
class AnswerMeant:
    """The resident's words as the rules understand them."""

    answer: Answer
    certain: bool = True
    """Whether the words were heard beyond doubt."""
    confirms: bool = False
    """Whether a permission would do as the second of two, in answer to whether the first was one."""
    overlapping: bool = False
    """Whether it was begun before the question was heard to its end."""


@dataclass(frozen=True, slots=True)
class RecordingHeard:
    """The resident's phone says what no answer is like, but an answering machine's greeting."""


@dataclass(frozen=True, slots=True)
class NothingMeant:
    """The turn of ``party`` gave nothing."""

    party: Party
    why: Unheard


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of a party's keypad."""

    party: Party
    key: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer ran out."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class RingFailed:
    """A phone was rung in vain: ``NO_ANSWER``, ``BUSY``, ``DECLINED`` or ``UNREACHABLE``."""

    disposition: Disposition
    phone: str = ""
    """Which; may be left out where only one rings."""


@dataclass(frozen=True, slots=True)
class ResidentArrived:
    """A phone was taken and the resident's leg is up."""

    phone: str = ""
    """Which; may be left out where only one rings."""


@dataclass(frozen=True, slots=True)
class Left:
    """A party hung up, or was hung up on."""

    party: Party


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The engine cannot carry the call on: it took too long, or a party cannot be spoken to."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Home Assistant decided; ``message`` is for the visitor."""

    granted: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """Home Assistant has something said to a party."""

    party: Party
    text: str


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Home Assistant ends the call."""


type Event = (
    VisitorArrived
    | Said
    | UnitMeant
    | AnswerMeant
    | RecordingHeard
    | NothingMeant
    | KeyPressed
    | TimerFired
    | RingFailed
    | ResidentArrived
    | Left
    | GivenUp
    | Decided
    | Announced
    | Dismissed
)


@dataclass(frozen=True, slots=True)
class Say:
    """Say a prompt to a party, after what is being said to it; ``Said`` follows once nothing is left to say."""

    party: Party
    prompt: Prompt
    unit: str | None = None
    facts: Facts | None = None
    """What is known of the visitor, where the prompt may tell it."""
    choices: tuple[Choice, ...] = ()
    """What there is to choose from, where the prompt names it."""


@dataclass(frozen=True, slots=True)
class SayText:
    """Say words of Home Assistant's to a party, as ``Say`` says a prompt."""

    party: Party
    text: str


@dataclass(frozen=True, slots=True)
class PlayWaiting:
    """Let a party hear the waiting sound whenever nothing is said to it, until ``Hush``."""

    party: Party


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop speaking to a party at once, and the waiting sound; no ``Said`` follows."""

    party: Party


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen for the answer to a question; a meaning or ``NothingMeant`` follows."""

    party: Party
    question: Question


@dataclass(frozen=True, slots=True)
class StopListening:
    """Whatever the party says from now on, or was still being transcribed, does not count."""

    party: Party


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start a timer, or start it afresh."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Stop a timer if it runs."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring a phone, beside those that ring already; ``ResidentArrived`` or ``RingFailed`` follows."""

    phone: str


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Stop ringing, whatever rings; neither of its events follows."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Let visitor and resident hear each other wherever nothing is said to them; ends the waiting sound."""


@dataclass(frozen=True, slots=True)
class Unbridge:
    """Part visitor and resident."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Hang up on a party at once and forget it; no ``Left`` follows, and another may take its place."""

    party: Party


@dataclass(frozen=True, slots=True)
class PlayTones:
    """Play the keys that open the door, where a station wants some, after all that was said to ``party``."""

    party: Party


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up on a party once it has heard all that was said to it; ``Left`` follows."""

    party: Party


type LineEffect = Say | SayText | PlayWaiting | PlayTones | Hush | Listen | StopListening | HangUp
"""What is done to one party's line."""
type Effect = LineEffect | StartTimer | StopTimer | Ring | StopRinging | Bridge | Unbridge | Abandon

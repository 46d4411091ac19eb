"""When somebody starts to speak, and when they have finished: verdicts on frames in, events out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from voice_engine.core.audio import FRAME_SECONDS
from voice_engine.core.echo import Origin
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Question

WINDOW_FRAMES = 5
"""A tenth of a second: the stretch over which single verdicts are weighed."""
ACTIVE_FRAMES = 3
"""Voice is there while this many frames of the window are voiced."""
MIN_VOICED_FRAMES = 6
"""A click or a door's slam is over after 80 ms; the shortest "no" is voiced for 150 ms."""
LATE_SECONDS = 0.1
"""Frames this late are jitter of the network; later, they have stopped and silence is assumed."""

SHORT_PAUSE_SECONDS = 0.24
"""Silence in which transcription may begin ahead. Within words, the closures of p, t and k last up to 0.15 s; and no
shorter than the tail an utterance is cut with, so that what is transcribed ahead is what will be cut at the end."""
PAUSE_SECONDS = {
    Question.ANSWER: 0.6,  # "yes" and "no" stand alone; "yes... let him in" has shorter pauses than this
    Question.UNIT: 1.0,  # numbers are said in groups, with a breath or a look at a note between them
    Question.CONFIRMATION: 1.0,  # after "no" the right number may follow; after "yes" nothing (core.completeness)
    Question.INTENT: 1.0,  # "a delivery" is often the first half: "... from the pharmacy"
    Question.NAME: 0.7,  # between a first name and a surname there is hardly a pause
}
"""Silence that ends the reply to a question, where the settings do not ask for less, and where what was said so far
does not settle it sooner (``core.completeness``)."""


class Phase(StrEnum):
    """What is going on."""

    QUIET = "quiet"
    STARTING = "starting"
    """Some frames were voiced; too few to call it speech."""
    SPEAKING = "speaking"
    STOPPING = "stopping"
    """A pause, or the end."""


@dataclass(frozen=True, slots=True)
class Endpointing:
    """The patience for one question."""

    silence_seconds: float
    no_input_seconds: float
    max_utterance_seconds: float
    guard_seconds: float = 0.0
    """Voice is not speech unless it goes on beyond this, or is surely theirs: it may be the echo of our prompt."""
    short_pause_seconds: float = 0.0
    """Silence that is told of while the utterance may still go on; 0: none is."""

    @classmethod
    def for_question(cls, question: Question, settings: DoorSettings) -> Endpointing:
        """Take the settings as upper bounds."""
        return cls(
            silence_seconds=min(PAUSE_SECONDS[question], settings.silence_threshold_seconds),
            no_input_seconds=settings.no_input_seconds,
            max_utterance_seconds=settings.max_utterance_seconds,
            guard_seconds=max(settings.post_audio_delay_seconds, settings.discard_buffer_frames * FRAME_SECONDS),
            short_pause_seconds=SHORT_PAUSE_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks; not a click, not an echo."""

    masked: bool = False
    """Whether voice that may be our echo led up to it from the beginning: theirs may have begun before, with a "no"."""


@dataclass(frozen=True, slots=True)
class Pause:
    """They are silent, and may have finished or not; ``SpeechResumed`` or ``UtteranceEnded`` follows."""

    speech_seconds: float
    """How much was voiced so far."""
    silent_frames: int
    """The silence, in frames received."""
    since: float
    """When the last voiced frame arrived."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """It was a pause, and they go on."""


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """They have finished, or have been cut off after the longest time allowed."""

    speech_seconds: float
    """How much of it was voiced."""
    silent_frames: int
    """The silence at its end, in frames received."""
    ended_at: float
    """When the last voiced frame arrived."""


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nobody said anything for as long as we wait."""


type EndpointEvent = SpeechStarted | Pause | SpeechResumed | UtteranceEnded | NoInput


@dataclass(slots=True)
class _Turn:
    """What has been heard since the last utterance."""

    waiting_since: float
    voiced_at: float
    """When the last frame of active voice arrived."""
    phase: Phase = Phase.QUIET
    window: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW_FRAMES))
    waited_frames: int = 0
    voiced_frames: int = 0
    masked_frames: int = 0
    """Of voice that may be our echo, with no more than a tenth of a second between them and up to now."""
    unmasked_frames: int = 0
    """Since the last of these, without voice."""
    certain_frames: int = 0
    """Of these, the ones that no echo of ours can be."""
    spoken_frames: int = 0
    """Since speech started, pauses included."""
    silent_frames: int = 0
    """Since the last frame of active voice."""
    paused: bool = False
    """Whether this silence was told of."""
    settled_frames: int | None = None
    """Silence that will do, now that it is known what was said before it; voice makes it unknown again."""

    @property
    def masked(self) -> bool:
        """Whether what is voiced now follows upon voice that may be our echo."""
        return self.masked_frames >= ACTIVE_FRAMES

    def mask(self, voiced: bool, origin: Origin) -> None:
        """Take note of a frame from before speech started."""
        self.unmasked_frames = 0 if voiced else self.unmasked_frames + 1
        if voiced and origin is Origin.OURS:
            self.masked_frames += 1
        elif self.unmasked_frames >= WINDOW_FRAMES:
            self.masked_frames = 0


class Endpointer:
    """Follows one party from the moment a question has been heard; starts over when an utterance or a wait has ended.

    Time is counted in frames received, so that a stalled network neither cuts words nor invents pauses. Only when
    frames stop altogether does the clock (any monotonic one, in seconds) take their place.
    """

    def __init__(self, settings: Endpointing, now: float) -> None:
        self._settings = settings
        self._guard_frames = _in_frames(settings.guard_seconds) + WINDOW_FRAMES
        self._silence_frames = _in_frames(settings.silence_seconds)
        self._short_pause_frames = _in_frames(settings.short_pause_seconds)
        self._max_frames = _in_frames(settings.max_utterance_seconds)
        self._frames = 0
        self._unbroken = True
        """Whether there has been voice all the time."""
        self._last_frame_at = now
        self._turn = _Turn(now, now)

    @property
    def guards(self) -> bool:
        """Whether voice may still be the echo of our prompt."""
        return self._frames < self._guard_frames

    @property
    def masked(self) -> bool:
        """Whether there is voice that may be our echo, or the beginning of what they say."""
        return self._turn.masked

    @property
    def phase(self) -> Phase:
        """What is going on."""
        return self._turn.phase

    @property
    def silent_frames(self) -> int:
        """How many frames were received since the last voiced one."""
        return self._turn.silent_frames

    def hear(self, voiced: bool, now: float, origin: Origin = Origin.UNSURE) -> EndpointEvent | None:
        """Take the verdict on one frame that arrived ``now``, and whose it may be.

        What may be our echo does not begin an utterance; once somebody speaks, it does not end one either.
        """
        self._frames += 1
        self._last_frame_at = now
        turn = self._turn
        if turn.phase in (Phase.QUIET, Phase.STARTING):
            turn.mask(voiced, origin)
            self._unbroken = self._unbroken and turn.unmasked_frames < WINDOW_FRAMES
            voiced = voiced and origin is not Origin.OURS
        turn.waited_frames += 1
        turn.voiced_frames += voiced
        turn.certain_frames += voiced and origin is Origin.THEIRS
        turn.window.append(voiced)
        active = voiced and sum(turn.window) >= ACTIVE_FRAMES
        if active:
            turn.voiced_at = now
        if turn.phase in (Phase.SPEAKING, Phase.STOPPING):
            return self._go_on(active, now)
        beyond_echo = self._frames >= self._guard_frames or turn.certain_frames >= MIN_VOICED_FRAMES
        if active and turn.voiced_frames >= MIN_VOICED_FRAMES and beyond_echo:
            turn.phase = Phase.SPEAKING
            return SpeechStarted(turn.masked and self._unbroken)
        return self._wait(now)

    def tick(self, now: float) -> EndpointEvent | None:
        """Take note that time passes; to be called every now and then, in case frames have stopped."""
        missing_seconds = now - self._last_frame_at - LATE_SECONDS
        if missing_seconds <= 0:
            return None
        if self._turn.phase in (Phase.QUIET, Phase.STARTING):
            return self._no_input(now)
        silent_seconds = self._turn.silent_frames * FRAME_SECONDS + missing_seconds
        return self._end(now) if silent_seconds >= self._settings.silence_seconds else None

    def settle(self, silence_seconds: float | None, now: float) -> UtteranceEnded | None:
        """Let this silence end the utterance already after ``silence_seconds``: what was said before it is complete.

        None: no sooner than is usual; what was known of the words before was too little.
        Without effect once voice was heard again. Only silence received in frames counts, and any voiced frame among
        the last ``WINDOW_FRAMES``, too little yet to be speech, puts this end off; not that of the whole pause.
        """
        turn = self._turn
        if not turn.paused:
            return None
        turn.settled_frames = None if silence_seconds is None else _in_frames(silence_seconds)
        return self._end(now) if self._settled else None

    def still_there(self, now: float) -> None:
        """Wait anew for the first word: the party did something else, such as pressing a key."""
        self._turn.waiting_since = now
        self._turn.waited_frames = 0

    def _wait(self, now: float) -> NoInput | None:
        if any(self._turn.window):
            self._turn.phase = Phase.STARTING
            return None
        self._turn.phase = Phase.QUIET
        self._turn.voiced_frames = self._turn.certain_frames = 0
        return self._no_input(now)

    def _go_on(self, active: bool, now: float) -> Pause | SpeechResumed | UtteranceEnded | None:
        turn = self._turn
        turn.spoken_frames += 1
        turn.silent_frames = 0 if active else turn.silent_frames + 1
        turn.phase = Phase.SPEAKING if active else Phase.STOPPING
        long_enough = turn.silent_frames >= self._silence_frames or turn.spoken_frames >= self._max_frames
        if long_enough or self._settled:
            return self._end(now)
        if active:
            resumed, turn.paused, turn.settled_frames = turn.paused, False, None
            return SpeechResumed() if resumed else None
        if turn.silent_frames != self._short_pause_frames:
            return None
        turn.paused = True
        return Pause(turn.voiced_frames * FRAME_SECONDS, turn.silent_frames, turn.voiced_at)

    @property
    def _settled(self) -> bool:
        turn = self._turn
        return turn.settled_frames is not None and turn.silent_frames >= turn.settled_frames and not any(turn.window)

    def _end(self, now: float) -> UtteranceEnded:
        turn = self._turn
        ended = UtteranceEnded(turn.voiced_frames * FRAME_SECONDS, turn.silent_frames, turn.voiced_at)
        self._turn = _Turn(now, now)
        self._unbroken = False
        return ended

    def _no_input(self, now: float) -> NoInput | None:
        waited_seconds = max(self._turn.waited_frames * FRAME_SECONDS, now - self._turn.waiting_since)
        if waited_seconds < self._settings.no_input_seconds:
            return None
        self._turn = _Turn(now, now)
        return NoInput()


def _in_frames(seconds: float) -> int:
    return round(seconds / FRAME_SECONDS)

"""Listens to one leg: frames and keys in, utterances and digits out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from voice_engine.core.echo import EchoEstimate, Origin
from voice_engine.core.endpointing import (
    MIN_VOICED_FRAMES,
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
from voice_engine.core.interruption import Interruption
from voice_engine.core.settings import DoorSettings
from voice_engine.core.transcript import Question, Utterance
from voice_engine.voice.ports import VoiceDetector

PRE_ROLL_FRAMES = 15
"""300 ms before voice was detected: soft consonants come first, and a caller may answer during the echo guard."""
LIKE_FRAMES = 10
"""200 ms: what is compared with our prompt when somebody seems to answer at once."""
TAIL_FRAMES = 10
"""200 ms of the silence that ended the utterance: recognisers want to hear an end, and more only costs them time."""
WATCHDOG_SECONDS = 0.1
"""How often silence is looked for while no frames come; well below the shortest pause that ends a turn."""


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: one of ``0-9 A-D * #``."""

    digit: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The party is gone; nothing follows."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The party is silent and may go on; ``SpeechResumed`` or an ``Utterance`` follows."""

    utterance: Utterance
    """What was said so far; if nothing follows, the same sound that the ``Utterance`` will have."""


@dataclass(frozen=True, slots=True)
class BargedIn:
    """The party speaks while something is said to it; opened now, the listener has heard it from its first word."""


type ListenerEvent = BargedIn | SpeechStarted | Paused | SpeechResumed | Utterance | NoInput | Digit | Closed


class Listener:
    """The ears of one leg, a ``LegSink``; ``on_event`` is called in the event loop and must return at once.

    Speech counts only while open, keys and the hang-up always. Open, it goes on after an utterance and after each wait
    without input, until closed. Before, while something is said to the party, it may be interruptible: what the party
    says meanwhile, and has not finished, is then part of the reply.
    """

    def __init__(
        self, detector: VoiceDetector, settings: DoorSettings, on_event: Callable[[ListenerEvent], None]
    ) -> None:
        self._detector = detector
        self._settings = settings
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self.echo = EchoEstimate()
        """To be told what is played to the party."""
        self._endpointer: Endpointer | None = None
        self._interruption: Interruption | None = None
        self._interruptible_after = 0.0
        self._watchdog: asyncio.TimerHandle | None = None
        self._closed = False
        # Until speech is certain it holds what came before; from then on the whole utterance, bounded by endpointing.
        self._frames: deque[bytes] = deque()
        self._speaking = False
        self._follower: Callable[[bytes], None] | None = None
        self._followed_frames = 0

    def be_interruptible(self, seconds: float, not_before: float) -> None:
        """Tell of a voice that is no echo and lasts ``seconds``; none counts before ``not_before`` (loop's clock)."""
        if self._closed:
            return
        if self._interruption is None:
            self._detector.reset()
        self._interruption = Interruption(seconds)
        self._interruptible_after = not_before

    def hold_on(self) -> None:
        """Let no voice interrupt from now on, until ``be_interruptible``; what is being said is kept."""
        if self._interruption is not None:
            self._interruption.hold_on()

    def open(self, question: Question) -> bool:
        """Hear the reply to ``question``; to be called when its last word has been heard by the party, or was cut.

        Returns whether the party had begun to speak before, while it was interruptible.
        """
        now = self._loop.time()
        begun = self._interruption.frames if self._interruption is not None else ()
        if begun and self.echo.resembles_us(now, len(begun)):
            begun = ()
        self.close()
        if self._closed:
            return False
        self._endpointer = Endpointer(Endpointing.for_question(question, self._settings), now)
        self._schedule_watchdog()
        if not begun:
            self._detector.reset()
        for heard in begun:
            self._take(heard.frame, heard.voiced, now, Origin.THEIRS)
        return bool(begun)

    def close(self) -> None:
        """Be deaf; what was being said is dropped."""
        self._endpointer = None
        self._interruption = None
        self._forget()
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None

    def follow(self, on_sound: Callable[[bytes], None]) -> None:
        """Have ``on_sound`` told the speech that has started so far, and what is added, until its ``Utterance``.

        All pieces together are the sound of the ``Utterance``. It is called in the event loop and must return at once.
        """
        self._follower = on_sound
        self._hand_over(0)

    def settle(self, silence_seconds: float | None) -> None:
        """End this pause after ``silence_seconds`` already, as what was said before it is complete; voice annuls it.

        None: after the usual silence.
        """
        if self._endpointer is not None:
            self._tell(self._endpointer.settle(silence_seconds, self._loop.time()))

    def on_frame(self, frame: bytes) -> None:
        """Take 20 ms of sound."""
        now = self._loop.time()
        origin = self.echo.hear(frame, now)
        if self._endpointer is not None:
            if self._endpointer.guards and origin is Origin.THEIRS and self.echo.resembles_us(now, LIKE_FRAMES):
                origin = Origin.OURS
            self._take(frame, self._detector.is_speech(frame), now, origin)
        elif self._interruption is not None:
            voiced = self._detector.is_speech(frame) and origin is not Origin.OURS
            if now >= self._interruptible_after and self._interruption.hear(frame, voiced):
                self._give_way(self._interruption, now)

    def _give_way(self, interruption: Interruption, now: float) -> None:
        if not self.echo.resembles_us(now, len(interruption.frames)):
            self._on_event(BargedIn())
        if self._interruption is interruption:  # an echo, or nobody wants to hear it
            interruption.forget()

    def _take(self, frame: bytes, voiced: bool, now: float, origin: Origin) -> None:
        if self._endpointer is None:
            return
        self._frames.append(frame)
        # What goes on past the echo guard is heard from its beginning.
        endpointer = self._endpointer
        is_beginning = endpointer.masked or (endpointer.guards and endpointer.phase is Phase.STARTING)
        while not (self._speaking or is_beginning) and len(self._frames) > PRE_ROLL_FRAMES + MIN_VOICED_FRAMES:
            self._frames.popleft()
        event = self._endpointer.hear(voiced, now, origin)
        if self._follower is not None and not isinstance(event, UtteranceEnded):
            self._hand_over(self._endpointer.silent_frames)
        self._tell(event)

    def on_digit(self, digit: str) -> None:
        """Take a key."""
        if self._endpointer is not None:
            self._endpointer.still_there(self._loop.time())
        self._on_event(Digit(digit))

    def on_closed(self) -> None:
        """Take the hang-up."""
        self._closed = True
        self.close()
        self._on_event(Closed())

    def _schedule_watchdog(self) -> None:
        self._watchdog = self._loop.call_later(WATCHDOG_SECONDS, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        if self._endpointer is not None:
            self._schedule_watchdog()
            self._tell(self._endpointer.tick(self._loop.time()))

    def _tell(self, event: EndpointEvent | None) -> None:
        match event:
            case None:
                return
            case SpeechStarted():
                self._speaking = True
                self._on_event(event)
            case SpeechResumed():
                self._on_event(event)
            case NoInput():
                self._forget()
                self._on_event(event)
            case Pause(speech_seconds=speech_seconds, silent_frames=silent_frames, since=since):
                self._on_event(Paused(Utterance(self._sound(silent_frames), speech_seconds, since)))
            case UtteranceEnded(speech_seconds=speech_seconds, silent_frames=silent_frames, ended_at=ended_at):
                utterance = Utterance(self._sound(silent_frames), speech_seconds, ended_at)
                self._hand_over(silent_frames)
                self._forget()
                self._on_event(utterance)

    def _sound(self, silent_frames: int) -> bytes:
        """All that was said, of the silence behind it no more than the tail."""
        return b"".join(islice(self._frames, self._wanted(silent_frames)))

    def _wanted(self, silent_frames: int) -> int:
        return len(self._frames) - max(silent_frames - TAIL_FRAMES, 0)

    def _hand_over(self, silent_frames: int) -> None:
        """Tell the follower what it was not told yet; silence beyond the tail only where speech went on after it."""
        wanted = self._wanted(silent_frames)
        if self._follower is not None and wanted > self._followed_frames:
            added = b"".join(self._frames[index] for index in range(self._followed_frames, wanted))
            self._followed_frames = wanted
            self._follower(added)

    def _forget(self) -> None:
        self._frames.clear()
        self._speaking = False
        self._follower = None
        self._followed_frames = 0

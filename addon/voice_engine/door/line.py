"""One party's end of a call: what is said to it, what it says, and when it is gone."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from voice_engine.core.completeness import settled_seconds
from voice_engine.core.dialog.messages import (
    AnswerMeant,
    Event,
    GivenUp,
    KeyPressed,
    Left,
    NothingMeant,
    RecordingHeard,
    Said,
    Unheard,
)
from voice_engine.core.endpointing import NoInput, SpeechResumed, SpeechStarted
from voice_engine.core.errors import BackendError
from voice_engine.core.events import Party
from voice_engine.core.load import Relief
from voice_engine.core.prompts import Prompt
from voice_engine.core.text import ends_in
from voice_engine.core.transcript import Question, Transcript, Utterance
from voice_engine.core.voicemail import MONOLOGUE_SECONDS
from voice_engine.door.echoed_leg import EchoedLeg
from voice_engine.door.hearing import Hearing
from voice_engine.door.questions import Patience
from voice_engine.door.talk import Ear
from voice_engine.door.tools import Tools
from voice_engine.door.turns import OpenTurn, meaning
from voice_engine.door.waiting import Waiting
from voice_engine.voice.listener import BargedIn, Closed, Digit, Listener, ListenerEvent, Paused
from voice_engine.voice.ports import Leg, Playout
from voice_engine.voice.speaker import Spoken

_LOGGER = logging.getLogger(__name__)

TRANSCRIPTION_SECONDS = 10.0
"""From the end of an utterance to its words, waiting for a free place included: after more the caller has hung up."""
THINKING_SECONDS = 1.8
"""From a party's last word to the sentence that fills the silence: after two seconds people ask if anybody is there."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Something to be said."""

    text: str
    interruptible: bool


class Host(Protocol):
    """The call a line belongs to."""

    @property
    def call_id(self) -> str:
        """For the log."""
        ...

    @property
    def group(self) -> asyncio.TaskGroup:
        """Holds the call's tasks."""
        ...

    def post(self, event: Event) -> None:
        """Take a dialog event; it has been dealt with on return."""
        ...

    def patience(self, party: Party) -> Patience | None:
        """How ``party`` is being asked; None: it is not."""
        ...

    async def understand(self, question: Question, transcript: Transcript, on_backend: Callable[[str], None]) -> Event:
        """What words that answer ``question`` mean; cancelling stops the thinking.

        ``on_backend`` is told the language model that helped, where there is a choice of several.
        """
        ...


class Line:
    """A leg with an ear and a mouth. All methods return at once; what happens is posted to the host."""

    def __init__(self, party: Party, leg: Leg, tools: Tools, host: Host) -> None:
        """``leg`` is heard from ``connect`` on."""
        self.party = party
        self._tools = tools
        self._host = host
        self._listener = Listener(tools.detector(), tools.settings, self._on_heard)
        self._leg = EchoedLeg(leg, self._listener.echo)
        self._ear = Ear(self._listener)
        self._waiting = Waiting(self._leg)
        self._hearing = Hearing(tools.transcriber, tools.transcriptions)
        self._question = Question.UNIT
        self._sentences: deque[_Sentence | bytes] = deque()
        """What waits to be said or played."""
        self._notice: _Sentence | None = None
        """What must be heard before anything else, until it was."""
        self._spoken: Spoken | None = None
        """What is being said."""
        self._overlapping = False
        """Whether the party began to speak before the question was heard to its end, or may have."""
        self._last_said = ""
        """The sentence that the party heard last, or hears."""
        self._mouth: asyncio.Task[None] | None = None
        self._transcribing: asyncio.Task[None] | None = None
        self._turn: OpenTurn | None = None
        self._letting_go = False
        self._abandoned = False

    def connect(self) -> None:
        """Begin to receive what arrives on the leg."""
        self._leg.listen(self._ear)

    # --- mouth --------------------------------------------------------------------------------------------------------

    def say(self, text: str, *, interruptible: bool = True) -> None:
        """Say ``text`` after what is being said; while a question is put, speaking cuts it where ``interruptible``."""
        if not interruptible:
            self._listener.hold_on()  # what cuts the sentence before cuts all
        self._utter(_Sentence(text, interruptible))

    def notify(self, text: str) -> None:
        """Say ``text``, before anything else is said; nothing cuts it but an end of the leg."""
        self._notice = _Sentence(text, interruptible=False)
        self._utter(self._notice)

    def play(self, pcm: bytes) -> None:
        """Play sound (8 kHz PCM) after what is being said."""
        self._utter(pcm)

    def _utter(self, sound: _Sentence | bytes) -> None:
        self._sentences.append(sound)
        if self._mouth is None:
            self._mouth = self._host.group.create_task(self._speak())

    def play_waiting(self) -> None:
        """Play the waiting sound whenever nothing is said, until ``hush`` or ``hear``."""
        self._waiting.begin(self._host.group, at_once=self._mouth is None)

    def hear(self, other: Line) -> None:
        """Let the party hear ``other`` live, wherever nothing is said to it; the waiting sound ends."""
        if self._waiting.end():
            self._leg.stop_playing()
        other._ear.relay_to(self._leg)

    def part(self) -> None:
        """Let nobody hear this party any more."""
        self._ear.relay_to(None)

    def hush(self) -> None:
        """Say no more; what is on its way is cut, but for a notice."""
        if self._notice is None:
            self._fall_silent()
        else:
            self._waiting.end()
            self._sentences = deque(sound for sound in self._sentences if sound is self._notice)

    def _fall_silent(self) -> None:
        self._sentences.clear()
        self._waiting.end()
        if self._mouth is not None:
            self._mouth.cancel()
            self._mouth = None
        self._complete_turn()
        self._leg.stop_playing()

    def hang_up(self) -> None:
        """End the leg once all was said."""
        self._letting_go = True
        if self._mouth is None:
            self._leg.hang_up()

    def abandon(self) -> None:
        """End the leg now, and tell nothing of it any more."""
        self._abandoned = True
        self.stop_listening()
        self._fall_silent()
        self._leg.hang_up()

    def cut(self) -> None:
        """End the leg now, whatever is still being made to be said."""
        self._fall_silent()
        self._leg.hang_up()

    async def _speak(self) -> None:
        answerable = True
        while self._sentences:
            sound = self._sentences.popleft()
            try:
                heard_to_end = await (
                    self._heard(self._leg.play(sound)) if isinstance(sound, bytes) else self._say(sound)
                )
            except BackendError as error:
                _LOGGER.error("Call %s: nothing can be said: %s", self._host.call_id, error)  # noqa: TRY400 - told, not traced
                if not self._letting_go:
                    self._mouth = None
                    self._host.post(GivenUp())
                    return
                continue
            self._complete_turn()
            if not heard_to_end:
                # Cut, or the party is gone: whoever did that has told the dialog.
                self._mouth = None
                return
            # Where all but the notice was hushed, nothing was said that the dialog waits for.
            answerable = sound is not self._notice
            self._notice = None
        self._mouth = None
        self._waiting.resume(self._host.group)
        if self._letting_go:
            self._leg.hang_up()
        elif answerable:
            self._host.post(Said(self.party))

    async def _say(self, sentence: _Sentence) -> bool:
        """Say one sentence, and whether it was heard to its end; one that breaks off is said anew, once."""
        playout = await self._begin(sentence)
        try:
            return await self._heard(playout)
        except BackendError as error:
            _LOGGER.warning("Call %s: a sentence broke off and is said anew: %s", self._host.call_id, error)
        return await self._heard(await self._begin(sentence))

    async def _begin(self, sentence: _Sentence) -> Playout:
        spoken = await self._tools.speaker.say(self._leg, sentence.text, self._tools.language)
        self._spoken = self._spoken or spoken
        self._last_said = sentence.text
        patience = self._host.patience(self.party)
        if patience is not None:
            seconds = patience.seconds if self._is_interruptible(sentence) else math.inf
            begins_at = asyncio.get_running_loop().time()
            self._listener.be_interruptible(seconds, begins_at + patience.uninterrupted_seconds)
        return spoken.playout

    async def _heard(self, playout: Playout) -> bool:
        self._waiting.pause()
        return await playout.finished()

    def _is_interruptible(self, sentence: _Sentence) -> bool:
        """Whether neither this nor what follows must be heard: cutting one cuts all."""
        waiting = (sound for sound in self._sentences if isinstance(sound, _Sentence))
        return all(each.interruptible for each in (sentence, *waiting))

    # --- ear ----------------------------------------------------------------------------------------------------------

    def listen(self, question: Question) -> None:
        """Take what the party says from now on as an answer to ``question``."""
        self._question = question
        self._hearing.drop()
        self._overlapping = self._listener.open(question)

    def stop_listening(self) -> None:
        """Nothing said from now on counts, nor what is still being transcribed."""
        self._listener.close()
        self._hearing.drop()
        if self._transcribing is not None:
            self._transcribing.cancel()
            self._transcribing = None

    def _on_heard(self, event: ListenerEvent) -> None:
        if self._abandoned:
            return
        match event:
            case Utterance():
                self._take_utterance(event)
            case Paused(utterance=so_far):
                self._hear_ahead(so_far)
            case SpeechResumed():
                self._hearing.resume()
            case NoInput():
                self._listener.close()
                self._host.post(NothingMeant(self.party, Unheard.NO_INPUT))
            case Digit(digit=key):
                self._take_key(key)
            case BargedIn():
                self.hush()
                self._host.post(Said(self.party))
            case Closed():
                self.stop_listening()
                self._host.post(Left(self.party))
            case SpeechStarted(masked=masked):
                self._overlapping = self._overlapping or masked
                self._follow()

    def _follow(self) -> None:
        """Have speech transcribed from its start on, where the recogniser can."""
        expectation = self._tools.expectation(self._question)
        on_sound = self._hearing.follow(self._host.group, expectation)
        if on_sound is not None:
            self._listener.follow(on_sound)

    def _take_utterance(self, utterance: Utterance) -> None:
        if self._question is Question.ANSWER and utterance.speech_seconds >= MONOLOGUE_SECONDS:
            self.stop_listening()
            self._host.post(RecordingHeard())
        else:
            self._listener.close()
            self._transcribing = self._host.group.create_task(self._transcribe(self._question, utterance))

    def _take_key(self, key: str) -> None:
        pressed = asyncio.get_running_loop().time()
        self._host.post(KeyPressed(self.party, key))
        if self._sentences and self._turn is None:
            # The key is answered: it was a turn.
            understanding = asyncio.get_running_loop().time() - pressed
            self._turn = OpenTurn("", "keypad", pressed, {"understanding": understanding}, {})

    def _hear_ahead(self, so_far: Utterance) -> None:
        if not self._tools.does_without(Relief.NO_SPECULATION):
            expectation = self._tools.expectation(self._question)
            self._hearing.begin(self._host.group, so_far, expectation, self._heard_ahead)

    def _heard_ahead(self, transcript: Transcript) -> None:
        """Take the words before a silence: nothing is done about them but to decide how long it must be."""
        tools = self._tools
        self._listener.settle(settled_seconds(self._question, transcript, tools.language, tools.directory))

    async def _transcribe(self, question: Question, utterance: Utterance) -> None:
        clock = asyncio.get_running_loop().time
        ended = clock()
        filler = self._tools.prompts.render(Prompt.THINKING)
        silent_until = utterance.ended_at + THINKING_SECONDS
        thinking = asyncio.get_running_loop().call_at(silent_until, self.say, filler)
        try:
            transcript = await self._transcript(question, utterance)
            transcribed = clock()
            backends = {"transcription": transcript.backend} if transcript and transcript.backend else {}
            event = await self._understand(question, transcript, lambda name: backends.update(understanding=name))
        finally:
            thinking.cancel()
        # From here to the posting nothing is waited for: until now the party may have left, or pressed a key.
        self._transcribing = None
        if isinstance(event, AnswerMeant):
            # What Home Assistant has had said may end in a permission, and come back later than any echo should.
            echoed = transcript is not None and ends_in(self._last_said, transcript.text)
            event = replace(event, overlapping=self._overlapping or echoed)
        self._turn = OpenTurn(
            transcript.text if transcript else "",
            meaning(event),
            utterance.ended_at,
            {
                "endpoint": ended - utterance.ended_at,
                "transcription": transcribed - ended,
                "understanding": clock() - transcribed,
            },
            backends,
        )
        self._host.post(event)

    async def _transcript(self, question: Question, utterance: Utterance) -> Transcript | None:
        """The words; None where no recogniser gives any."""
        try:
            async with asyncio.timeout(TRANSCRIPTION_SECONDS):
                return await self._hearing.transcript(utterance, self._tools.expectation(question))
        except (BackendError, TimeoutError) as error:
            _LOGGER.warning("Call %s: an utterance was not transcribed: %s", self._host.call_id, error or "out of time")
            return None

    async def _understand(
        self, question: Question, transcript: Transcript | None, on_backend: Callable[[str], None]
    ) -> Event:
        if transcript is None:
            return NothingMeant(self.party, Unheard.UNAVAILABLE)
        if not transcript.text:
            return NothingMeant(self.party, Unheard.NO_MATCH)
        return await self._host.understand(question, transcript, on_backend)

    def _complete_turn(self) -> None:
        """Tell the turn that what is being said replies to, once it began to be heard."""
        spoken, self._spoken = self._spoken, None
        if self._turn is None or spoken is None or spoken.playout.started_at is None:
            return
        turn, self._turn = self._turn, None
        completed = turn.completed(self._host.call_id, self.party, spoken, spoken.playout.started_at)
        self._tools.observer.on_turn(completed)

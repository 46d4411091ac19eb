"""The microphone: the room is listened to without a gap, and what is said in it becomes words meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from voice_engine.core.audio import duration_seconds
from voice_engine.core.clips import Clip
from voice_engine.core.errors import (
    BackendError,
    MicrophoneAway,
    MicrophoneBusy,
    MicrophoneOff,
    NoCapacity,
    NothingHeard,
)
from voice_engine.core.hallucinations import is_hallucination
from voice_engine.core.microphone import HeardUtterance, MicrophoneState, MicrophoneStatus, SignalWatch
from voice_engine.core.problems import Problem, ProblemCode
from voice_engine.core.transcript import Language, Transcript
from voice_engine.scribe.segments import Segmenter
from voice_engine.voice.ports import SoundSource, SwitchKeeper

_LOGGER = logging.getLogger(__name__)

MOST_WAITING = 8
"""Utterances: a minute or two of talk. What is older when a recogniser gets to it, nobody waits for any more."""
FIGURES_SECONDS = 10.0
"""Between one telling of figures and the next, where nothing changed but those."""


class Writer(Protocol):
    """Writes down what is said (``scribe.Scribe``)."""

    async def overheard(self, clip: Clip, language: Language) -> Transcript:
        """What is said in a clip; empty text where nothing was understood. Raises: BackendError, NoCapacity."""
        ...


class MicrophoneAudience(Protocol):
    """Is told of the microphone, in the event loop; must return at once."""

    def set_microphone(self, status: MicrophoneStatus) -> None:
        """Take how it is doing now."""
        ...

    def tell_heard(self, utterance: HeardUtterance) -> None:
        """Take what somebody said."""
        ...


class Microphone:
    """``run`` it in a task group; it listens while it is switched on.

    Capture never waits for transcription: utterances wait in order, and when too many do the oldest is dropped and
    counted. Switched off, nothing is captured, and what waits is forgotten.
    """

    def __init__(
        self,
        source: SoundSource,
        segmenter: Segmenter,
        writer: Writer,
        language: Callable[[], Language],
        *,
        keeper: SwitchKeeper,
        audience: MicrophoneAudience,
    ) -> None:
        """``language`` gives what is spoken in the room."""
        self._source = source
        self._segmenter = segmenter
        self._writer = writer
        self._language = language
        self._keeper = keeper
        self._audience = audience
        self._on, self._off = asyncio.Event(), asyncio.Event()
        self._signal = SignalWatch()
        self._waiting: asyncio.Queue[Clip] = asyncio.Queue()
        self._wanted: asyncio.Future[Clip] | None = None
        """Who waits for the next utterance in the place of its transcription."""
        self._status = MicrophoneStatus()
        self._set(keeper.enabled)

    @property
    def status(self) -> MicrophoneStatus:
        """How it is doing now."""
        return replace(self._status, level_dbfs=self._signal.level_dbfs, waiting=self._waiting.qsize())

    @property
    def language(self) -> Language:
        """What is spoken in the room."""
        return self._language()

    async def switch(self, enabled: bool) -> None:
        """Switch it on or off, over restarts. Raises: BackendUnavailable where that cannot be remembered."""
        if enabled is not self._status.enabled:
            self._set(enabled)
            self._tell()
            _LOGGER.info("The microphone is switched %s", "on" if enabled else "off")
        await self._keeper.keep(enabled)

    async def record(self, longest_seconds: float) -> Clip:
        """The next utterance, which is then not transcribed; waits ``longest_seconds`` for its end.

        Raises: MicrophoneOff, MicrophoneAway, MicrophoneBusy, NothingHeard.
        """
        if not self._status.enabled:
            raise MicrophoneOff("the microphone is switched off; switch it on, or send a recording")
        if self._status.state in (MicrophoneState.UNAVAILABLE, MicrophoneState.NO_SIGNAL):
            raise MicrophoneAway(str(self._status.problem))
        if self._wanted is not None:
            raise MicrophoneBusy("another test waits for what is said next")
        self._wanted = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(longest_seconds):
                return await self._wanted
        except TimeoutError as error:
            level = self._signal.level_dbfs
            heard = "no sound came" if level is None else f"the level is {level:g} dBFS"
            raise NothingHeard(f"nobody said anything within {longest_seconds:g} s; {heard}") from error
        finally:
            self._wanted = None

    async def run(self) -> None:
        """Listen for ever, whenever it is switched on; afterwards it is off for who asks, and nobody is told."""
        self._tell()
        try:
            while True:
                await self._on.wait()
                await self._listen()
                self._forget()
        finally:
            self._set(enabled=False)
            self._send_away()

    async def _listen(self) -> None:
        """Listen until it is switched off."""
        async with asyncio.TaskGroup() as tasks:
            working = [
                tasks.create_task(self._source.capture(self._take, self._lose_source)),
                tasks.create_task(self._transcribe()),
                tasks.create_task(self._tell_figures()),
            ]
            await self._off.wait()
            for task in working:
                task.cancel()

    # --- what is heard ------------------------------------------------------------------------------------------------

    def _take(self, pcm: bytes) -> None:
        self._signal.feed(pcm)
        if self._signal.silent:
            self._change(MicrophoneState.NO_SIGNAL, _SILENT)
        elif self._status.state is not MicrophoneState.LISTENING:
            self._change(MicrophoneState.LISTENING, None)
        for clip in self._segmenter.feed(pcm):
            self._add(clip)

    def _lose_source(self, why: str) -> None:
        for clip in self._segmenter.finish():
            self._add(clip)
        self._signal = SignalWatch()
        problem = Problem(ProblemCode.MICROPHONE_UNAVAILABLE, f"The microphone gives no sound: {why}.", {"detail": why})
        self._change(MicrophoneState.UNAVAILABLE, problem)

    def _add(self, clip: Clip) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(clip)
            return
        if self._waiting.qsize() >= MOST_WAITING:
            self._waiting.get_nowait()
            self._lose_utterance()
        self._waiting.put_nowait(clip)

    def _lose_utterance(self) -> None:
        self._status = replace(self._status, lost=self._status.lost + 1)
        lost = self._status.lost
        if lost & (lost - 1) == 0:  # each time it has doubled: a machine that is too slow would fill the log
            _LOGGER.warning("Speech comes faster than it is transcribed: %d utterances were dropped so far", lost)
            self._tell()

    async def _transcribe(self) -> None:
        while True:
            await self._write_down(await self._waiting.get())

    async def _write_down(self, clip: Clip) -> None:
        language = self.language
        try:
            said = await self._writer.overheard(clip, language)
        except NoCapacity:
            self._lose_utterance()
            return
        except BackendError as error:
            why = str(error)
            message = f"What was said could not be transcribed: {why}."
            self._status = replace(self._status, failed=self._status.failed + 1)
            self._blame(Problem(ProblemCode.MICROPHONE_NOT_UNDERSTOOD, message, {"detail": why}))
            return
        self._blame(None)
        if is_hallucination(said.text):
            self._status = replace(self._status, dismissed=self._status.dismissed + 1)
            return
        self._status = replace(self._status, heard=self._status.heard + 1)
        seconds = duration_seconds(clip.pcm, clip.sample_rate)
        self._audience.tell_heard(HeardUtterance(said.text, language, said.confidence, round(seconds, 2), said.backend))

    # --- what is told -------------------------------------------------------------------------------------------------

    def _set(self, enabled: bool) -> None:
        event, other = (self._on, self._off) if enabled else (self._off, self._on)
        other.clear()
        event.set()
        state = MicrophoneState.STARTING if enabled else MicrophoneState.OFF
        self._status = replace(self._status, enabled=enabled, state=state, problem=None)

    def _forget(self) -> None:
        """Keep nothing of what was heard while it was on."""
        self._segmenter.finish()
        self._signal = SignalWatch()
        self._waiting = asyncio.Queue()
        self._send_away()
        self._set(self._status.enabled)
        self._tell()

    def _send_away(self) -> None:
        """Tell who waits for the next utterance that none comes."""
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_exception(MicrophoneOff("the microphone was switched off"))

    def _change(self, state: MicrophoneState, problem: Problem | None) -> None:
        """Take a state on; the log says it once each way."""
        before = self._status
        if (before.state, before.problem) == (state, problem) or not before.enabled:
            return
        self._status = replace(before, state=state, problem=problem)
        if state is not before.state:
            if problem is not None:
                _LOGGER.warning("%s", problem)
            else:
                _LOGGER.info("The microphone listens")
        self._tell()

    def _blame(self, problem: Problem | None) -> None:
        """Tell why what is heard is not understood, or that it is again."""
        if self._status.state is MicrophoneState.LISTENING:
            if problem is not None and self._status.problem is None:
                _LOGGER.warning("%s", problem)
            self._change(MicrophoneState.LISTENING, problem)

    async def _tell_figures(self) -> None:
        while True:
            await asyncio.sleep(FIGURES_SECONDS)
            self._tell()

    def _tell(self) -> None:
        self._audience.set_microphone(self.status)


_SILENT = Problem(
    ProblemCode.MICROPHONE_SILENT,
    "The microphone gives digital silence: it is muted, or another device has to be chosen (microphone.device).",
)

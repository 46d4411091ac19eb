"""The inbox: recordings dropped into a folder are written down at once, behind everybody who waits for an answer.

What is done stands in the folder itself, so that a restart, or the end of the engine in the middle, loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voice_engine.core.errors import (
    BackendError,
    InboxUnusable,
    NoCapacity,
    RecordingChanged,
    RequestError,
    ResultInTheWay,
    VoiceEngineError,
)
from voice_engine.core.inbox import InboxStatus, Recording, RecordingProblem, RecordingResult, RecordingState
from voice_engine.scribe.jobs import Jobs

_LOGGER = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between looks: "at once" to who drops a recording, and nothing to a network share."""
_LOOKS_SHARE = 0.1
"""Of the time that may be spent looking: a slow share, or thousands of files, are looked at less often."""
SETTLED_SECONDS = 3.0
"""How long size and time of a file must stand still for it to be whole; a copy over the network stalls for less."""
EMPTY_SECONDS = 60.0
"""The same for an empty file, which is what a recording begins as."""
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 600.0
"""Between tries, while the recogniser is away or the folder takes nothing: twice as long each time, up to this."""
MOST_FAILURES = 3
"""How often a recording may fail while others do not, until it is taken for the cause."""
_RESULTS = 20
"""Results that are told to who asks."""


class Listed(Protocol):
    """A recording in the folder."""

    @property
    def recording(self) -> Recording:
        """The file as it is now."""
        ...

    @property
    def has_result(self) -> bool:
        """Whether something lies beside it that tells what became of it, in this version or another."""
        ...


class Folder(Protocol):
    """Where recordings are found, and results are written. Every method may raise InboxUnusable."""

    async def look(self) -> Sequence[Listed]:
        """What lies there, oldest first."""
        ...

    async def verdict(self, recording: Recording) -> bool | None:
        """Whether this version was written down (True), or cannot be (False). None: neither."""
        ...

    async def keep(self, recording: Recording, result: RecordingResult) -> bool:
        """Write a result beside the recording. False: its name is too long for that.

        Raises: RecordingChanged, ResultInTheWay.
        """
        ...


class InboxListener(Protocol):
    """Is told what happens in the folder; both must return at once."""

    def set_inbox(self, status: InboxStatus) -> None:
        """It stands so now."""
        ...

    def on_transcribed(self, result: RecordingResult) -> None:
        """A recording was written down, or cannot be."""
        ...


@dataclass(slots=True)
class _Entry:
    """A recording, and where it stands."""

    recording: Recording
    since: float
    """When it was first seen in this version."""
    state: RecordingState = RecordingState.ARRIVING
    kept: bool = True
    """Whether its result stands in the folder."""
    failures: int = 0
    others_before: int = 0
    """How many recordings had been written down when it failed first."""

    def is_whole(self, now: float) -> bool:
        """Whether it stands still for long enough."""
        return now - self.since >= (SETTLED_SECONDS if self.recording.size_bytes else EMPTY_SECONDS)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be written down."""
        return self.state not in (RecordingState.DONE, RecordingState.FAILED)


class Inbox:
    """``run`` it in a task group; everything else can be asked at any time."""

    def __init__(
        self, folder: Folder, jobs: Jobs, listener: InboxListener, *, workers: int, tell_text: bool = False
    ) -> None:
        """``workers`` recordings are worked on at once; ``tell_text``: what was said may be told outside the folder."""
        self._folder = folder
        self._jobs = jobs
        self._listener = listener
        self._workers = workers
        self._tell_text = tell_text
        self._entries: dict[str, _Entry] = {}
        self._watching = self._paused = False
        self._problem: VoiceEngineError | None = None
        self._failures = self._written = 0
        self._not_before = 0.0
        self._results: deque[RecordingResult] = deque(maxlen=_RESULTS)
        self._wake = asyncio.Event()

    @property
    def results(self) -> tuple[RecordingResult, ...]:
        """The latest, newest first."""
        return tuple(self._results)

    def pause(self, paused: bool) -> None:
        """Whether to begin nothing new; may be told the same again."""
        if paused is not self._paused:
            self._paused = paused
            _LOGGER.info("Recordings wait for the machine" if paused else "Recordings wait for the machine no more")
            self._tell()

    async def run(self) -> None:
        """Watch the folder and write down what comes, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._workers):
                tasks.create_task(self._work())
            await self._watch()

    # --- what lies in the folder

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self._look()
            except InboxUnusable as error:
                self._miss(error)
            self._tell()
            await asyncio.sleep(max(LOOK_SECONDS, (clock() - began) / _LOOKS_SHARE))

    async def _look(self) -> None:
        listed = await self._folder.look()
        if not self._watching:
            self._watching = True
            _LOGGER.info("The inbox is watched; %d recordings are in it", len(listed))
        now = asyncio.get_running_loop().time()
        self._take(listed, now)
        with_result = {found.recording.name for found in listed if found.has_result}
        for entry in [entry for entry in self._entries.values() if entry.state is RecordingState.ARRIVING]:
            verdict = await self._folder.verdict(entry.recording) if entry.recording.name in with_result else None
            if verdict is not None:
                entry.state = RecordingState.DONE if verdict else RecordingState.FAILED
            elif entry.is_whole(now):
                entry.state = RecordingState.WAITING
        if not self._failures or not any(entry.is_open for entry in self._entries.values()):
            self._recover()

    def _take(self, listed: Sequence[Listed], now: float) -> None:
        before, self._entries = self._entries, {}
        for found in listed:
            recording = found.recording
            entry = before.pop(recording.name, None)
            if entry is None or (entry.recording != recording and entry.state is not RecordingState.WORKING):
                entry = _Entry(recording, now)
            elif not entry.is_open and entry.kept and not found.has_result:
                entry = _Entry(recording, entry.since)  # its result was taken away: it is wanted again
            self._entries[recording.name] = entry
        # What is worked on is told of by who works on it.
        working = {name: entry for name, entry in before.items() if entry.state is RecordingState.WORKING}
        self._entries.update(working)

    def _miss(self, error: InboxUnusable) -> None:
        if self._watching or self._problem is None:
            _LOGGER.warning("The inbox is not watched: %s", error)
        self._watching = False
        self._problem = error

    # --- the recordings

    async def _work(self) -> None:
        while True:
            entry = self._next()
            if entry is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            entry.state = RecordingState.WORKING
            self._tell()
            await self._write_down(entry)
            self._tell()

    def _next(self) -> _Entry | None:
        """Which recording is next: the oldest of those that failed least."""
        if self._paused or not self._watching or asyncio.get_running_loop().time() < self._not_before:
            return None
        waiting = [entry for entry in self._entries.values() if entry.state is RecordingState.WAITING]
        return min(waiting, key=lambda entry: entry.failures, default=None)

    async def _write_down(self, entry: _Entry) -> None:
        try:
            result = await self._result(entry)
        except RecordingChanged:
            self._entries.pop(entry.recording.name, None)  # the next look finds it as it is then
        except (BackendError, NoCapacity, InboxUnusable) as error:
            self._put_off(entry, error)
        else:
            self._end(entry, result)

    async def _result(self, entry: _Entry) -> RecordingResult:
        """What became of a recording, once that stands beside it."""
        recording = entry.recording
        try:
            result = await self._jobs.result(recording)
            entry.kept = await self._folder.keep(recording, result)
        except (RecordingChanged, InboxUnusable, NoCapacity):
            raise
        except BackendError as error:
            if not self._is_to_blame(entry):
                raise
            refusal = self._jobs.refusal(recording, error)
        except RequestError as error:
            refusal = self._jobs.refusal(recording, error)
        except Exception:  # the top of a recording: what one file brings about ends no call
            _LOGGER.exception("A recording could not be worked on")
            refusal = self._jobs.refusal(recording, VoiceEngineError("the engine failed on it; its log tells how"))
        else:
            return result
        try:
            entry.kept = await self._folder.keep(recording, refusal)
        except ResultInTheWay:
            entry.kept = False
        return refusal

    def _is_to_blame(self, entry: _Entry) -> bool:
        """Whether the recogniser fails on this recording again and again, and works on others."""
        return entry.failures + 1 >= MOST_FAILURES and self._written > entry.others_before

    def _put_off(self, entry: _Entry, error: VoiceEngineError) -> None:
        entry.state = RecordingState.WAITING
        if isinstance(error, BackendError):
            entry.others_before = entry.others_before if entry.failures else self._written
            entry.failures += 1
        now = asyncio.get_running_loop().time()
        if now >= self._not_before:  # of those that failed together the first counts
            self._failures += 1
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (self._failures - 1), LONGEST_PAUSE_SECONDS)
            self._not_before = now + pause
            _LOGGER.warning("Recordings wait for %.0f s: %s", pause, error)
        self._problem = error

    def _end(self, entry: _Entry, result: RecordingResult) -> None:
        if result.problem is None:
            entry.state = RecordingState.DONE
            self._written += 1
            self._recover()
            _LOGGER.info("A recording of %.1f s was written down", result.seconds)
        else:
            entry.state = RecordingState.FAILED
            _LOGGER.warning("A recording cannot be written down (%s)", result.problem.code)
        told = result.told(text=self._tell_text)
        self._results.appendleft(told)
        self._listener.on_transcribed(told)

    def _recover(self) -> None:
        self._failures, self._not_before, self._problem = 0, 0.0, None

    def _tell(self) -> None:
        self._wake.set()
        states = Counter(entry.state for entry in self._entries.values())
        self._listener.set_inbox(
            InboxStatus(
                enabled=True,
                watching=self._watching,
                paused=self._paused,
                waiting=states[RecordingState.ARRIVING] + states[RecordingState.WAITING],
                working=states[RecordingState.WORKING],
                done=states[RecordingState.DONE],
                failed=states[RecordingState.FAILED],
                problem=RecordingProblem.of(self._problem) if self._problem else None,
            )
        )

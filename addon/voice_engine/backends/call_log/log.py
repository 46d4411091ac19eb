"""Writes calls down as they happen, keeping nobody waiting, and reads them back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Self

from voice_engine.backends.call_log import records
from voice_engine.backends.call_log.database import Database, erase
from voice_engine.backends.call_log.recordings import FOLDER_NAME, Recordings
from voice_engine.core.errors import BackendError, BackendTimeout, BackendUnavailable
from voice_engine.core.events import CallEvent, Turn
from voice_engine.core.records import CallPage, RecordedCall, RecordedFrame

_LOGGER = logging.getLogger(__name__)

FILE_NAME = "calls.db"
DAY_SECONDS = 86_400.0
LONGEST_QUEUE = 2_000
"""What waits for a slow disk: a hundred calls from ring to end, far less than a megabyte."""
LONGEST_RECORDING_QUEUE = 15_000
"""Frames of sound that wait for a slow disk: 15 s of ten calls with two legs each, 10 MB."""
RECORDING_SECONDS = 0.5
"""Between two writings of sound: what is lost when the engine is killed, and how rarely it is done beside the calls."""
WRITING_TURNS = 10
"""Calls take turns within that time: the thread that writes competes with the event loop for the interpreter, so all of
them at once would make frames late."""
ANSWER_SECONDS = 10.0
"""Longest wait for a question to the log: twice what another program may hold the file."""
FLUSH_SECONDS = 2.0
"""For what is still to be written at the end: the calls may have taken eight of the Supervisor's ten seconds."""


class CallLog:
    """A ``CallObserver`` and ``CallArchive`` on one file; used once, as a context manager.

    Nothing that happens to the file harms a call: what cannot be written is lost, and the log tells so once.
    """

    def __init__(self, directory: Path, retention_days: int, *, transcripts: bool) -> None:
        """``retention_days``: 0 keeps nothing, nor what was kept before. ``transcripts``: whether words are kept."""
        self._path = directory / FILE_NAME
        self._retention_days = retention_days
        self._transcripts = transcripts
        self._database = Database(self._path if retention_days else None)
        self._recordings = Recordings(directory / FOLDER_NAME)
        self._frames: dict[str, list[RecordedFrame]] = {}
        """What waits to be written, by call."""
        self._frame_count = 0
        self._queue: asyncio.Queue[CallEvent | Turn] = asyncio.Queue(LONGEST_QUEUE)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="call-log")
        self._group = asyncio.TaskGroup()
        self._failing = False
        self._overflowing = False
        self._losing_sound = False

    async def __aenter__(self) -> Self:
        """Begin to write; what is too old is deleted now and once a day."""
        await self._group.__aenter__()
        purging = self._in_thread(self._purge)  # nobody is shown what is too old
        work = (self._write(), self._purge_daily(purging), self._write_recordings())
        self._tasks = [self._group.create_task(each) for each in work]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Write what waits, and close the file."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._queue.join()
                await self._attempt(self._flush_recordings(tuple(self._frames)))
                await self._in_thread(self._database.close)
        except TimeoutError:
            _LOGGER.error("The disk is too slow: the end of the call log may be missing")  # noqa: TRY400 - told, not traced
            self._executor.submit(self._database.close)
        finally:
            for task in self._tasks:
                task.cancel()
            await self._group.__aexit__(None, None, None)
            self._executor.shutdown(wait=False)

    # --- observer -----------------------------------------------------------------------------------------------------

    def on_call_event(self, event: CallEvent) -> None:
        """Have it written."""
        self._put(event)

    def on_turn(self, turn: Turn) -> None:
        """Have it written, without its words unless they are to be kept."""
        self._put(turn)

    def _put(self, told: CallEvent | Turn) -> None:
        if not self._retention_days:
            return
        try:
            self._queue.put_nowait(told)
        except asyncio.QueueFull:
            if not self._overflowing:
                _LOGGER.error("The disk is too slow: calls are missing from the call log")  # noqa: TRY400 - told, not traced
            self._overflowing = True
        else:
            self._overflowing = False

    def record(self, frame: RecordedFrame) -> None:
        """Have it written, unless nothing is remembered."""
        is_lost = self._frame_count >= LONGEST_RECORDING_QUEUE
        if is_lost and not self._losing_sound:
            _LOGGER.error("The disk is too slow: sound is missing from the recordings")
        self._losing_sound = is_lost
        if self._retention_days and not is_lost:
            self._frames.setdefault(frame.call_id, []).append(frame)
            self._frame_count += 1

    # --- archive ------------------------------------------------------------------------------------------------------

    async def page(self, limit: int, before: int | None = None) -> CallPage:
        """See ``CallArchive``."""
        return await self._ask(partial(self._database.perform, partial(records.read_page, limit=limit, before=before)))

    async def read(self, call_id: str) -> RecordedCall | None:
        """See ``CallArchive``."""
        recorded = await self._ask(partial(self._database.perform, partial(records.read_call, call_id=call_id)))
        if recorded is None:
            return None
        if call_id in self._frames:
            # Who asks for a call that is over gets the end of its sound, too.
            await self._attempt(self._flush_recordings((call_id,)))
        path = await self._ask(partial(self._recordings.path, call_id))
        return replace(recorded, has_recording=path is not None)

    async def recording(self, call_id: str) -> Path | None:
        """See ``CallArchive``."""
        recorded = await self.read(call_id)
        return await self._ask(partial(self._recordings.path, call_id)) if recorded else None

    async def delete(self, call_id: str) -> bool:
        """See ``CallArchive``."""
        await self._ask_to_flush()
        count = await self._ask(partial(self._database.forget, partial(records.delete_call, call_id=call_id)))
        if count:
            await self._ask(partial(_translated, partial(self._recordings.delete, call_id)))
        return count > 0

    async def clear(self) -> None:
        """See ``CallArchive``."""
        await self._ask_to_flush()
        await self._ask(self._delete_all)

    async def count_since(self, moment: float) -> int:
        """How many calls began at ``moment`` (seconds since 1970) or later. Raises: BackendError."""
        return await self._ask(partial(self._database.perform, partial(records.count_since, moment=moment)))

    async def _ask_to_flush(self) -> None:
        """Nothing of a call that is over may be written after it is forgotten."""
        await self._attempt(self._flush_recordings(tuple(self._frames)))

    async def _ask[Result](self, work: Callable[[], Result]) -> Result:
        """Do ``work`` once everything told so far is written."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._queue.join()
                return await self._in_thread(work)
        except TimeoutError as error:
            raise BackendTimeout(f"the call log did not answer within {ANSWER_SECONDS:g} s") from error

    # --- the writing thread -------------------------------------------------------------------------------------------

    def _in_thread[Result](self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Do ``work`` after all that was given to the thread before."""
        return asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _write(self) -> None:
        """Write what was told, all that waits at once. How long it may take is bounded by the queue alone."""
        while True:
            told = [await self._queue.get()]
            while not self._queue.empty():
                told.append(self._queue.get_nowait())
            writing = partial(records.write, told=told, words=self._transcripts)
            await self._attempt(self._in_thread(partial(self._database.perform, writing)))
            for _ in told:
                self._queue.task_done()

    async def _write_recordings(self) -> None:
        for turn in cycle(range(WRITING_TURNS)):
            await asyncio.sleep(RECORDING_SECONDS / WRITING_TURNS)
            calls = [call_id for call_id in self._frames if hash(call_id) % WRITING_TURNS == turn]
            if calls:
                await self._attempt(self._flush_recordings(calls))

    def _flush_recordings(self, calls: Collection[str]) -> asyncio.Future[None]:
        """Write the sound of some calls that waits, after what was given to the thread before."""
        frames = [frame for call_id in calls for frame in self._frames.pop(call_id)]
        self._frame_count -= len(frames)
        return self._in_thread(partial(_translated, partial(self._recordings.write, frames)))

    async def _purge_daily(self, purging: asyncio.Future[None]) -> None:
        while True:
            await self._attempt(purging)
            await asyncio.sleep(DAY_SECONDS)
            purging = self._in_thread(self._purge)

    async def _attempt(self, work: asyncio.Future[None]) -> None:
        """Wait for ``work``; that the file cannot be used is told when that begins and when it is over."""
        try:
            await work
        except BackendError as error:
            if not self._failing:
                _LOGGER.error("Calls are not written down: %s", error)  # noqa: TRY400 - told, not traced
            self._failing = True
        else:
            if self._failing:
                _LOGGER.info("Calls are written down again")
            self._failing = False

    def _purge(self) -> None:
        if not self._retention_days:
            erase(self._path)
            _translated(self._recordings.delete_all)
            return
        moment = time.time() - self._retention_days * DAY_SECONDS
        count = self._database.forget(partial(records.delete_before, moment=moment))
        self._database.forget_damaged(before=moment)
        _translated(partial(self._recordings.delete_all, before=moment))
        if count:
            _LOGGER.info("%d calls older than %d days were forgotten", count, self._retention_days)

    def _delete_all(self) -> None:
        self._database.forget(records.delete_all)
        self._database.forget_damaged()
        running = self._database.perform(records.running_calls)
        _translated(partial(self._recordings.delete_all, but=running))


def _translated(work: Callable[[], None]) -> None:
    """Do ``work`` on the recordings. Raises: BackendUnavailable."""
    try:
        work()
    except OSError as error:
        raise BackendUnavailable(f"the recordings cannot be used: {error}") from error

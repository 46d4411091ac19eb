"""What a phone hears, while it hears it: lets people on the stage answer when a prompt has ended, as people do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from dev.stage.processes import StageError
from dev.stage.recording import FRAME_SAMPLES, FRAME_SECONDS, Samples, frames_of, levels, samples_of
from dev.stage.waiting import LOOK_SECONDS, eventually

VOICE_LEVEL = 200.0
"""Root mean square above which a frame is somebody speaking; the engine's silence is silent."""
PAUSE_SECONDS = 0.7
"""A pause after which people take it that a prompt has ended; between its sentences there is half of it."""
PROMPT_FRAMES = 10
"""A prompt has at least a fifth of a second of voice."""
HEADER_BYTES = 44
"""Of a WAV file."""
FILE_SECONDS = 30.0
"""The phone opens the file together with the call, and writes its header with the first sound."""


class CallEndedError(Exception):
    """The call ended while something was still awaited in it."""


class Hearing:
    """The ear of one phone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[Path] = set()
        """Recordings of earlier calls."""
        self._path: Path | None = None
        self._ended = asyncio.Event()
        self._position = 0
        """Frames that were listened to already."""

    async def own_second(self) -> None:
        """Wait until a recording that begins now has a name of its own: phones name them by the second."""

        async def named_anew() -> bool | None:
            now = time.strftime("dump-%Y-%m-%d-%H-%M-%S")
            return not any(path.name.startswith(now) for path in self._recordings()) or None

        await eventually(named_anew, FILE_SECONDS)

    def begin(self) -> None:
        """A call begins: listen to its recording from the start."""
        self._path = None
        self._position = 0
        self._ended.clear()

    def end(self) -> None:
        """The call has ended: nothing more will be heard."""
        self._path = self._path or self._newest()
        self._known = set(self._recordings())
        self._ended.set()

    async def forget(self) -> None:
        """Listen on from now: what was heard before is past."""
        self._position = len(await self.recording()) // FRAME_SAMPLES

    async def prompt(self, seconds: float) -> None:
        """Wait until a prompt has been heard that is followed by a pause; the next call listens on from there.

        Raises: CallEndedError, TimeoutError after ``seconds``.
        """
        pause_frames = round(PAUSE_SECONDS / FRAME_SECONDS)
        voiced = quiet = 0
        async with asyncio.timeout(seconds):
            while True:
                for loud in await self._next():
                    self._position += 1
                    voiced += loud
                    quiet = 0 if loud else quiet + 1
                    if voiced >= PROMPT_FRAMES and quiet >= pause_frames:
                        return

    async def speech(self, seconds: float) -> None:
        """Wait until somebody speaks. Raises: CallEndedError, TimeoutError after ``seconds``."""
        async with asyncio.timeout(seconds):
            while True:
                for loud in await self._next():
                    self._position += 1
                    if loud:
                        return

    async def recording(self) -> Samples:
        """Everything that was heard in this call so far."""
        if self._path is None:
            self._path = await self._find()
        return samples_of(self._path.read_bytes()[HEADER_BYTES:])

    async def _next(self) -> list[bool]:
        """Which of the frames since the last look are voice."""
        ended = self._ended.is_set()
        sound = (await self.recording())[self._position * FRAME_SAMPLES :]
        whole = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES]
        if len(whole) == 0:
            if ended:
                raise CallEndedError
            await asyncio.sleep(LOOK_SECONDS)
        return [bool(level > VOICE_LEVEL) for level in levels(frames_of(whole))]

    async def _find(self) -> Path:
        async def newest() -> Path | None:
            return self._newest()

        try:
            return await eventually(newest, FILE_SECONDS)
        except TimeoutError:
            raise StageError(f"no recording appeared in {self._folder}") from None

    def _newest(self) -> Path | None:
        return max(set(self._recordings()) - self._known, default=None)

    def _recordings(self) -> Iterator[Path]:
        """The files of all calls; their names hold the time of day."""
        return self._folder.glob("dump-*-dec.wav")

"""One utterance on its way to a recogniser that works while the caller speaks."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Expectation, Transcript
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.ports import InterimListener, TranscriptStream

type Opened = AbstractAsyncContextManager[TranscriptStream]


class Following:
    """Hands over sound as it comes, without making the ear wait; where that fails, the words are not had from it."""

    def __init__(self, expectation: Expectation) -> None:
        self.expectation = expectation
        self._sounds: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._all = bytearray()
        self._interim = ""
        self._on_interim: InterimListener | None = None
        self._task: asyncio.Task[Transcript | None] | None = None
        self._stopped = False

    def begin(self, group: asyncio.TaskGroup, opened: Opened, capacity: Capacity) -> None:
        """Begin in ``group``, in a borrowed place if there is one; who wants that ends it by ``stop``."""
        self._task = group.create_task(self._run(opened, capacity))

    @property
    def is_alive(self) -> bool:
        """Whether its words may still come."""
        return self._task is not None and not self._task.done() and not self._stopped

    def feed(self, pcm: bytes) -> None:
        """Take the next sound (8 kHz PCM)."""
        self._all += pcm
        self._sounds.put_nowait(pcm)

    def hear(self, words: str) -> None:
        """Take the words so far."""
        self._interim = words
        if self._on_interim is not None:
            self._on_interim(words)

    def tell(self, on_interim: InterimListener) -> None:
        """In a pause: tell the words so far, and others as they come."""
        self._on_interim = on_interim
        if self._interim:
            on_interim(self._interim)

    def be_silent(self) -> None:
        """Tell no words for now."""
        self._on_interim = None

    def stop(self) -> None:
        """The words are not wanted any more."""
        self.be_silent()
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    async def words(self, pcm: bytes) -> Transcript | None:
        """The words of the whole utterance, whose sound is ``pcm``; None: it was another sound, or it has failed."""
        self.be_silent()
        if self._task is None or self._stopped or self._all != pcm:
            self.stop()
            return None
        self._sounds.put_nowait(None)
        return await self._task

    async def _run(self, opened: Opened, capacity: Capacity) -> Transcript | None:
        async with capacity.borrowed(self.stop) as borrowed:
            if not borrowed:
                return None
            try:
                async with opened as stream:
                    while (pcm := await self._sounds.get()) is not None:
                        await stream.feed(pcm)
                    return await stream.finish()
            except BackendError:
                return None  # not told: the whole utterance is transcribed instead

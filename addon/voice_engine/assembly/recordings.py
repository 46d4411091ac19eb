"""What the engine does with recordings: judges them, remembers their words, and watches the folder for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self

from voice_engine.assembly.engines import Engines
from voice_engine.assembly.remembered_transcripts import RememberedTranscripts
from voice_engine.backends.inbox import Decoder, InboxFolder
from voice_engine.backends.sound_files import CLIP_RATE, SoundFiles, sound_blocks
from voice_engine.backends.transcript_store import TranscriptStore
from voice_engine.backends.vad_webrtc import clip_detectors
from voice_engine.core.inbox import RecordingResult
from voice_engine.core.settings import Settings
from voice_engine.core.settings_machine import VadSettings
from voice_engine.core.transcript import Language
from voice_engine.core.voice_activity import ClipJudge, DetectorSettings
from voice_engine.scribe.inbox import Inbox, InboxListener
from voice_engine.scribe.jobs import Jobs
from voice_engine.scribe.scribe import WHENEVER, Scribe
from voice_engine.voice.capacity import Capacity


class Recordings:
    """An async context manager, used once, within that of the engines; then ``run`` it in a task group."""

    def __init__(
        self,
        settings: Settings,
        data_directory: Path,
        engines: Engines,
        *,
        transcriptions: Capacity,
        listener: InboxListener,
        language: Callable[[], Language],
    ) -> None:
        """``listener`` is told of the watched folder; ``language`` gives that of the recordings in it."""
        self.judge = _clip_judge(settings.vad)
        self.judging = asyncio.Lock()
        """Held while the judge works."""
        self.transcripts: TranscriptStore | None = None
        """Words of recordings; None where none may be kept."""
        if settings.log.transcripts or settings.inbox.folder:
            self.transcripts = TranscriptStore(data_directory)
        self._settings = settings
        self._engines = engines
        self._transcriptions = transcriptions
        self._listener = listener
        self._language = language
        self._inbox: Inbox | None = None
        self._stack = AsyncExitStack()

    @property
    def memory(self) -> RememberedTranscripts | None:
        """For recordings that come otherwise than by the folder, whose words may be kept only where all may."""
        return self._memory if self._settings.log.transcripts else None

    @property
    def results(self) -> Sequence[RecordingResult]:
        """What became of the latest in the folder, newest first."""
        return self._inbox.results if self._inbox else ()

    async def __aenter__(self) -> Self:
        """Open what remembers, and reach for the folder, which need not be there yet."""
        if self.transcripts is not None:
            await self._stack.enter_async_context(self.transcripts)
        if self._settings.inbox.folder:
            decoder = Decoder(sound_blocks, CLIP_RATE, self._settings.inbox.longest_minutes * 60)
            folder = InboxFolder(Path(self._settings.inbox.folder), decoder)
            self._inbox = self._watching(await self._stack.enter_async_context(folder))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close both."""
        await self._stack.aclose()

    def pause(self, paused: bool) -> None:
        """Whether what nobody waits for is put off."""
        if self._inbox:
            self._inbox.pause(paused)

    async def run(self) -> None:
        """Write down what comes into the folder, for ever; returns where none is watched."""
        if self._inbox:
            await self._inbox.run()

    @property
    def _memory(self) -> RememberedTranscripts | None:
        if self.transcripts is None:
            return None
        return RememberedTranscripts(self.transcripts, lambda: self._engines.status().stt, self._settings)

    def _watching(self, folder: InboxFolder) -> Inbox:
        places, settings = self._transcriptions, self._settings
        scribe = Scribe(
            SoundFiles(),
            self.judge,
            self._engines.transcriber,
            places,
            memory=self._memory,
            urgency=WHENEVER,
            judging=self.judging,
        )
        jobs = Jobs(folder, scribe, self._language, {backend.name: backend.model for backend in settings.backends})
        # One more than there are places: it is read and judged while those are heard.
        return Inbox(folder, jobs, self._listener, workers=places.limit + 1, tell_text=settings.inbox.tell_text)


def _clip_judge(settings: VadSettings) -> ClipJudge:
    return ClipJudge(
        DetectorSettings("webrtcvad", CLIP_RATE),
        partial(clip_detectors, CLIP_RATE),
        time.time,
        enable_cache=settings.enable_cache,
        cache_size=settings.cache_size,
    )

"""One recording from its file to its words, a minute of sound at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Protocol

from voice_engine.core.audio import duration_seconds
from voice_engine.core.clips import Clip
from voice_engine.core.errors import VoiceEngineError
from voice_engine.core.inbox import Recording, RecordingProblem, RecordingResult
from voice_engine.core.transcript import Language, Transcript
from voice_engine.scribe.scribe import Scribe


class OpenSound(Protocol):
    """A recording that is being read."""

    @property
    def digest(self) -> str:
        """Of its file, once the first piece was read."""
        ...

    async def read(self) -> Clip | None:
        """The next minute at most; None: that was all. Raises: UnreadableSound, RecordingChanged, InboxUnusable."""
        ...


class SoundFolder(Protocol):
    """Where recordings are read."""

    def reading(self, recording: Recording) -> AbstractAsyncContextManager[OpenSound]:
        """Read a recording for as long as the context lasts."""
        ...


class Jobs:
    """Writes recordings down; what it has heard of one that is broken off the scribe remembers."""

    def __init__(
        self, folder: SoundFolder, scribe: Scribe, language: Callable[[], Language], models: Mapping[str, str]
    ) -> None:
        """``language`` gives that of recordings; ``models`` names the model of each recogniser that has a choice."""
        self._folder = folder
        self._scribe = scribe
        self._language = language
        self._models = models

    async def result(self, recording: Recording) -> RecordingResult:
        """What is said in a recording. Raises: UnreadableSound, RecordingChanged, InboxUnusable, BackendError."""
        language = self._language()  # until its end, though another may be chosen meanwhile
        seconds, said = 0.0, list[Transcript]()
        async with self._folder.reading(recording) as sound:
            while (clip := await sound.read()) is not None:
                seconds += duration_seconds(clip.pcm, clip.sample_rate)
                if (await self._scribe.activity(clip)).is_speech:
                    said.append(await self._scribe.words(clip, language))
            digest = sound.digest
        heard = [transcript for transcript in said if transcript.text]
        names = dict.fromkeys(name for transcript in heard for name in transcript.backend.split(", ") if name)
        return RecordingResult(
            file=recording.shown_name,
            at=_now(),
            language=language,
            text=" ".join(transcript.text for transcript in heard),
            confidence=min((round(transcript.confidence, 3) for transcript in heard), default=None),
            seconds=round(seconds, 3),
            backend=", ".join(names) or None,
            model=", ".join(self._models[name] for name in names if self._models.get(name)) or None,
            digest=digest,
        )

    def refusal(self, recording: Recording, error: VoiceEngineError) -> RecordingResult:
        """What is told of a recording that cannot be written down."""
        problem = RecordingProblem.of(error)
        return RecordingResult(file=recording.shown_name, at=_now(), language=self._language(), problem=problem)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

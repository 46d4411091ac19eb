"""The scribe: a recording becomes words, if there is speech in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from voice_engine.core.audio import duration_seconds
from voice_engine.core.clips import Clip, split_at_pauses
from voice_engine.core.errors import BackendUnavailable, NoCapacity
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.core.voice_activity import ClipActivity
from voice_engine.voice.capacity import Capacity, Priority
from voice_engine.voice.ports import Transcriber

LONGEST_CLIP_SECONDS = 60.0
"""What somebody who waits for the answer sends; longer recordings are for those who do not wait."""
_WAITING_SECONDS = 30.0
"""For a place that calls do not need, however often they want it back: several turns of theirs have ended by then."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """How soon recordings are to be heard."""

    priority: Priority = Priority.REQUEST
    patient: bool = False
    """Whether it waits for a place for ever; else half a minute, which is what somebody waits for an answer."""


WHENEVER = Urgency(Priority.BATCH, patient=True)
"""For recordings that nobody waits for."""
AT_ONCE = Urgency(Priority.MICROPHONE)
"""For what is said in a room."""


class SoundReader(Protocol):
    """Reads sound files."""

    async def read(self, content: bytes, media_type: str, longest_seconds: float) -> Clip:
        """Read a file of ``media_type`` (such as ``audio/flac`` or ``audio/pcm;rate=8000``) as a clip of 16 kHz.

        Raises: UnreadableSound, also for sound longer than ``longest_seconds``.
        """
        ...


class Judge(Protocol):
    """Tells whether clips hold speech (``core.voice_activity.ClipJudge``, at 16 kHz)."""

    def activity(self, pcm: bytes) -> ClipActivity:
        """What a clip holds."""
        ...


class TranscriptMemory(Protocol):
    """Transcripts of sound that was transcribed before."""

    async def recall(self, sound: bytes, language: Language) -> Transcript | None:
        """What was made of the very same sound, if that is known."""
        ...

    async def keep(self, sound: bytes, language: Language, transcript: Transcript) -> None:
        """Remember what was made of it."""
        ...


class Stopwatch:
    """How long each stage took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what the context does, also where it fails."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield
        finally:
            self.seconds[name] = clock() - began


@dataclass(frozen=True, slots=True)
class ClipTranscript:
    """What was said in a clip; empty where nobody spoke or nothing was understood."""

    text: str
    language: Language
    seconds: float
    """The clip's length."""
    speech_ratio: float
    """How much of it is voice, from 0 to 1."""
    backend: str = ""
    """Who understood it; empty where nobody was asked."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds of work: ``decode``, ``voice_activity``, ``transcription``."""


class Scribe:
    """Shares the recognisers with the calls, which go first."""

    def __init__(
        self,
        reader: SoundReader,
        judge: Judge,
        transcriber: Transcriber,
        transcriptions: Capacity,
        memory: TranscriptMemory | None = None,
        *,
        urgency: Urgency | None = None,
        judging: asyncio.Lock | None = None,
    ) -> None:
        """Without ``memory`` the same recording is transcribed as often as it comes.

        ``judging`` is held while the judge works, by all who share it.
        """
        self._memory = memory
        self._urgency = urgency or Urgency()
        self._reader = reader
        self._judge = judge
        self._judging = judging or asyncio.Lock()
        self._transcriber = transcriber
        self._transcriptions = transcriptions

    async def transcribe(self, content: bytes, media_type: str, language: Language) -> ClipTranscript:
        """Write down what is said in a sound file. Raises: UnreadableSound, BackendError, NoCapacity."""
        watch = Stopwatch()
        with watch.stage("decode"):
            clip = await self.read(content, media_type)
        with watch.stage("voice_activity"):
            activity = await self.activity(clip)
        said = Transcript("", 0.0)
        if activity.is_speech:
            with watch.stage("transcription"):
                said = await self.words(clip, language)
        seconds = duration_seconds(clip.pcm, clip.sample_rate)
        return ClipTranscript(said.text, language, seconds, activity.speech_ratio, said.backend, watch.seconds)

    async def read(self, content: bytes, media_type: str) -> Clip:
        """Decode a sound file. Raises: UnreadableSound."""
        return await self._reader.read(content, media_type, LONGEST_CLIP_SECONDS)

    async def activity(self, clip: Clip) -> ClipActivity:
        """Whether there is speech in it; a minute of sound takes a tenth of a second, beside the event loop."""
        async with self._judging:
            judged = asyncio.get_running_loop().run_in_executor(None, self._judge.activity, clip.pcm)
            try:
                return await asyncio.shield(judged)
            except asyncio.CancelledError:
                await asyncio.wait([judged])  # a thread cannot be stopped, and nobody else may judge beside it
                raise

    async def words(self, clip: Clip, language: Language) -> Transcript:
        """What is said in a clip with speech; of pieces without it no recogniser hears.

        Raises: BackendError, NoCapacity.
        """
        self._check_language(language)
        known = await self._memory.recall(clip.pcm, language) if self._memory else None
        if known is not None:
            return known
        transcript = await self._transcribed(clip, language, self._urgency)
        if self._memory:
            await self._memory.keep(clip.pcm, language, transcript)
        return transcript

    async def overheard(self, clip: Clip, language: Language) -> Transcript:
        """What is said in a clip from a microphone: before all requests, after all calls, and never remembered.

        Raises: BackendError, NoCapacity.
        """
        self._check_language(language)
        return await self._transcribed(clip, language, AT_ONCE)

    def _check_language(self, language: Language) -> None:
        if not self._transcriber.speaks(language, Question.DICTATION):
            raise BackendUnavailable(
                f"no recogniser that is set up hears open speech in {language}; add one that does to engines.stt,"
                " such as whisper_cpp, a Wyoming server, or a service of the list of backends"
            )

    async def _transcribed(self, clip: Clip, language: Language, urgency: Urgency) -> Transcript:
        said = [
            await self._piece(Clip(piece, clip.sample_rate), language, urgency)
            for piece in await asyncio.to_thread(_pieces, clip)
        ]
        heard = [transcript for transcript in said if transcript.text]
        return Transcript(
            " ".join(transcript.text for transcript in heard),
            min((transcript.confidence for transcript in heard), default=0.0),
            ", ".join(dict.fromkeys(transcript.backend for transcript in said if transcript.backend)),
        )

    async def _piece(self, piece: Clip, language: Language, urgency: Urgency) -> Transcript:
        activity = await self.activity(piece)
        if not activity.is_speech:
            return Transcript("", 0.0)
        now = asyncio.get_running_loop().time()
        utterance = Utterance(piece.pcm, activity.speech_seconds, now, piece.sample_rate)
        return await self._transcript(utterance, Expectation(Question.DICTATION, language), urgency)

    async def _transcript(self, utterance: Utterance, expectation: Expectation, urgency: Urgency) -> Transcript:
        """Transcribe in a place that calls get as soon as they need it: then all of it is done again later."""
        clock = asyncio.get_running_loop().time
        deadline = None if urgency.patient else clock() + _WAITING_SECONDS
        while deadline is None or clock() < deadline:
            with suppress(NoCapacity):
                return await self._attempt(utterance, expectation, urgency, deadline)
        raise NoCapacity("the calls have all places for transcription")

    async def _attempt(
        self, utterance: Utterance, expectation: Expectation, urgency: Urgency, deadline: float | None
    ) -> Transcript:
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout_at(deadline):
                    await stack.enter_async_context(self._transcriptions.lease_until_wanted(urgency.priority))
            except TimeoutError as error:
                raise NoCapacity("no place became free in time") from error
            return await self._transcriber.transcribe(utterance, expectation)


def _pieces(clip: Clip) -> list[bytes]:
    return list(split_at_pauses(clip.pcm, clip.sample_rate))

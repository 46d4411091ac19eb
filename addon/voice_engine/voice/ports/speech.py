"""Speech to text, text to speech, and the voice in the sound."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from voice_engine.core.cache import CacheStatistics
from voice_engine.core.engines import BackendReport
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance


@runtime_checkable
class Probed(Protocol):
    """A backend that can be asked cheaply whether it is there."""

    async def probe(self) -> None:
        """Whether it answers now, and takes the key where it wants one; costs next to nothing.

        Raises: BackendError.
        """
        ...


@runtime_checkable
class Reporting(Protocol):
    """A backend that tells more of itself than can be seen from outside."""

    @property
    def report(self) -> BackendReport:
        """How it is now."""
        ...


type InterimListener = Callable[[str], None]
"""Told all words so far whenever there are more; later ones may replace them, so nothing may be decided on them."""


class Transcriber(Protocol):
    """Speech to text."""

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:
        """Whether answers to ``question`` in ``language`` can be transcribed at all."""
        ...

    async def prepare(self, expectation: Expectation) -> None:
        """Make ready for utterances with ``expectation``, so that the first takes no longer than the tenth.

        Raises: BackendError when none can be transcribed.
        """
        ...

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance.

        Returns empty text where nothing was understood; never invents any. Cancelling stops the work.
        Raises: BackendError.
        """
        ...


class TranscriptStream(Protocol):
    """One utterance on its way to a transcriber, while it is still being spoken."""

    async def feed(self, pcm: bytes) -> None:
        """Send the next sound (8 kHz, signed 16-bit little-endian mono). Raises: BackendError."""
        ...

    async def finish(self) -> Transcript:
        """The utterance is over: wait for its words, empty where nothing was understood. Raises: BackendError."""
        ...


@runtime_checkable
class StreamingTranscriber(Transcriber, Protocol):
    """Speech to text that works while the caller speaks."""

    def open(
        self, expectation: Expectation, on_interim: InterimListener
    ) -> AbstractAsyncContextManager[TranscriptStream] | None:
        """Begin an utterance; leaving the context stops the work. None: now it hears whole utterances only.

        Raises: BackendError.
        """
        ...


@runtime_checkable
class FollowedTranscriber(Transcriber, Protocol):
    """Speech to text whose words can be followed while it works on a whole utterance."""

    async def follow(self, utterance: Utterance, expectation: Expectation, on_interim: InterimListener) -> Transcript:
        """Transcribe as ``transcribe`` does, telling the words so far. Raises: BackendError."""
        ...


class Synthesizer(Protocol):
    """Text to speech."""

    @property
    def identity(self) -> str:
        """Engine, voice and settings in one string: two synthesizers that sound different never share it."""
        ...

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Speak ``text`` as signed 16-bit little-endian mono PCM at 8 kHz. Cancelling stops the work.

        Raises: BackendError.
        """
        ...


@runtime_checkable
class StreamingSynthesizer(Synthesizer, Protocol):
    """Text to speech whose first sound is there before the last."""

    def stream(self, text: str, language: Language) -> AsyncGenerator[bytes]:
        """The sound of ``synthesize`` in pieces of whole samples, as soon as they are there.

        Who stops early closes the iterator, which stops the work. Raises: BackendError, also in the middle.
        """
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """A piece of a spoken sentence, and who speaks it."""

    pcm: bytes
    """Signed 16-bit little-endian mono at 8 kHz, whole samples."""
    identity: str
    """The synthesizer's: what sounds different never shares it."""
    backend: str = ""
    """The synthesizer's name in the settings, where there is a choice of several."""
    kept: bool = False
    """Whether it was made before and only kept until now."""


class SoundKeeper(Protocol):
    """Keeps sounds by name over restarts. What it cannot keep or give back is made anew: no method raises for that."""

    @property
    def statistics(self) -> CacheStatistics:
        """How well it does."""
        ...

    async def load(self, name: str, *, pinned: bool = False) -> bytes | None:
        """The sound exactly as it was saved, or None; ``pinned`` keeps it from now on."""
        ...

    async def save(self, name: str, pcm: bytes, *, pinned: bool = False) -> None:
        """Keep a sound: whole or not at all."""
        ...

    async def clear(self) -> CacheStatistics:
        """Forget every sound; gives what was held."""
        ...


@runtime_checkable
class VoiceChoice(Protocol):
    """A synthesizer that is a choice of several."""

    def identity_for(self, language: Language) -> str:
        """Of the one that would speak ``language`` now."""
        ...

    def speak(self, text: str, language: Language) -> AsyncGenerator[Speech]:
        """Speak ``text`` by whoever can, in pieces as soon as they are there; all are spoken by the same.

        Who stops early closes the generator, which stops the work. Raises: BackendError, also in the middle.
        """
        ...


class VoiceDetector(Protocol):
    """Voice activity of one leg; keeps state from frame to frame."""

    def is_speech(self, frame: bytes) -> bool:
        """Whether a 20 ms frame (320 bytes at 8 kHz) holds voice."""
        ...

    def reset(self) -> None:
        """Forget what was heard so far."""
        ...

"""Speech to text by a Wyoming server, such as Home Assistant's Whisper and Speech-to-Phrase apps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from wyoming.asr import Transcribe, TranscriptChunk
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioChunk, AudioStart, AudioStop

from voice_engine.backends.wyoming_link import WyomingConnection, WyomingServer, spoken_languages
from voice_engine.core.audio import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE
from voice_engine.core.errors import BackendError, BackendGarbled, BackendMisused, BackendTimeout
from voice_engine.core.hallucinations import is_hallucination
from voice_engine.core.sound_stream import SoundStream
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.ports import InterimListener

MODEL_RATE = 16000
"""What these servers listen at; most would bring other sound to it by a worse method."""
TRANSCRIBING_SECONDS = 10.0
"""From the end of the utterance to its words: Whisper on a Raspberry Pi takes eight."""
PREPARING_SECONDS = 60.0
"""Nobody waits: the server may have to read its model from a slow disk first."""
LONGEST_UTTERANCE_SECONDS = 60.0
"""A connection that is fed for longer has been forgotten."""
CONFIDENCE = 0.7
"""The protocol does not tell how sure a server is: enough to be understood, too little to open a door at once."""
MAX_NAMES = 200
"""Told with every utterance; more would only confuse."""
_PIECE_BYTES = 50 * FRAME_BYTES
"""A second of sound."""


class WyomingTranscriber:
    """A ``StreamingTranscriber``."""

    def __init__(
        self,
        server: WyomingServer,
        model: str = "",
        transcribing_seconds: float = TRANSCRIBING_SECONDS,
    ) -> None:
        """``model`` is one the server offers; empty: its own choice."""
        self._server = server
        self._model = model
        self._transcribing_seconds = transcribing_seconds
        self._languages: Mapping[Language, str] | None = None
        self._streams = False

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:  # noqa: ARG002 - it hears all words
        """Whether the server offers ``language``; taken for granted until it has been asked."""
        return self._languages is None or language in self._languages

    async def prepare(self, expectation: Expectation) -> None:
        """Ask for its languages, and have silence transcribed for the model to be loaded. Raises: BackendError."""
        await self.probe()
        silence = Utterance(bytes(SAMPLE_RATE * SAMPLE_BYTES), 0.0, 0.0)
        await self._transcribe(silence, expectation, PREPARING_SECONDS)

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance; empty where nothing was understood. Raises: BackendError."""
        return await self._transcribe(utterance, expectation, self._transcribing_seconds)

    def open(
        self, expectation: Expectation, on_interim: InterimListener
    ) -> AbstractAsyncContextManager[WyomingTranscriptStream] | None:
        """Begin an utterance; leaving the context stops the work. Raises: BackendError.

        None: the server has not said that it tells words before it has heard all. Such a server only begins when all
        is there, and has words sooner if it is asked in the pause.
        """
        opened = self._opened(expectation, self._transcribing_seconds, on_interim=on_interim)
        return opened if self._streams else None

    async def probe(self) -> None:
        """Ask what it can do, which it tells even while it is busy. Raises: BackendError."""
        info = await self._server.describe()
        models = [model for program in info.asr for model in program.models]
        if not models:
            raise BackendMisused(f"{self._server.name} has no speech to text")
        wanted = [model for model in models if not self._model or model.name == self._model]
        if not wanted:
            raise BackendMisused(f"{self._server.name} has no model {self._model}")
        self._streams = any(
            program.supports_transcript_streaming for program in info.asr for model in program.models if model in wanted
        )
        self._languages = spoken_languages(language for model in wanted for language in model.languages)

    async def _transcribe(self, utterance: Utterance, expectation: Expectation, seconds: float) -> Transcript:
        async with self._opened(expectation, seconds, utterance.sample_rate) as stream:
            for start in range(0, len(utterance.pcm), _PIECE_BYTES):
                await stream.feed(utterance.pcm[start : start + _PIECE_BYTES])
            return await stream.finish()

    @asynccontextmanager
    async def _opened(
        self,
        expectation: Expectation,
        seconds: float,
        sample_rate: int = SAMPLE_RATE,
        on_interim: InterimListener = lambda _: None,
    ) -> AsyncIterator[WyomingTranscriptStream]:
        languages = await self._known_languages()
        if expectation.language not in languages:
            raise BackendMisused(f"{self._server.name} does not understand {expectation.language}")
        told = expectation if expectation.question is Question.UNIT else None
        request = Transcribe(
            name=self._model or None,
            language=languages[expectation.language],
            transcript_names=list(told.names[:MAX_NAMES]) if told else None,
            transcript_terms=list(told.units[:MAX_NAMES]) if told else None,
        )
        async with self._server.connected(LONGEST_UTTERANCE_SECONDS) as connection:
            await connection.send(request, AudioStart(MODEL_RATE, SAMPLE_BYTES, 1))
            tasks = asyncio.TaskGroup()
            await tasks.__aenter__()
            stream = WyomingTranscriptStream(
                connection, tasks, seconds, _told(request), sample_rate=sample_rate, on_interim=on_interim
            )
            try:
                yield stream
            finally:
                stream.stop()
                # What broke the context goes on as it is, not as a group.
                await tasks.__aexit__(None, None, None)

    async def _known_languages(self) -> Mapping[Language, str]:
        if self._languages is None:
            await self.probe()
        return self._languages or {}


class WyomingTranscriptStream:
    """A ``TranscriptStream``."""

    def __init__(
        self,
        connection: WyomingConnection,
        tasks: asyncio.TaskGroup,
        transcribing_seconds: float,
        told: str,
        *,
        sample_rate: int,
        on_interim: InterimListener,
    ) -> None:
        """``told`` is what the server was told to expect."""
        self._connection = connection
        self._told = told
        self._transcribing_seconds = transcribing_seconds
        self._sound = SoundStream(sample_rate, to_hz=MODEL_RATE)
        self._interim = ""
        self._on_interim = on_interim
        self._listening = tasks.create_task(self._listen())

    async def feed(self, pcm: bytes) -> None:
        """Send the next sound, at the rate it was opened with. Raises: BackendError."""
        await self._send(self._sound.feed(pcm))

    async def finish(self) -> Transcript:
        """Wait for the words. Raises: BackendError."""
        self._connection.must_end_within(self._transcribing_seconds)
        await self._send(self._sound.finish())
        await self._connection.send(AudioStop())
        try:
            async with asyncio.timeout(self._transcribing_seconds):
                heard = await asyncio.shield(self._listening)
        except TimeoutError as error:
            raise BackendTimeout(f"the words did not come within {self._transcribing_seconds:g} s") from error
        if isinstance(heard, BackendError):
            raise heard
        # Behind most of these servers is Whisper.
        return (
            Transcript("", 0.0)
            if is_hallucination(heard, self._told)
            else Transcript(heard, CONFIDENCE, measured=False)
        )

    def stop(self) -> None:
        """Listen no more."""
        self._listening.cancel()

    async def _send(self, pcm: bytes) -> None:
        if pcm:
            await self._connection.send(AudioChunk(MODEL_RATE, SAMPLE_BYTES, 1, pcm))

    async def _listen(self) -> str | BackendError:
        """Read until the words are final. A failure is a result: it is raised where the words are asked for."""
        try:
            while True:
                event = await self._connection.receive()
                if TranscriptChunk.is_type(event.type):
                    self._interim += str(event.data.get("text", ""))
                    self._on_interim(self._interim.strip())
                if WyomingTranscript.is_type(event.type):
                    text = event.data.get("text")
                    if not isinstance(text, str):
                        return BackendGarbled("a Wyoming transcript without a text")
                    return " ".join(text.split())
        except BackendError as error:
            return error


def _told(request: Transcribe) -> str:
    return ", ".join([*(request.transcript_names or ()), *(request.transcript_terms or ())])

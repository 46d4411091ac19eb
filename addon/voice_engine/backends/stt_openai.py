"""Speech to text by OpenAI's transcription API, which Groq, speaches, vLLM and others speak too."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

import aiohttp

from voice_engine.backends.web import MAX_JSON_BYTES, BadRequest, Endpoint, WebService, json_object
from voice_engine.core.audio import SAMPLE_BYTES, SAMPLE_RATE, resample, write_wav
from voice_engine.core.errors import BackendError, BackendGarbled
from voice_engine.core.hallucinations import is_hallucination
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.voice.ports import InterimListener

PATH = "/audio/transcriptions"
MODEL_RATE = 16000
"""What all of these models listen at."""
TIMEOUT_SECONDS = 8.0
"""Services take half a second, small computers at home a few; whoever waits longer is better asked again."""
PREPARING_SECONDS = 60.0
"""Nobody waits: a server at home may have to read its model from a slow disk first."""
LONGEST_PROMPT = 600
"""Characters; Whisper takes 224 tokens and keeps the last, Groq takes 896 characters and refuses more."""
WARMING_SECONDS = 0.5
"""Of silence; OpenAI refuses less than a tenth of a second."""
MAX_NO_SPEECH = 0.6
MIN_LOG_PROBABILITY = -1.0
MAX_COMPRESSION = 2.4
"""Whisper's own limits for silence, for guesses, and for words that go round in circles."""
UNMEASURED_CONFIDENCE = 0.7
"""Where a service does not say how sure it is: enough to be understood, too little to open a door at once."""


class Format(StrEnum):
    """What can be asked for, the most telling first."""

    VERBOSE = "verbose_json"
    """Whisper: with the probabilities of every segment."""
    LOG_PROBABILITIES = "json+logprobs"
    """GPT models: with the probability of every token."""
    TEXT = "json"
    """Words alone."""


class OpenAiTranscriber:
    """A ``FollowedTranscriber``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        model: str,
        languages: Iterable[Language] = tuple(Language),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._web = WebService(session, endpoint, endpoint.bearer)
        self._model = model
        self._languages = frozenset(languages)
        self._timeout_seconds = timeout_seconds
        self._formats = list(Format)
        """The first is the one asked for; what was refused is forgotten."""
        self._prepared = False
        self._streams: bool | None = None
        """Whether words can be followed; None: that is not known yet."""

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:  # noqa: ARG002 - it hears all words
        """Whether the model was said to know ``language``."""
        return language in self._languages

    async def prepare(self, expectation: Expectation) -> None:
        """Connect, have the model loaded and find out what can be asked for, once. Raises: BackendError."""
        if not self._prepared:
            silence = bytes(round(WARMING_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES)
            await self._ask(Utterance(silence, 0.0, 0.0), expectation, partial(self._read, PREPARING_SECONDS))

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance; what the model is not sure of is empty. Raises: BackendError."""
        return await self._ask(utterance, expectation, partial(self._read, self._timeout_seconds))

    async def follow(self, utterance: Utterance, expectation: Expectation, on_interim: InterimListener) -> Transcript:
        """Transcribe one utterance, telling all words there are so far whenever there are more. Raises: BackendError.

        Only a server that has told how sure it is of each token is asked to. Others stream in other shapes, or without
        what tells that a sentence is made up; they answer in one piece, and nothing is told ahead.
        """

        async def read(form: aiohttp.FormData, prompt: str) -> dict[str, Any]:
            form.add_field("stream", "true")
            return await self._read_stream(form, prompt, on_interim)

        if self._streams:
            try:
                return await self._ask(utterance, expectation, read)
            except BadRequest:
                self._streams = False
        return await self.transcribe(utterance, expectation)

    async def probe(self) -> None:
        """Whether it answers now. Raises: BackendError."""
        await self._web.probe("GET", "/models")

    async def _ask(
        self,
        utterance: Utterance,
        expectation: Expectation,
        read: Callable[[aiohttp.FormData, str], Awaitable[dict[str, Any]]],
    ) -> Transcript:
        if not self.speaks(expectation.language):
            return Transcript("", 0.0)
        sound = write_wav(resample(utterance.pcm, utterance.sample_rate, MODEL_RATE), MODEL_RATE)
        prompt = _prompt(expectation)
        while True:
            form = self._form(sound, prompt, expectation.language, self._formats[0])
            try:
                answer = await read(form, prompt)
            except BadRequest:
                if len(self._formats) == 1:
                    self._formats = list(Format)  # it was not the format: nothing was learnt
                    raise
                self._formats = self._formats[1:]
                continue
            self._prepared = True
            if self._streams is None and answer.get("logprobs"):
                self._streams = True
            return _transcript(answer, prompt)

    def _form(self, sound: bytes, prompt: str, language: Language, wanted: Format) -> aiohttp.FormData:
        form = aiohttp.FormData()
        form.add_field("file", sound, filename="utterance.wav", content_type="audio/wav")
        form.add_field("model", self._model)
        form.add_field("language", language.partition("-")[0])
        form.add_field("temperature", "0")
        form.add_field("response_format", "json" if wanted is Format.LOG_PROBABILITIES else wanted)
        if wanted is Format.LOG_PROBABILITIES:
            form.add_field("include[]", "logprobs")
        if prompt:
            form.add_field("prompt", prompt)
        return form

    async def _read(self, timeout_seconds: float, form: aiohttp.FormData, prompt: str) -> dict[str, Any]:
        return await self._web.read_json("POST", PATH, timeout_seconds, private=(prompt,), data=form)

    async def _read_stream(self, form: aiohttp.FormData, prompt: str, on_interim: InterimListener) -> dict[str, Any]:
        async with self._web.request("POST", PATH, self._timeout_seconds, private=(prompt,), data=form) as response:
            chunks = self._web.chunks(response, MAX_JSON_BYTES)
            if response.content_type != "text/event-stream":
                return json_object(b"".join([chunk async for chunk in chunks]), self._web.endpoint.name)
            words = ""
            async for event in _events(chunks):
                if event == b"[DONE]":
                    break
                said = json_object(event, self._web.endpoint.name)
                if said.get("type") == "transcript.text.done":
                    return said
                if said.get("type") == "error":
                    raise BackendError(f"{self._web.endpoint.name} gave up in the middle of the words")
                words += str(said.get("delta") or "")
                on_interim(words.strip())
            else:
                raise BackendGarbled(f"the answer of {self._web.endpoint.name} broke off in the middle of the words")
        return {"text": words}


def _prompt(expectation: Expectation) -> str:
    """Names as the directory spells them; never an answer, which a model unsure of what it hears would give back."""
    if expectation.question is not Question.UNIT:
        return ""
    prompt = ""
    for name in expectation.names:
        longer = f"{prompt}, {name}" if prompt else name
        if len(longer) > LONGEST_PROMPT:
            break
        prompt = longer
    return prompt


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The ``data:`` of server-sent events; one line each, as all of these services write them."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()


def _transcript(answer: Mapping[str, Any], prompt: str) -> Transcript:
    """Take the words, or nothing. One part that is in doubt makes all of it so: it may have been the word "not".

    The confidence is the geometric mean of the tokens' probabilities, or that of the least sure segment.
    """
    try:
        text = " ".join(str(answer["text"]).split())
        segments = answer.get("segments") or ()
        tokens = [float(token["logprob"]) for token in answer.get("logprobs") or ()]
        if any(map(_doubtful, segments)):
            return Transcript("", 0.0)
        # The least sure part counts.
        sureness = min(
            [float(segment["avg_logprob"]) for segment in segments if "avg_logprob" in segment], default=None
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackendGarbled("the transcript is not made as documented") from error
    if is_hallucination(text, prompt):
        return Transcript("", 0.0)
    if tokens:
        sureness = sum(tokens) / len(tokens)
    if sureness is None:
        return Transcript(text, UNMEASURED_CONFIDENCE, measured=False)
    if sureness < MIN_LOG_PROBABILITY:
        return Transcript("", 0.0)
    return Transcript(text, min(1.0, math.exp(sureness)))


def _doubtful(segment: Mapping[str, Any]) -> bool:
    return (
        float(segment.get("no_speech_prob") or 0.0) > MAX_NO_SPEECH
        or float(segment.get("avg_logprob") or 0.0) < MIN_LOG_PROBABILITY
        or float(segment.get("compression_ratio") or 0.0) > MAX_COMPRESSION
    )

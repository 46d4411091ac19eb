"""Speech to text by Azure Speech: its REST API for short audio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from voice_engine.backends.web import Endpoint, WebService
from voice_engine.core.audio import resample, write_wav
from voice_engine.core.errors import BackendGarbled, BackendOverloaded
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance

PATH = "/speech/recognition/conversation/cognitiveservices/v1"
TOKEN_PATH = "/sts/v1.0/issueToken"  # noqa: S105 - a path
LOCALES = {Language.ENGLISH: "en-US", Language.PORTUGUESE: "pt-BR"}
MODEL_RATE = 16000
"""The only rate it takes."""
TIMEOUT_SECONDS = 8.0
"""It takes about a second; whoever waits longer is better asked again."""
_NOTHING_HEARD = frozenset({"NoMatch", "InitialSilenceTimeout", "BabbleTimeout", "EndOfDictation"})


class AzureTranscriber:
    """A ``Transcriber``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        tokens: Endpoint,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """``endpoint`` is such as ``https://brazilsouth.stt.speech.microsoft.com``.

        ``tokens`` is where keys are checked: ``https://brazilsouth.api.cognitive.microsoft.com``.
        """
        self._web = WebService(session, endpoint, {"Ocp-Apim-Subscription-Key": endpoint.key})
        self._tokens = WebService(session, tokens, {"Ocp-Apim-Subscription-Key": tokens.key})
        self._timeout_seconds = timeout_seconds

    def speaks(self, language: Language, question: Question = Question.UNIT) -> bool:  # noqa: ARG002 - it hears all words
        """Whether it is one of ``LOCALES``."""
        return language in LOCALES

    async def prepare(self, expectation: Expectation) -> None:
        """Check the key, where ``expectation`` is one for it. Raises: BackendError."""
        if self.speaks(expectation.language):
            await self.probe()

    async def transcribe(self, utterance: Utterance, expectation: Expectation) -> Transcript:
        """Transcribe one utterance; silence and noise are empty. Raises: BackendError."""
        answer = await self._web.read_json(
            "POST",
            PATH,
            self._timeout_seconds,
            headers={
                "Content-Type": f"audio/wav; codecs=audio/pcm; samplerate={MODEL_RATE}",
                "Accept": "application/json",
            },
            # Masked words would be asterisks, which no rule understands.
            params={"language": LOCALES[expectation.language], "format": "detailed", "profanity": "raw"},
            data=write_wav(resample(utterance.pcm, utterance.sample_rate, MODEL_RATE), MODEL_RATE),
        )
        return _transcript(answer, self._web.endpoint.name)

    async def probe(self) -> None:
        """Whether it answers now and takes the key. Raises: BackendError."""
        await self._tokens.probe("POST", TOKEN_PATH)


def _transcript(answer: Mapping[str, Any], name: str) -> Transcript:
    """Take the best guess; the confidence is Azure's own."""
    status = answer.get("RecognitionStatus")
    if status in _NOTHING_HEARD:
        return Transcript("", 0.0)
    if status == "Error":
        raise BackendOverloaded(f"{name} had an error of its own")
    if status != "Success":
        raise BackendGarbled(f"{name} answered with a status we do not know")
    try:
        best = max(answer["NBest"], key=lambda guess: float(guess["Confidence"]))
        text, confidence = str(best["Display"]).strip(), float(best["Confidence"])
    except (KeyError, TypeError, ValueError) as error:
        raise BackendGarbled(f"the answer of {name} is not made as documented") from error
    return Transcript(text, min(1.0, max(0.0, confidence))) if text else Transcript("", 0.0)

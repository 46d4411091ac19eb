"""Recordings that come again."""

from __future__ import annotations

from tests.engine.servers.serving import FreeTranscriber, LoudnessJudge
from voice_engine.core.clips import Clip
from voice_engine.core.transcript import Language, Transcript
from voice_engine.scribe.scribe import Scribe
from voice_engine.voice.capacity import Capacity

LOUD = b"\x00\x20" * 16_000


class Reader:
    """Takes content for the sound itself."""

    async def read(self, content: bytes, media_type: str, longest_seconds: float) -> Clip:
        return Clip(content, 16_000)


class Memory:
    """Remembers for as long as it lasts."""

    def __init__(self) -> None:
        self.kept: dict[tuple[bytes, Language], Transcript] = {}

    async def recall(self, sound: bytes, language: Language) -> Transcript | None:
        return self.kept.get((sound, language))

    async def keep(self, sound: bytes, language: Language, transcript: Transcript) -> None:
        self.kept[sound, language] = transcript


async def test_the_same_recording_is_transcribed_once_in_each_language() -> None:
    transcriber, memory = FreeTranscriber(), Memory()
    scribe = Scribe(Reader(), LoudnessJudge(), transcriber, Capacity(1), memory)
    first = await scribe.transcribe(LOUD, "audio/wav", Language.ENGLISH)
    again = await scribe.transcribe(LOUD, "audio/wav", Language.ENGLISH)
    await scribe.transcribe(LOUD, "audio/wav", Language.PORTUGUESE)
    await scribe.transcribe(LOUD[:-2] + b"\x01\x20", "audio/wav", Language.ENGLISH)

    assert (again.text, again.backend) == (first.text, first.backend)
    assert len(transcriber.asked) == 3


async def test_silence_is_neither_transcribed_nor_remembered() -> None:
    transcriber, memory = FreeTranscriber(), Memory()
    scribe = Scribe(Reader(), LoudnessJudge(), transcriber, Capacity(1), memory)
    found = await scribe.transcribe(bytes(32_000), "audio/wav", Language.ENGLISH)

    assert (found.text, transcriber.asked, memory.kept) == ("", [], {})

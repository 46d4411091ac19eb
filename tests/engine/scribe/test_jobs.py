"""One recording from its pieces to its words, behind everybody who waits for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.engine.servers.serving import FreeTranscriber, LoudnessJudge
from voice_engine.backends.sound_files import SoundFiles
from voice_engine.core.clips import Clip
from voice_engine.core.errors import BackendTimeout, BackendUnavailable, UnreadableSound
from voice_engine.core.inbox import Recording, RecordingProblem
from voice_engine.core.transcript import Language, Transcript
from voice_engine.scribe.jobs import Jobs
from voice_engine.scribe.scribe import WHENEVER, Scribe
from voice_engine.voice.capacity import Capacity, Priority

LOUD, SILENT = Clip(b"\x00\x20\x00\xe0" * 8000, 16000), Clip(bytes(32000), 16000)
OTHER = Clip(b"\x00\x30\x00\xd0" * 8000, 16000)
RECORDING = Recording("a.wav", 100, 1)


@dataclass(slots=True)
class FakeSounds:
    """Gives the pieces it was told, one after the other."""

    pieces: list[Clip | UnreadableSound] = field(default_factory=list)
    closed: int = 0
    digest: str = "ab"

    @asynccontextmanager
    async def reading(self, recording: Recording) -> AsyncIterator[FakeSounds]:
        self._left = list(self.pieces)
        try:
            yield self
        finally:
            self.closed += 1

    _left: list[Clip | UnreadableSound] = field(default_factory=list)

    async def read(self) -> Clip | None:
        piece = self._left.pop(0) if self._left else None
        if isinstance(piece, UnreadableSound):
            raise piece
        return piece


@dataclass(slots=True)
class FakeMemory:
    """Remembers."""

    known: dict[bytes, Transcript] = field(default_factory=dict)

    async def recall(self, sound: bytes, language: Language) -> Transcript | None:
        return self.known.get(sound)

    async def keep(self, sound: bytes, language: Language, transcript: Transcript) -> None:
        self.known[sound] = transcript


@dataclass(slots=True)
class Bench:
    """Jobs, and what is behind them."""

    sounds: FakeSounds
    transcriber: FreeTranscriber
    places: Capacity
    jobs: Jobs


@pytest.fixture
def bench() -> Bench:
    sounds, transcriber, places = FakeSounds(), FreeTranscriber(), Capacity(1)
    scribe = Scribe(SoundFiles(), LoudnessJudge(), transcriber, places, FakeMemory(), urgency=WHENEVER)
    return Bench(sounds, transcriber, places, Jobs(sounds, scribe, lambda: Language.ENGLISH, {"fake": "base"}))


async def until_asked(transcriber: FreeTranscriber, times: int) -> None:
    async with asyncio.timeout(60):
        while len(transcriber.asked) < times:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_the_words_of_all_pieces_are_one_text(bench: Bench) -> None:
    """Pieces without voice are shown to no recogniser."""
    bench.sounds.pieces = [LOUD, SILENT, OTHER]
    result = await bench.jobs.result(RECORDING)
    assert (result.text, result.seconds, result.confidence) == ("five oh one five oh one", 3.0, 0.9)
    assert (result.backend, result.model, result.digest, result.problem) == ("fake", "base", "ab", None)
    assert len(bench.transcriber.asked) == 2
    assert bench.sounds.closed == 1


async def test_a_recording_is_heard_in_one_language(bench: Bench) -> None:
    """Another one that is chosen meanwhile counts from the next recording on."""
    languages = iter([Language.PORTUGUESE, Language.ENGLISH])
    scribe = Scribe(SoundFiles(), LoudnessJudge(), bench.transcriber, bench.places, urgency=WHENEVER)
    jobs = Jobs(bench.sounds, scribe, lambda: next(languages), {})
    for language in (Language.PORTUGUESE, Language.ENGLISH):
        bench.sounds.pieces = [LOUD, OTHER]
        bench.transcriber.asked.clear()
        assert (await jobs.result(RECORDING)).language is language
        assert [expectation.language for _, expectation in bench.transcriber.asked] == [language] * 2


async def test_where_nobody_speaks_the_text_is_empty(bench: Bench) -> None:
    bench.sounds.pieces = [SILENT]
    result = await bench.jobs.result(RECORDING)
    assert (result.text, result.confidence, result.backend, result.model) == ("", None, None, None)


async def test_what_was_heard_before_a_failure_is_not_heard_again(bench: Bench) -> None:
    """Of a long recording each minute is remembered by itself."""
    bench.sounds.pieces = [LOUD, OTHER]
    bench.transcriber.may_answer.clear()
    working = asyncio.ensure_future(bench.jobs.result(RECORDING))
    await until_asked(bench.transcriber, 1)
    bench.transcriber.may_answer.set()
    await until_asked(bench.transcriber, 2)
    bench.transcriber.problem = BackendTimeout("too slow")
    await asyncio.wait([working])
    bench.transcriber.asked.clear()
    bench.transcriber.problem = None
    assert (await bench.jobs.result(RECORDING)).text == "five oh one five oh one"
    assert len(bench.transcriber.asked) <= 1
    assert bench.sounds.closed == 2


async def test_who_waits_for_an_answer_goes_first(bench: Bench) -> None:
    """The recording leaves its place, and waits for as long as it takes."""
    bench.sounds.pieces = [LOUD]
    bench.transcriber.may_answer.clear()
    working = asyncio.ensure_future(bench.jobs.result(RECORDING))
    await until_asked(bench.transcriber, 1)
    async with asyncio.timeout(60), bench.places.lease(Priority.REQUEST):
        assert not working.done()
    bench.transcriber.may_answer.set()
    assert (await working).text == "five oh one"
    assert len(bench.transcriber.asked) == 2


async def test_held_back_it_waits_between_two_pieces(bench: Bench) -> None:
    """What it has begun it finishes; nothing more is begun until it may."""
    bench.sounds.pieces = [LOUD, OTHER]
    bench.transcriber.may_answer.clear()
    working = asyncio.ensure_future(bench.jobs.result(RECORDING))
    await until_asked(bench.transcriber, 1)
    bench.places.hold_back(Priority.BATCH)
    bench.transcriber.may_answer.set()
    async with asyncio.timeout(60):
        while not bench.places.waiting:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert (len(bench.transcriber.asked), working.done()) == (1, False)
    bench.places.hold_back(None)
    assert (await working).text == "five oh one five oh one"


async def test_sound_that_breaks_off_and_a_recogniser_that_is_away_are_told_apart(bench: Bench) -> None:
    bench.sounds.pieces = [LOUD, UnreadableSound("broken")]
    with pytest.raises(UnreadableSound):
        await bench.jobs.result(RECORDING)
    bench.sounds.pieces = [LOUD, OTHER]
    bench.transcriber.languages = frozenset()
    with pytest.raises(BackendUnavailable, match=r"engines\.stt"):
        await bench.jobs.result(RECORDING)
    refusal = bench.jobs.refusal(RECORDING, UnreadableSound("this is no sound"))
    assert (refusal.text, refusal.problem) == (None, RecordingProblem("unreadable_sound", "This is no sound."))

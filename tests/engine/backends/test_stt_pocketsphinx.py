"""The real pocketsphinx on sentences spoken by flite through a telephone's band, and on what is no answer at all."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from voice_engine.backends.stt_pocketsphinx import PocketsphinxTranscriber, searches
from voice_engine.core.audio import SAMPLE_RATE, read_wav
from voice_engine.core.directory import Directory, Found
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Expectation, Language, Question, Transcript, Utterance
from voice_engine.core.understanding import Answer, classify_answer

ENGLISH = Language.ENGLISH
VOICES = ("slt", "rms")
DIRECTORY = Directory.from_units(
    [
        UnitSettings("501", ("Daniel Costa",), ("PJSIP/501",)),
        UnitSettings("302", ("Alice Gray",), ("PJSIP/302",)),
    ]
)
UNIT = Expectation(Question.UNIT, ENGLISH, ("501", "302"), ("Daniel Costa", "Alice Gray"))
ANSWER = Expectation(Question.ANSWER, ENGLISH)

VISITS = {
    "apartment five zero one": "501",
    "i have a delivery for apartment five zero one": "501",
    "apartment three zero two": "302",
    "i am here to see daniel": "501",
}
ANSWERS = {
    "yes let him in": Answer.GRANT,
    "let them in": Answer.GRANT,
    "sure": Answer.GRANT,
    "no": Answer.DENY,
    "no thank you": Answer.DENY,
    "do not let him in": Answer.DENY,
}
NO_GRANTS = (
    "i do not know him",
    "who is there",
    "what time is it please",
    "no entry today",
    "the weather is nice today",
    "my dog is barking at the postman",
    "it depends on who it is",
    "let me ask my wife",
    "not now",
    "yes or no",
    "hello hello",
    "the elevator is broken again",
)


def spoken(folder: Path, text: str, voice: str) -> bytes:
    """What a telephone carries of a sentence, with a moment of silence around it."""
    path = folder / f"{voice}-{text.replace(' ', '-')}.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
    silence = bytes(SAMPLE_RATE * 2 // 5)
    return silence + read_wav(path.read_bytes()) + silence


def noise(seconds: float, level: float) -> bytes:
    """White noise, always the same."""
    samples = np.random.default_rng(1).standard_normal(round(seconds * SAMPLE_RATE)) * level * 32768
    return samples.clip(-32768, 32767).astype("<i2").tobytes()


def tone(hertz: float, seconds: float = 1.0) -> bytes:
    """A beep."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (np.sin(2 * np.pi * hertz * times) * 8000).astype("<i2").tobytes()


async def transcripts(sounds: Iterable[bytes], expectation: Expectation) -> list[Transcript]:
    """All of them, two at a time."""
    transcriber = PocketsphinxTranscriber()
    places = asyncio.Semaphore(2)

    async def transcribe(pcm: bytes) -> Transcript:
        async with places:
            return await transcriber.transcribe(Utterance(pcm, 1.0, 0.0), expectation)

    return await asyncio.gather(*map(transcribe, sounds))


def meaning(transcript: Transcript) -> Answer:
    """What the door makes of it."""
    return classify_answer(transcript.text, ENGLISH, transcript.confidence)


async def test_visitors_are_understood(tmp_path: Path) -> None:
    """Every sentence about a home of the directory, by both voices."""
    said = [(spoken(tmp_path, text, voice), unit) for text, unit in VISITS.items() for voice in VOICES]
    heard = await transcripts([pcm for pcm, _ in said], UNIT)
    for transcript, (_, unit) in zip(heard, said, strict=True):
        match = DIRECTORY.find(transcript.text, ENGLISH)
        assert isinstance(match, Found), transcript
        assert match.unit.number == unit


async def test_residents_are_understood(tmp_path: Path) -> None:
    """Every answer by both voices means what it should."""
    said = [(spoken(tmp_path, text, voice), answer) for text, answer in ANSWERS.items() for voice in VOICES]
    heard = await transcripts([pcm for pcm, _ in said], ANSWER)
    assert [meaning(transcript) for transcript in heard] == [answer for _, answer in said]


async def test_nothing_but_a_permission_is_taken_for_one(tmp_path: Path) -> None:
    """Other sentences, denials and contradictions never let anyone in."""
    heard = await transcripts([spoken(tmp_path, text, voice) for text in NO_GRANTS for voice in VOICES], ANSWER)
    assert [transcript for transcript in heard if meaning(transcript) is Answer.GRANT] == []


@pytest.mark.parametrize("expectation", [ANSWER, UNIT], ids=["answer", "unit"])
async def test_what_is_no_speech_is_no_transcript(expectation: Expectation) -> None:
    """Silence, noise of any loudness, beeps and clicks come back empty, not as the nearest sentence."""
    click = bytes(8000) + noise(0.02, 0.5) + bytes(8000)
    sounds = [bytes(16000), noise(1.0, 0.005), noise(1.0, 0.05), noise(2.0, 0.3), tone(440), tone(1000), click]
    heard = await transcripts(sounds, expectation)
    assert [transcript.text for transcript in heard] == [""] * len(sounds)


async def test_another_language_is_not_guessed_at() -> None:
    """Portuguese is not spoken here: nothing comes back, and the port says so beforehand."""
    transcriber = PocketsphinxTranscriber()
    assert not transcriber.speaks(Language.PORTUGUESE)
    nothing = await transcriber.transcribe(
        Utterance(noise(1.0, 0.1), 1.0, 0.0), Expectation(Question.ANSWER, Language.PORTUGUESE)
    )
    assert nothing.text == ""


async def test_words_the_model_does_not_know_cost_only_their_own_sentences(tmp_path: Path) -> None:
    """A resident with a name no English dictionary has does not spoil the grammar for the others."""
    expectation = Expectation(Question.UNIT, ENGLISH, ("501",), ("Xqzwv Brzezinskowa",))
    (heard,) = await transcripts([spoken(tmp_path, "apartment five zero one", "slt")], expectation)
    assert heard.text == "apartment five zero one"


async def test_once_prepared_the_first_utterance_needs_no_dictionary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its words were looked up, which is the slow part; those of another question were not."""
    transcriber = PocketsphinxTranscriber()
    await transcriber.prepare(ANSWER)
    monkeypatch.setattr(searches, "DICTIONARY", tmp_path / "none")
    silence = Utterance(bytes(8000), 0.0, 0.0)

    assert (await transcriber.transcribe(silence, ANSWER)).text == ""
    with pytest.raises(BackendUnavailable):
        await transcriber.transcribe(silence, UNIT)

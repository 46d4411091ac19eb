"""The real espeak-ng."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from voice_engine.backends.tts_espeak import VARIANTS, EspeakSynthesizer
from voice_engine.core.audio import FRAME_BYTES, SILENCE, duration_seconds, level_dbfs, split_frames
from voice_engine.core.errors import BackendError, BackendUnavailable
from voice_engine.core.transcript import Language


@pytest.fixture
def synthesizer() -> EspeakSynthesizer:
    """As the engine uses it."""
    return EspeakSynthesizer()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning. Whom would you like to visit?", Language.ENGLISH),
        ("Bom dia. Quem você deseja visitar?", Language.PORTUGUESE),
    ],
)
async def test_a_sentence_is_telephone_sound(synthesizer: EspeakSynthesizer, text: str, language: Language) -> None:
    pcm = await synthesizer.synthesize(text, language)
    samples = np.frombuffer(pcm, "<i2")
    frames = list(split_frames(pcm))

    assert 1.5 < duration_seconds(pcm) < 4.5
    assert len(pcm) % FRAME_BYTES == 0
    assert -24 < level_dbfs(pcm) < -17
    assert np.max(np.abs(samples)) < 32768 * 10 ** (-2.9 / 20)
    assert level_dbfs(b"".join(frames[:10])) > -40, "it begins within a fifth of a second"
    assert max(map(level_dbfs, frames[-5:])) < -45, "it ends with a tenth of a second of silence"
    assert level_dbfs(frames[-6]) > -46


async def test_languages_sound_different(synthesizer: EspeakSynthesizer) -> None:
    english, portuguese = [await synthesizer.synthesize("hotel", language) for language in Language]

    assert english != portuguese


async def test_each_voice_sounds_different_and_is_remembered_apart(synthesizer: EspeakSynthesizer) -> None:
    voices = [EspeakSynthesizer(variant) for variant in VARIANTS]
    spoken = [await voice.synthesize("hotel", Language.PORTUGUESE) for voice in voices]

    assert len(set(spoken)) == len({voice.identity for voice in voices}) == len(VARIANTS)
    assert voices[0].identity == synthesizer.identity


async def test_text_is_never_taken_for_an_option_or_for_phonemes(synthesizer: EspeakSynthesizer) -> None:
    option, phonemes, plain = [
        await synthesizer.synthesize(text, Language.ENGLISH) for text in ("--version", "[[h@'loU]]", "[ [h@'loU]]")
    ]

    assert duration_seconds(option) > 0.4
    assert phonemes == plain


@pytest.mark.parametrize("text", ["", " ... "])
async def test_nothing_to_say_is_an_error(synthesizer: EspeakSynthesizer, text: str) -> None:
    with pytest.raises(BackendError, match="espeak-ng gave no"):
        await synthesizer.synthesize(text, Language.ENGLISH)


async def test_the_same_sentence_sounds_the_same(synthesizer: EspeakSynthesizer) -> None:
    async with asyncio.TaskGroup() as tasks:
        spoken = [tasks.create_task(synthesizer.synthesize("Goodbye.", Language.ENGLISH)) for _ in range(3)]

    assert len({task.result() for task in spoken}) == 1
    assert not spoken[0].result().startswith(SILENCE * 4)


async def test_without_espeak_the_package_is_named(
    synthesizer: EspeakSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(BackendUnavailable, match="Debian package espeak-ng"):
        await synthesizer.synthesize("hello", Language.ENGLISH)

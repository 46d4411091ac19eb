"""Transcripts over restarts."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from voice_engine.backends.transcript_store import FILE_NAME, TranscriptKey, TranscriptStore, digest
from voice_engine.core.transcript import Language, Transcript

KEY = TranscriptKey(digest(b"sound"), Language.PORTUGUESE, "whisper_cpp", "base-q5_1")
WORDS = Transcript("entrega para o 501", 0.8, backend="whisper_cpp")


async def test_kept_over_a_restart(tmp_path: Path) -> None:
    async with TranscriptStore(tmp_path) as store:
        assert await store.get(KEY) is None
        await store.put(KEY, WORDS)
    async with TranscriptStore(tmp_path) as store:
        assert await store.get(KEY) == WORDS
        assert (store.statistics.entries, store.statistics.hits, store.statistics.misses) == (1, 1, 0)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, sound=digest(b"sounD")),
        replace(KEY, language=Language.ENGLISH),
        replace(KEY, backend="groq"),
        replace(KEY, model="small"),
        replace(KEY, backend="whisper_cppb", model="ase-q5_1"),
    ],
)
async def test_whatever_changes_the_words_changes_the_key(tmp_path: Path, other: TranscriptKey) -> None:
    async with TranscriptStore(tmp_path) as store:
        await store.put(KEY, WORDS)
        assert await store.get(other) is None


async def test_nothing_understood_is_kept_too(tmp_path: Path) -> None:
    async with TranscriptStore(tmp_path) as store:
        await store.put(KEY, Transcript("", 0.0))
        assert await store.get(KEY) == Transcript("", 0.0)


async def test_the_least_recently_used_leave(tmp_path: Path) -> None:
    keys = [replace(KEY, model=str(number)) for number in range(4)]
    async with TranscriptStore(tmp_path, most=3) as store:
        for key in keys[:3]:
            await store.put(key, WORDS)
        await store.get(keys[0])
        await store.put(keys[3], WORDS)
        assert [await store.get(key) is not None for key in keys] == [True, False, True, True]
        assert store.statistics.evictions == 1


async def test_cleared_for_good(tmp_path: Path) -> None:
    """Not even the file's free pages hold the words."""
    async with TranscriptStore(tmp_path) as store:
        await store.put(KEY, WORDS)
        assert (await store.clear()).entries == 1
        assert store.statistics.entries == 0
        assert await store.get(KEY) is None
    assert b"entrega" not in (tmp_path / FILE_NAME).read_bytes()


async def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all " * 100)
    async with TranscriptStore(tmp_path) as store:
        await store.put(KEY, WORDS)
        assert await store.get(KEY) == WORDS


async def test_a_file_that_cannot_be_used_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    async with TranscriptStore(tmp_path) as store:
        await store.put(KEY, WORDS)
        assert await store.get(KEY) is None
        assert (await store.clear()).entries == 0


async def test_many_at_once(tmp_path: Path) -> None:
    keys = [replace(KEY, model=str(number)) for number in range(20)]
    async with TranscriptStore(tmp_path) as store:
        await asyncio.gather(*(store.put(key, replace(WORDS, text=key.model)) for key in keys))
        found = await asyncio.gather(*(store.get(key) for key in keys))
    assert [transcript and transcript.text for transcript in found] == [key.model for key in keys]

"""Speech on disk, on a real file system."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.backends import sound_writer
from voice_engine.backends.sound_store import SoundStore

HEADER_BYTES = 24


def files(directory: Path) -> list[Path]:
    return sorted((directory / "speech").iterdir())


async def test_kept_over_a_restart(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1000) as store:
        await store.save("a", b"hello")
    async with SoundStore(tmp_path, 1000) as store:
        assert await store.load("a") == b"hello"
        assert await store.load("b") is None
        statistics = store.statistics
        assert (statistics.entries, statistics.hits, statistics.misses) == (1, 1, 1)
        assert statistics.size_bytes == files(tmp_path)[0].stat().st_size


async def test_silence_is_a_sound(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1000) as store:
        await store.save("a", b"")
        assert await store.load("a") == b""


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=40)
def test_a_damaged_sound_is_never_played(position: int, bit: int) -> None:
    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with SoundStore(Path(folder), 100_000) as store:
                await store.save("a", b"hello" * 100)
                path = files(Path(folder))[0]
                content = bytearray(path.read_bytes())
                content[position % len(content)] ^= 1 << bit
                path.write_bytes(content)

                assert await store.load("a") is None
                assert files(Path(folder)) == []
                assert (store.statistics.entries, store.statistics.size_bytes, store.statistics.misses) == (0, 0, 1)
                await store.save("a", b"anew")
                assert await store.load("a") == b"anew"

    asyncio.run(scenario())


async def test_a_sound_cut_short_is_never_played(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1000) as store:
        await store.save("a", b"hello")
        path = files(tmp_path)[0]
        path.write_bytes(path.read_bytes()[:-1])
        assert await store.load("a") is None
        await store.save("a", b"hello")
        path.unlink()
        assert await store.load("a") is None


async def test_the_least_recently_used_goes_first_also_after_a_restart(tmp_path: Path) -> None:
    room_for_three = 3 * (10 + HEADER_BYTES)
    async with SoundStore(tmp_path, room_for_three) as store:
        for age, name in enumerate("abc"):
            await store.save(name, bytes(10))
            os.utime(tmp_path / "speech" / f"{name}.sound", (age, age))
    async with SoundStore(tmp_path, room_for_three) as store:
        assert await store.load("a") == bytes(10)
        await store.save("d", bytes(10))
        assert [name for name in "abcd" if await store.load(name) is not None] == ["a", "c", "d"]
        assert store.statistics.evictions == 1
        assert len(files(tmp_path)) == 3
    async with SoundStore(tmp_path, 10 + HEADER_BYTES) as store:
        assert store.statistics.entries == 1
        assert await store.load("b") is None


async def test_pinned_sounds_stay(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 2 * (10 + HEADER_BYTES)) as store:
        await store.save("greeting", bytes(10), pinned=True)
        await store.save("a", bytes(10))
        await store.save("b", bytes(10))
        await store.save("larger", bytes(60))
        assert [n for n in ("greeting", "a", "b", "larger") if await store.load(n) is not None] == ["greeting", "b"]


async def test_using_a_sound_writes_at_most_once_a_day(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1000) as store:
        await store.save("a", b"hello")
    path = files(tmp_path)[0]
    hours_ago, days_ago = time.time() - 7200, time.time() - 200_000
    for used_at, renewed in ((hours_ago, False), (days_ago, True)):
        os.utime(path, (used_at, used_at))
        async with SoundStore(tmp_path, 1000) as store:
            await store.load("a")
            await store.load("a")
        assert (path.stat().st_mtime != pytest.approx(used_at)) == renewed


async def test_cleared(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1000) as store:
        await store.save("a", b"hello", pinned=True)
        assert (await store.clear()).entries == 1
        assert files(tmp_path) == []
        assert store.statistics.cleared_at is not None
        assert await store.load("a") is None


async def test_a_disk_that_fails_costs_nothing_but_the_sound(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Told once, however often; and once when it works again."""
    (tmp_path / "speech").write_text("in the way")
    with caplog.at_level(logging.INFO):
        async with SoundStore(tmp_path, 1000) as store:
            await store.save("a", b"hello")
            await store.save("a", b"hello")
            assert await store.load("a") is None
            (tmp_path / "speech").unlink()
            await store.save("a", b"hello")
            assert await store.load("a") == b"hello"
    assert ["kept in memory only" in message for message in caplog.messages] == [True, False]


async def test_killed_in_the_middle_of_writing(tmp_path: Path) -> None:
    """Whatever is found afterwards is whole, and no half file is left behind."""
    for _ in range(5):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", sound_writer.__name__, str(tmp_path)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        for _ in range(50):
            await process.stdout.readline()
        process.kill()
        assert await process.wait() == -9
        await process.stdout.read()

        async with SoundStore(tmp_path, sound_writer.MAX_BYTES) as store:
            assert all(path.suffix == ".sound" for path in files(tmp_path))
            found = [pcm for name in sound_writer.NAMES if (pcm := await store.load(name)) is not None]
        assert len(found) > 10
        assert all(pcm == sound_writer.sound(pcm[0]) for pcm in found)

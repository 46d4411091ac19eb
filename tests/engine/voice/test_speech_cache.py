"""Speech that is remembered, in memory and on a real disk: whatever happens in between, what is played is right."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fakes import FakeLeg, FakeSynthesizer, audible
from voice_engine.backends.sound_store import SoundStore
from voice_engine.core.audio import FRAME_BYTES
from voice_engine.core.cache import CacheStatistics
from voice_engine.core.errors import BackendError
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.shelf import MOST_WAITING, Shelf
from voice_engine.voice.speaker import Speaker

ENGLISH = Language.ENGLISH
TEXTS = ("yes", "no", "goodbye", "the door is open")


class Voice(FakeSynthesizer):
    """Says who speaks, in what, before each sentence: no two sounds are alike."""

    async def synthesize(self, text: str, language: Language) -> bytes:
        return await super().synthesize(f"{self.identity} {language} {text}", language)


def expected(identity: str, text: str, language: Language) -> bytes:
    return audible(f"{identity} {language} {text}")


async def said(speaker: Speaker, text: str, language: Language = ENGLISH) -> bytes:
    """What a party hears."""
    leg = FakeLeg()
    await speaker.say(leg, text, language)
    return b"".join(playout.pcm for playout in leg.playouts)


async def test_said_again_after_a_restart_without_synthesis(tmp_path: Path) -> None:
    for asked in (["good morning"], []):
        voice = FakeSynthesizer(delay_seconds=0)
        async with SoundStore(tmp_path, 1_000_000) as store, Speaker(voice, Capacity(1), keeper=store) as speaker:
            assert await said(speaker, " good  morning ") == audible("good morning")
            assert voice.asked == asked


async def test_one_from_the_disk_takes_no_place_of_a_synthesis(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1_000_000) as store:
        async with Speaker(FakeSynthesizer(delay_seconds=0), Capacity(1), keeper=store) as speaker:
            await speaker.prepare(["hello"], ENGLISH)
        capacity = Capacity(1)
        async with Speaker(FakeSynthesizer(), capacity, keeper=store) as speaker, capacity.lease():
            spoken = await speaker.say(FakeLeg(), "hello", ENGLISH)
            assert spoken.cached


async def test_fifty_callers_one_synthesis(tmp_path: Path) -> None:
    voice = FakeSynthesizer(delay_seconds=0.05)
    async with SoundStore(tmp_path, 1_000_000) as store, Speaker(voice, Capacity(3), keeper=store) as speaker:
        heard = await asyncio.gather(*(said(speaker, "hello") for _ in range(50)))
    assert set(heard) == {audible("hello")}
    assert voice.asked == ["hello"]


async def test_a_failure_is_kept_nowhere(tmp_path: Path) -> None:
    voice = FakeSynthesizer(delay_seconds=0)
    async with SoundStore(tmp_path, 1_000_000) as store, Speaker(voice, Capacity(1), keeper=store) as speaker:
        voice.broken = True
        with pytest.raises(BackendError):
            await said(speaker, "hello")
        voice.broken = False
        assert await said(speaker, "hello") == audible("hello")


async def test_another_voice_has_its_own_sounds(tmp_path: Path) -> None:
    async with SoundStore(tmp_path, 1_000_000) as store:
        for identity in ("one", "two", "one"):
            async with Speaker(Voice(identity, delay_seconds=0), Capacity(1), keeper=store) as speaker:
                assert await said(speaker, "yes") == expected(identity, "yes", ENGLISH)


async def test_pinned_sentences_outlast_many_others(tmp_path: Path) -> None:
    voice = FakeSynthesizer(delay_seconds=0)
    size = len(audible("word 000"))
    async with (
        SoundStore(tmp_path, 6 * size) as store,
        Speaker(voice, Capacity(1), cache_bytes=5 * size, keeper=store) as speaker,
    ):
        await said(speaker, "word fix")
        await speaker.prepare(["word fix", "word two"], ENGLISH, pinned=True)
        await speaker.prepare([f"word {number:03}" for number in range(20)], ENGLISH)
        asked = len(voice.asked)
        for text in ("word fix", "word two"):
            assert (await speaker.say(FakeLeg(), text, ENGLISH)).cached
        speaker.clear_cache()
        for text in ("word fix", "word two"):
            assert await said(speaker, text) == audible(text)
        assert len(voice.asked) == asked


async def test_shrunk_it_goes_on_from_the_disk(tmp_path: Path) -> None:
    voice = FakeSynthesizer(delay_seconds=0)
    async with (
        SoundStore(tmp_path, 1_000_000) as store,
        Speaker(voice, Capacity(1), cache_bytes=100_000, keeper=store) as speaker,
    ):
        await speaker.prepare(TEXTS, ENGLISH, pinned=True)
        held = speaker.cache_statistics.size_bytes
        assert speaker.shrink_cache(0) == held
        assert await said(speaker, "yes") == audible("yes")
    assert voice.asked == list(TEXTS)


STEPS = st.one_of(
    st.tuples(st.sampled_from(["say", "prepare", "pin", "leave"]), st.sampled_from(TEXTS), st.sampled_from(Language)),
    st.tuples(st.sampled_from(["clear", "clear_disk", "shrink", "restart", "other_voice", "wait"])),
)


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=60)
def test_whatever_happens_nobody_hears_another_sentence(steps: list[tuple[str, ...]]) -> None:
    """Said, prepared, left before its end, cleared, shrunk, restarted with one voice or another, in any order."""
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_live(steps, Path(directory)))


async def _live(steps: list[tuple[str, ...]], directory: Path) -> None:
    identity, waiting = "one", list(steps)
    while waiting:
        voice = Voice(identity, delay_seconds=0)
        async with (
            SoundStore(directory, 12 * FRAME_BYTES * 100) as store,
            Speaker(voice, Capacity(1), cache_bytes=6 * FRAME_BYTES * 100, keeper=store) as speaker,
            asyncio.TaskGroup() as callers,
        ):
            while waiting and (step := waiting.pop(0))[0] not in ("restart", "other_voice"):
                await _do(step, identity, speaker, callers)
            if step[0] == "other_voice":
                identity = "two" if identity == "one" else "one"


async def _do(step: tuple[str, ...], identity: str, speaker: Speaker, callers: asyncio.TaskGroup) -> None:
    async def call(text: str, language: Language) -> None:
        assert await said(speaker, text, language) == expected(identity, text, language)

    match step:
        case ("say", text, language):
            callers.create_task(call(text, Language(language)))
        case ("leave", text, language):
            task = callers.create_task(call(text, Language(language)))
            await asyncio.sleep(0)
            task.cancel()
        case ("prepare" | "pin" as how, text, language):
            await speaker.prepare([text], Language(language), pinned=how == "pin")
        case ("clear",):
            speaker.clear_cache()
        case ("clear_disk",):
            await speaker.shelf.clear()
        case ("shrink",):
            speaker.shrink_cache(0.1)
        case _:
            await asyncio.sleep(0.001)


class SlowKeeper:
    """Saves when it is let."""

    def __init__(self) -> None:
        self.saved: dict[str, bytes] = {}
        self.let = asyncio.Event()

    @property
    def statistics(self) -> CacheStatistics:
        return CacheStatistics(len(self.saved))

    async def load(self, name: str, *, pinned: bool = False) -> bytes | None:
        return self.saved.get(name)

    async def save(self, name: str, pcm: bytes, *, pinned: bool = False) -> None:
        await self.let.wait()
        self.saved[name] = pcm

    async def clear(self) -> CacheStatistics:
        held = self.statistics
        self.saved.clear()
        return held


@pytest.mark.virtual_time
async def test_what_waits_to_be_written_is_bounded_and_there_meanwhile() -> None:
    keeper = SlowKeeper()
    shelf = Shelf(keeper)
    for number in range(2 * MOST_WAITING):
        shelf.keep(str(number), b"sound", pinned=False)
    assert await shelf.load("0") == b"sound"
    assert await shelf.load(str(MOST_WAITING)) is None
    keeper.let.set()
    await shelf.finish()
    assert len(keeper.saved) == MOST_WAITING


@pytest.mark.virtual_time
async def test_clearing_forgets_also_what_is_being_written() -> None:
    keeper = SlowKeeper()
    shelf = Shelf(keeper)
    writing = asyncio.ensure_future(shelf.run())
    for name in ("one", "two"):
        shelf.keep(name, b"sound", pinned=False)
    await asyncio.sleep(1)
    clearing = asyncio.ensure_future(shelf.clear())
    await asyncio.sleep(1)
    keeper.let.set()
    await clearing
    await asyncio.sleep(1)
    assert keeper.saved == {}
    shelf.keep("three", b"sound", pinned=False)
    await asyncio.sleep(1)
    assert keeper.saved == {"three": b"sound"}
    writing.cancel()


@pytest.mark.virtual_time
async def test_a_disk_that_hangs_does_not_hold_up_the_end() -> None:
    shelf = Shelf(SlowKeeper())
    shelf.keep("one", b"sound", pinned=False)
    began = asyncio.get_running_loop().time()
    await shelf.finish()
    assert asyncio.get_running_loop().time() - began < 5

"""Puts the engine's caches under their names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.transcript_store import TranscriptStore
from voice_engine.core.cache import CacheStatistics
from voice_engine.core.voice_activity import ClipJudge
from voice_engine.voice.caches import CacheName, Caches, ManagedCache
from voice_engine.voice.speaker import Speaker


def manage_speech(caches: Caches, speaker: Speaker, prepare: Callable[[], Awaitable[None]]) -> None:
    """Both tiers of speech; ``prepare`` fills them with what calls will say."""

    async def warm() -> int:
        await prepare()
        return speaker.cache_statistics.entries

    shelf = speaker.shelf
    caches.add(CacheName.SPEECH, ManagedCache(lambda: speaker.cache_statistics, _soon(speaker.clear_cache), warm))
    caches.add(CacheName.SPEECH_DISK, ManagedCache(lambda: shelf.statistics, shelf.clear))


def manage_recordings(
    caches: Caches, judge: ClipJudge, judging: asyncio.Lock, transcripts: TranscriptStore | None
) -> None:
    """What is remembered of recordings; no ``transcripts`` where none may be kept.

    ``judging`` is held while the judge works, in a thread.
    """

    async def clear() -> CacheStatistics:
        async with judging:
            return judge.clear()

    caches.add(CacheName.VOICE_ACTIVITY, ManagedCache(lambda: judge.statistics, clear))
    if transcripts is not None:
        caches.add(CacheName.TRANSCRIPTS, ManagedCache(lambda: transcripts.statistics, transcripts.clear))


def manage_settings(caches: Caches, source: SettingsCache) -> None:
    """The settings file, parsed."""

    async def warm() -> int:
        await asyncio.to_thread(source.current)  # a large directory takes long to be parsed
        return source.statistics.entries

    caches.add(CacheName.SETTINGS, ManagedCache(lambda: source.statistics, _soon(source.clear), warm))


def _soon(clear: Callable[[], CacheStatistics]) -> Callable[[], Awaitable[CacheStatistics]]:
    async def cleared() -> CacheStatistics:
        return clear()

    return cleared

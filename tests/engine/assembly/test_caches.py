"""The settings' own cache under its name."""

from __future__ import annotations

import threading
from pathlib import Path

from voice_engine.assembly.caches import manage_settings
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.core.settings import ParsedSettings, parse_settings
from voice_engine.voice.caches import CacheName, Caches


async def test_the_settings_are_parsed_ahead_beside_the_loop(tmp_path: Path) -> None:
    """Parsing a large directory would hold up the frames of calls."""
    threads = list[threading.Thread]()

    def load(_: Path) -> ParsedSettings:
        threads.append(threading.current_thread())
        return parse_settings({})

    caches = Caches()
    manage_settings(caches, SettingsCache(tmp_path, load, lambda: 0.0))
    assert await caches.warm(CacheName.SETTINGS) == 1
    assert threads
    assert threading.main_thread() not in threads

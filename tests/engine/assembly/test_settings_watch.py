"""A settings file that is changed while the engine runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from voice_engine.assembly import settings_watch
from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.assembly.settings_watch import watch_settings
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import load_settings
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings, parse_settings
from voice_engine.servers.machine import SettingsState

type States = asyncio.Queue[SettingsState]


def check(settings: Settings) -> None:
    """What only a start would find."""
    if settings.door.name == "Nowhere":
        raise SettingsError("door.name", "is wrong")


@asynccontextmanager
async def watched(path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[SettingsInForce, States]]:
    monkeypatch.setattr(settings_watch, "LOOK_SECONDS", 0.01)
    source = SettingsCache(path, load_settings, time.time)
    told: States = asyncio.Queue()
    in_force = SettingsInForce(source.current().settings, check, told.put_nowait)
    watching = asyncio.ensure_future(watch_settings(source, in_force, check))
    try:
        yield in_force, told
    finally:
        watching.cancel()


async def next_like(told: States, *, changed: bool, broken: bool) -> SettingsState:
    async with asyncio.timeout(20):
        while True:
            state = await told.get()
            if (state.changed, state.problem is not None) == (changed, broken):
                return state


async def test_told_that_a_restart_is_due_or_would_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "options.yaml"
    path.write_text("door: {name: Gate}\n")
    async with watched(path, monkeypatch) as (_, told):
        await next_like(told, changed=False, broken=False)
        path.write_text("door: {name: Garage}\n")
        await next_like(told, changed=True, broken=False)
        path.write_text("door: {ring_seconds: 1}\n")
        broken = await next_like(told, changed=True, broken=True)
        assert broken.problem_code == "invalid_settings"
        assert "door.ring_seconds" in (broken.problem or "")
        path.write_text("door: {name: Gate}\n")
        await next_like(told, changed=False, broken=False)


async def test_what_may_change_is_taken_over_unless_the_whole_would_be_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "options.yaml"
    path.write_text("language: en\n")
    async with watched(path, monkeypatch) as (in_force, told):
        await next_like(told, changed=False, broken=False)
        path.write_text("{language: pt-BR, door: {name: Nowhere}}\n")
        broken = await next_like(told, changed=False, broken=True)
        assert (broken.problem, in_force.settings.language) == ("door.name: is wrong", "en")
        path.write_text("{language: pt-BR, door: {barge_in_seconds: 1}}\n")
        await next_like(told, changed=False, broken=False)
        assert (in_force.settings.language, in_force.settings.door.barge_in_seconds) == ("pt-BR", 1.0)


async def test_a_file_that_has_not_changed_takes_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under the Supervisor, which writes the file when the app is started only."""
    path = tmp_path / "options.yaml"
    path.write_text("language: en\n")
    async with watched(path, monkeypatch) as (in_force, told):
        await next_like(told, changed=False, broken=False)
        in_force.take(parse_settings({"language": "pt-BR"}).settings)
        for _ in range(3):
            await told.get()
        assert in_force.settings.language == "pt-BR"

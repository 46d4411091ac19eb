"""Settings parsed once per change, on real files."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import load_settings
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import ParsedSettings


class Counting:
    """Parses, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path) -> ParsedSettings:
        self.count += 1
        return load_settings(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a name for the door."""
    path = tmp_path / "settings.yaml"
    path.write_text("door: {name: Gate}")
    return path


def test_parsed_once(path: Path) -> None:
    load = Counting()
    cache = SettingsCache(path, load, lambda: 0.0)
    assert {cache.current().settings.door.name for _ in range(20)} == {"Gate"}
    assert load.count == 1
    statistics = cache.statistics
    assert (statistics.entries, statistics.hits, statistics.misses) == (1, 19, 1)
    assert statistics.hit_rate is not None
    assert statistics.hit_rate > 0.9


def rewritten(path: Path) -> None:
    """By content of the same size; kernels before 6.13 count the time of changes in ticks of up to 10 ms."""
    changed_ns = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == changed_ns:
        path.write_text("door: {name: Yard}")


def replaced(path: Path) -> None:
    """By a file of the same size and age."""
    status = path.stat()
    other = path.with_name("other")
    other.write_text("door: {name: Yard}")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def rewritten_and_put_back_in_age(path: Path) -> None:
    status = path.stat()
    rewritten(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", [rewritten, replaced, rewritten_and_put_back_in_age])
def test_parsed_again_after_every_kind_of_change(path: Path, change: Callable[[Path], None]) -> None:
    cache = SettingsCache(path, load_settings, lambda: 0.0)
    cache.current()
    change(path)
    assert cache.current().settings.door.name == "Yard"


def test_what_callers_get_cannot_be_changed(path: Path) -> None:
    settings = SettingsCache(path, load_settings, lambda: 0.0).current().settings
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.door.name = "Hacked"  # type: ignore[misc]


def test_a_broken_file_leaves_the_settings_before_it(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Told once; mended, it is told and taken."""
    load = Counting()
    cache = SettingsCache(path, load, lambda: 0.0)
    cache.current()
    path.write_text("door: {max_calls: many}")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert cache.current().settings.door.name == "Gate"
        assert cache.problem is not None
        assert cache.problem.key == "door.max_calls"
        assert load.count == 2
        path.write_text("door: {name: Yard}")
        assert cache.current().settings.door.name == "Yard"
    assert cache.problem is None
    assert ["cannot be used" in message for message in caplog.messages] == [True, False]


def test_a_file_that_is_gone_leaves_the_settings_before_it(path: Path) -> None:
    cache = SettingsCache(path, load_settings, lambda: 0.0)
    cache.current()
    path.unlink()
    assert cache.current().settings.door.name == "Gate"
    assert "does not exist" in str(cache.problem)


def test_broken_from_the_start(path: Path) -> None:
    path.write_text("door: 7")
    cache = SettingsCache(path, load_settings, lambda: 0.0)
    with pytest.raises(SettingsError, match="door"):
        cache.current()
    path.write_text("door: {name: Yard}")
    assert cache.current().settings.door.name == "Yard"


def test_cleared(path: Path) -> None:
    load = Counting()
    cache = SettingsCache(path, load, lambda: 7.0)
    cache.current()
    assert cache.clear().entries == 1
    assert cache.statistics.cleared_at == 7.0
    cache.current()
    assert load.count == 2

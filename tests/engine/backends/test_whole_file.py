"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from voice_engine.backends.whole_file import write_whole


def test_written_with_the_rights_that_are_wanted(tmp_path: Path) -> None:
    """Nobody else reads it, unless that is said."""
    secret, shown = tmp_path / "secret", tmp_path / "shown"
    write_whole(secret, b"token")
    write_whole(shown, b"language: en", 0o644)
    assert (secret.read_bytes(), shown.read_bytes()) == (b"token", b"language: en")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (secret, shown)] == [0o600, 0o644]


def test_a_disk_that_is_full_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "identity.json"
    write_whole(path, b"before")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]

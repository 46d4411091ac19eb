"""The engine's identity, kept in a real folder."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest

from voice_engine.backends.identity import FILE_NAME, load_identity
from voice_engine.core.errors import SettingsError


def test_first_start_makes_an_identity_and_later_ones_keep_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = load_identity(folder)
    assert re.fullmatch("[0-9a-f]{32}", first.instance_id)
    assert re.fullmatch("[0-9a-f]{64}", first.token)
    assert load_identity(folder) == first


def test_two_engines_differ(tmp_path: Path) -> None:
    one, other = load_identity(tmp_path / "one"), load_identity(tmp_path / "other")
    assert one.instance_id != other.instance_id
    assert one.token != other.token


def test_only_the_engine_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    load_identity(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"'])
def test_damaged_file_is_replaced_and_said(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    identity = load_identity(tmp_path)
    assert FILE_NAME in caplog.text
    assert identity.token not in caplog.text
    assert load_identity(tmp_path) == identity


@pytest.mark.parametrize("lost", ["instance_id", "token"])
def test_what_is_still_good_is_kept(tmp_path: Path, lost: str) -> None:
    """A lost token must not make Home Assistant take the engine for another one."""
    first = load_identity(tmp_path)
    path = tmp_path / FILE_NAME
    for damaged in (None, 5, "", "not one of ours!"):
        path.write_text(json.dumps({**json.loads(path.read_text()), lost: damaged}))
        identity = load_identity(tmp_path)
        assert getattr(identity, lost) != damaged
        for kept in {"instance_id", "token"} - {lost}:
            assert getattr(identity, kept) == getattr(first, kept)


def test_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(SettingsError, match=r"data directory .*file cannot be used: Not a directory"):
        load_identity(in_the_way)


def test_full_disk_is_told_and_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The identity there was is still there, and no half of a new one beside it."""
    first = load_identity(tmp_path)
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"instance_id": first.instance_id}))
    before = path.read_bytes()

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(SettingsError, match="No space left on device"):
        load_identity(tmp_path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


def test_token_stays_out_of_repr(tmp_path: Path) -> None:
    identity = load_identity(tmp_path)
    assert identity.token not in repr(identity)

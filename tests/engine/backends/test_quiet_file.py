"""Do not disturb, kept over restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_engine.backends.quiet_file import FILE_NAME, QuietFile
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.quiet import Quiet

SOME = Quiet(house=True, units=frozenset({"501", "Penthouse"}))


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    file = QuietFile(tmp_path)
    assert file.current == Quiet()
    await file.keep(SOME)
    assert file.current == QuietFile(tmp_path).current == SOME
    assert names(tmp_path) == [FILE_NAME]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"house": 1, "units": []}', '{"house": true, "units": [5]}', "null"]
)
def test_where_it_is_damaged_phones_ring(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    assert QuietFile(tmp_path).current == Quiet()
    assert "phones ring" in caplog.text


def test_what_cannot_be_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).mkdir()
    assert QuietFile(tmp_path).current == Quiet()
    assert "cannot be read" in caplog.text


async def test_what_cannot_be_kept_does_not_hold(tmp_path: Path) -> None:
    """The switch must not say what a restart would forget."""
    file = QuietFile(tmp_path)
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(BackendUnavailable):
        await file.keep(SOME)
    assert file.current == Quiet()
    assert names(tmp_path) == [FILE_NAME]

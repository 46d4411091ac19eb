"""The microphone's switch over restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from voice_engine.backends.microphone_switch import FILE_NAME, MicrophoneSwitch
from voice_engine.core.errors import BackendUnavailable


@pytest.mark.parametrize("setting", [True, False])
async def test_what_was_switched_holds_until_the_setting_is_changed(tmp_path: Path, setting: bool) -> None:
    switch = MicrophoneSwitch(tmp_path, setting)
    assert switch.enabled is setting
    await switch.keep(not setting)
    assert switch.enabled is not setting
    assert MicrophoneSwitch(tmp_path, setting).enabled is not setting
    assert MicrophoneSwitch(tmp_path, not setting).enabled is not setting


async def test_who_switched_last_is_remembered(tmp_path: Path) -> None:
    """However many switch at once."""
    switch = MicrophoneSwitch(tmp_path, False)
    await asyncio.gather(*(switch.keep(number % 2 == 0) for number in range(21)))
    assert MicrophoneSwitch(tmp_path, False).enabled


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"enabled": 1, "setting": false}', b"\xff"])
async def test_a_damaged_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    """It never switches a microphone on."""
    (tmp_path / FILE_NAME).write_bytes(content)
    assert not MicrophoneSwitch(tmp_path, False).enabled


async def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    switch = MicrophoneSwitch(tmp_path / "gone", False)
    with pytest.raises(BackendUnavailable, match="no restart knows of it"):
        await switch.keep(True)
    assert switch.enabled

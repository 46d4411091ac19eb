"""Whether the microphone is switched on, kept over restarts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from voice_engine.backends.whole_file import write_whole
from voice_engine.core.errors import BackendUnavailable
from voice_engine.voice.ports import SwitchKeeper

FILE_NAME = "microphone.json"


class MicrophoneSwitch(SwitchKeeper):
    """A ``SwitchKeeper``: what was switched holds until the setting is changed, for then its owner has spoken last."""

    def __init__(self, directory: Path, setting: bool) -> None:
        """``setting`` is what the settings say."""
        self._path = directory / FILE_NAME
        self._setting = setting
        self._enabled = _switched(self._path, setting)
        self._writing = asyncio.Lock()  # what was switched last is written last

    @property
    def enabled(self) -> bool:
        """As it was switched last, or as the settings say."""
        return self._enabled

    async def keep(self, enabled: bool) -> None:
        """Remember it. Raises: BackendUnavailable."""
        self._enabled = enabled
        content = json.dumps({"enabled": enabled, "setting": self._setting}).encode()
        try:
            async with self._writing:
                await asyncio.to_thread(write_whole, self._path, content)
        except OSError as error:
            message = (
                f"it is switched, but {self._path} cannot be written ({error.strerror}), so no restart knows of it"
            )
            raise BackendUnavailable(message) from error


def _switched(path: Path, setting: bool) -> bool:
    """What is remembered; a file that is damaged, or of another setting, says nothing."""
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return setting
    if not isinstance(kept, dict) or kept.get("setting") is not setting or not isinstance(kept.get("enabled"), bool):
        return setting
    return bool(kept["enabled"])

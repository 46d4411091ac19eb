"""The settings as the file has them now: parsed once, and again only when the file has changed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from voice_engine.core.cache import CacheStatistics, Tally
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import ParsedSettings

_LOGGER = logging.getLogger(__name__)


class _Version(NamedTuple):
    """What changes with every change of a file, however it is made."""

    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int
    """Of the inode: tells apart what was written twice within a tick of the clock and put back in age."""


class SettingsCache:
    """What callers get is frozen: none of them can change what the next one gets."""

    def __init__(self, path: Path, load: Callable[[Path], ParsedSettings], clock: Callable[[], float]) -> None:
        """``load`` parses the file and raises SettingsError where it cannot be used."""
        self._path = path
        self._load = load
        self._tally = Tally(clock)
        self._version: _Version | None = None
        self._parsed: ParsedSettings | None = None
        self._problem: SettingsError | None = None

    @property
    def problem(self) -> SettingsError | None:
        """Why the file as it is now cannot be used; the settings before it stand meanwhile."""
        return self._problem

    @property
    def statistics(self) -> CacheStatistics:
        """How often the file had not changed."""
        return self._tally.statistics(int(self._parsed is not None), 0, None)

    def current(self) -> ParsedSettings:
        """The settings; where the file was broken since, those before.

        Raises: SettingsError when there were none before.
        """
        version = _version(self._path)
        if version is not None and version == self._version:
            self._tally.hit()
        else:
            self._tally.miss()
            self._parse(version)
        if self._parsed is None:
            raise self._problem or SettingsError("", f"{self._path} cannot be read")
        return self._parsed

    def clear(self) -> CacheStatistics:
        """Parse the file again when it is asked for next; gives what was held. Settings that work are not given up."""
        held = self.statistics
        self._version = None
        self._tally.cleared()
        return held

    def _parse(self, version: _Version | None) -> None:
        try:
            self._parsed = self._load(self._path)
        except SettingsError as error:
            if self._parsed is not None and str(error) != str(self._problem):
                _LOGGER.error("The settings were changed and cannot be used, so those before stand: %s", error)  # noqa: TRY400 - told, not traced
            self._problem = error
        else:
            if self._problem is not None:
                _LOGGER.info("The settings can be used again")
            self._problem = None
        self._version = version


def _version(path: Path) -> _Version | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - the shortest way, asked for with every request
    except OSError:
        return None
    return _Version(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

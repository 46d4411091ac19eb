"""Keeps over restarts who is not to be disturbed, in a file of its own: what is switched all day is no setting."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

from voice_engine.backends.whole_file import write_whole
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.quiet import Quiet

_LOGGER = logging.getLogger(__name__)

FILE_NAME = "do_not_disturb.json"


class QuietFile:
    """What holds now, and the file it is kept in."""

    def __init__(self, directory: Path) -> None:
        """Read what was kept; where it is damaged phones ring: turning visitors away in vain is the greater harm."""
        self._path = directory / FILE_NAME
        self._quiet = _read(self._path)

    @property
    def current(self) -> Quiet:
        """What holds for a call that begins now."""
        return self._quiet

    async def keep(self, quiet: Quiet) -> None:
        """Write ``quiet`` whole or not at all; it holds once it is written. Raises: BackendUnavailable."""
        try:
            await asyncio.to_thread(write_whole, self._path, _written(quiet))
        except OSError as error:
            raise BackendUnavailable(f"{self._path} cannot be written: {error.strerror}") from error
        self._quiet = quiet


def _read(path: Path) -> Quiet:
    try:
        quiet = _parsed(path.read_bytes())
    except FileNotFoundError:
        return Quiet()
    except OSError as error:
        _LOGGER.warning("%s cannot be read, so phones ring: %s", path, error.strerror)
        return Quiet()
    if quiet is None:
        _LOGGER.warning("%s was damaged, so phones ring; switch do not disturb on again where it is wanted", path)
    return quiet or Quiet()


def _parsed(content: bytes) -> Quiet | None:
    try:
        stored = json.loads(content)
    except ValueError:
        return None
    if not isinstance(stored, dict):
        return None
    house, units = stored.get("house"), stored.get("units")
    if not isinstance(house, bool) or not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        return None
    return Quiet(house, frozenset(units))


def _written(quiet: Quiet) -> bytes:
    return json.dumps({"house": quiet.house, "units": sorted(quiet.units)}).encode()

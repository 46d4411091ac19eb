"""Notices that the settings file was changed, so that it counts, or that it can be said that it does not yet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings

_LOGGER = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Whoever has just saved the file looks at the page a moment later; a look is one stat."""


async def watch_settings(source: SettingsCache, in_force: SettingsInForce, check: Callable[[Settings], object]) -> None:
    """Look for ever; ``check`` raises SettingsError for what a start would refuse.

    Only a file that has changed is taken over: under the Supervisor it stays as it was when the app was started, while
    the options are changed through the Supervisor.
    """
    seen, warned = in_force.settings, source.current().warnings
    refused: SettingsError | None = None
    while True:
        # Off the loop: a file is small, the card it lies on may be busy.
        parsed = await asyncio.to_thread(source.current)
        if parsed.warnings != warned:
            warned = parsed.warnings
            for warning in warned:
                _LOGGER.warning("%s", warning)
        if parsed.settings != seen:
            seen = parsed.settings
            refused = await asyncio.to_thread(_refusal, check, seen)
            if refused is None:
                in_force.take(seen)
        in_force.cannot_use(source.problem or refused)
        await asyncio.sleep(LOOK_SECONDS)


def _refusal(check: Callable[[Settings], object], settings: Settings) -> SettingsError | None:
    try:
        check(settings)
    except SettingsError as error:
        _LOGGER.error("The settings were changed and cannot be used, so those before stand: %s", error)  # noqa: TRY400 - told, not traced
        return error
    return None

"""The settings the engine works by: some change while it runs, the others wait for its next start."""

from __future__ import annotations

import logging
from collections.abc import Callable

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings
from voice_engine.core.settings_live import taken_over
from voice_engine.servers.machine import SettingsState

_LOGGER = logging.getLogger(__name__)


class SettingsInForce:
    """Belongs to one event loop. What is stored is taken over as far as it can be, and the rest told as waiting."""

    def __init__(
        self, settings: Settings, check: Callable[[Settings], object], tell: Callable[[SettingsState], None]
    ) -> None:
        """``check`` raises SettingsError for what cannot be worked by at once; it and ``tell`` must return at once."""
        self._settings = settings
        self._check = check
        self._tell = tell
        self._followers: list[Callable[[Settings], None]] = []
        self._waiting = False
        self._problem: SettingsError | None = None

    @property
    def settings(self) -> Settings:
        """As they are in force."""
        return self._settings

    def follow(self, on_change: Callable[[Settings], None], since: Settings | None = None) -> None:
        """Have ``on_change``, which must return at once, told the settings in force whenever they have changed.

        It is told at once where they have changed ``since``, which is what the follower was made of.
        """
        self._followers.append(on_change)
        if since is not None and since != self._settings:
            on_change(self._settings)

    def waits(self, stored: Settings) -> bool:
        """Whether the engine has to be started again for all of ``stored`` to count."""
        return stored != self._settings

    def take(self, stored: Settings) -> None:
        """Work by ``stored`` from the next call on, as far as that can be."""
        settings = taken_over(self._settings, stored)
        if settings != self._settings and self._can_be_worked_by(settings):
            self._settings = settings
            _LOGGER.info("Settings were changed that count from the next call on")
            for follower in self._followers:
                follower(settings)
        waiting = self.waits(stored)
        if waiting is not self._waiting:
            _LOGGER.info("The settings were changed: start the engine again for them to count" if waiting
                         else "The settings are again those in force")  # fmt: skip
        self._waiting = waiting
        self._show()

    def cannot_use(self, problem: SettingsError | None) -> None:
        """Take why what is stored now cannot be used, which is what a start would fail with; None: it can."""
        self._problem = problem
        self._show()

    def _can_be_worked_by(self, settings: Settings) -> bool:
        try:
            self._check(settings)
        except SettingsError as error:
            # It fits what is stored, but not beside what still waits for the start.
            _LOGGER.info("The settings count together from the next start on: %s", error)
            return False
        return True

    def _show(self) -> None:
        problem = self._problem
        self._tell(
            SettingsState(self._waiting, str(problem), problem.code) if problem else SettingsState(self._waiting)
        )

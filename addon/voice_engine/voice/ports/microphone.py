"""The room's sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never, Protocol

type SoundListener = Callable[[bytes], None]
"""Takes signed 16-bit little-endian mono at 16 kHz, in pieces of any size; must return at once."""


class SoundSource(Protocol):
    """A microphone."""

    async def capture(self, on_sound: SoundListener, on_away: Callable[[str], None]) -> Never:
        """Listen until cancelled, and begin again whenever that fails; ``on_away`` is told why, in a sentence."""
        ...


class SwitchKeeper(Protocol):
    """Remembers over restarts whether something is switched on."""

    @property
    def enabled(self) -> bool:
        """As it was switched last, or as the settings say."""
        ...

    async def keep(self, enabled: bool) -> None:
        """Remember it. Raises: BackendUnavailable."""
        ...

"""What is known of a visitor: what they come for, who they are, and whom they visit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from voice_engine.core.directory import Found, Match, Nothing


class Intent(StrEnum):
    """What a visitor comes for."""

    DELIVERY = "delivery"
    VISIT = "visit"
    SERVICE = "service"
    """Work to be done in the home."""


class Asked(StrEnum):
    """What the visitor was asked last: decides what bare words mean."""

    WHOM = "whom"
    """Whom they visit."""
    NAME = "name"
    """Their own name."""
    INTENT = "intent"
    """What they come for."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a visitor has told; empty where nothing was."""

    intent: Intent | None = None
    visitor: str | None = None
    """The visitor's own name."""
    company: str | None = None
    """Whom they come from, as companies spell themselves."""
    match: Match = field(default_factory=Nothing)
    """The unit and the resident, as the directory understands them."""

    @property
    def resident(self) -> str | None:
        """The resident of the unit found who was named, if one was."""
        return self.match.resident if isinstance(self.match, Found) else None

    def merge(self, newer: Facts) -> Facts:
        """Add what was told later: it corrects what was known, and what it leaves empty stays known."""
        return Facts(
            newer.intent or self.intent,
            newer.visitor or self.visitor,
            newer.company or self.company,
            self._merged_match(newer.match),
        )

    def _merged_match(self, newer: Match) -> Match:
        if isinstance(newer, Nothing):
            return self.match
        if isinstance(newer, Found) and isinstance(self.match, Found) and newer.unit == self.match.unit:
            return replace(newer, resident=newer.resident or self.match.resident)
        return newer

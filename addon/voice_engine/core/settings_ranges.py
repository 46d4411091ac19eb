"""Ranges of numbers that are settings and controls too: stated once, for the check and for whoever offers a slider."""

from __future__ import annotations

from typing import NamedTuple

from voice_engine.core.settings_schema import Check, number


class Range(NamedTuple):
    """From ``minimum`` to ``maximum``, both included."""

    minimum: float
    maximum: float
    step: float
    """What it makes sense to change it by; values between are taken all the same."""

    @property
    def check(self) -> Check:
        """The setting's check."""
        return number(self.minimum, self.maximum)


SILENCE_THRESHOLD = Range(0.2, 3, 0.1)
BARGE_IN = Range(0, 3, 0.1)

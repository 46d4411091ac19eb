"""Do not disturb until further notice: the whole house, or single units, whatever the hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quiet:
    """Whose phones are not rung."""

    house: bool = False
    """Nobody's."""
    units: frozenset[str] = frozenset()
    """Those of these units, spelt as the settings do."""

    def covers(self, unit: str) -> bool:
        """Whether no phone of ``unit`` is rung."""
        return self.house or unit in self.units

    def changed(self, house: bool | None, units: Mapping[str, bool]) -> Quiet:
        """With the house's switch as told, and those of ``units``; None: as it is."""
        muted = {unit for unit, is_muted in units.items() if is_muted}
        return Quiet(self.house if house is None else house, frozenset(self.units - units.keys() | muted))

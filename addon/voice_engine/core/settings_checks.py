"""Settings that do not go together, and those that have no effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from voice_engine.core.errors import SettingsError


def check_ports(ports: Mapping[str, int]) -> None:
    """Tell ports apart, each by its key. Raises: SettingsError for one that is taken by another."""
    taken: dict[int, str] = {}
    for key, port in ports.items():
        other = taken.setdefault(port, key)
        if other != key:
            raise SettingsError(key, f"must differ from {other}, which is {port} too")


def check_call_length(max_call_seconds: float, ringing_seconds: float) -> None:
    """Leave time to speak beside all ringing. Raises: SettingsError."""
    if max_call_seconds <= ringing_seconds:
        raise SettingsError(
            "door.max_call_seconds",
            f"must exceed door.ring_attempts times door.ring_seconds ({ringing_seconds:g}), "
            f"not be {max_call_seconds:g}",
        )


def check_units(numbers: Collection[str]) -> None:
    """Tell units apart. Raises: SettingsError for one that stands there already."""
    seen: dict[str, int] = {}
    for index, number in enumerate(numbers):
        first = seen.setdefault(number.casefold(), index)
        if first != index:
            raise SettingsError(f"units[{index}].unit", f"is the same as units[{first}].unit")


def unknown_keys(prefix: str, given: Mapping[Any, Any], known: Collection[str]) -> list[str]:
    """A sentence for each key of ``given``, which stands under ``prefix``, that is not ``known``."""
    warnings = []
    for key in given:
        if key not in known:
            similar = get_close_matches(str(key), known, n=1)
            hint = f"; did you mean {prefix}{similar[0]}?" if similar else ""
            warnings.append(f"{prefix}{key} is not a setting and is ignored{hint}")
    return warnings

"""Fields of the wire, read tolerantly: what the contract lets be absent is never an error."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import Any

type Wire = Mapping[str, Any]
"""A JSON object of the contract."""


class WireError(ValueError):
    """A field that the contract requires is missing or of another type."""


def required[T](wire: Wire, key: str, kind: type[T]) -> T:
    """Return a field of the contract's type. Raises WireError."""
    value = wire.get(key)
    if not isinstance(value, kind):
        raise WireError(f"{key} is missing or not of the contract's type")
    return value


def required_number(wire: Wire, key: str) -> float:
    """Return a number, whole or not. Raises WireError."""
    if (value := number(wire, key)) is None:
        raise WireError(f"{key} is missing or not of the contract's type")
    return float(value)


def object_of(wire: Wire, key: str) -> Wire:
    """Return a field that is an object. Raises WireError."""
    return required(wire, key, dict)


def objects(wire: Wire, key: str) -> list[Wire]:
    """Return a field that is a list of objects. Raises WireError."""
    values = required(wire, key, list)
    if not all(isinstance(value, dict) for value in values):
        raise WireError(f"{key} holds something that is not an object")
    return values


def optional_text(wire: Wire, key: str) -> str | None:
    """Return a field that may be text; whatever else is None."""
    value = wire.get(key)
    return value if isinstance(value, str) else None


def texts(wire: Wire, key: str) -> tuple[str, ...] | None:
    """Return the texts in a list; None where there is no list."""
    values = wire.get(key)
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else None


def parameters(wire: Wire, key: str) -> dict[str, Any]:
    """Return an object's fields; none where there is no object."""
    value = wire.get(key)
    return dict(value) if isinstance(value, dict) else {}


def instant(wire: Wire, key: str) -> datetime | None:
    """Return a point in time; what is none, or is none without a time zone, is None."""
    try:
        time = datetime.fromisoformat(wire.get(key))  # type: ignore[arg-type]
    except TypeError, ValueError:
        return None
    return time if time.tzinfo else None


def member[E: StrEnum](kind: type[E], value: object) -> E | None:
    """Return a member of an enum; None for one this reader does not know."""
    return next((member for member in kind if member == value), None)


def number(wire: Wire, key: str) -> float | None:
    """Return a number; what is none, as NaN, which Python reads from JSON, is None."""
    value = wire.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < inf else None


def count(wire: Wire, key: str) -> int | None:
    """Return a whole number; what is none is None."""
    value = wire.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(wire: Wire, key: str) -> bool | None:
    """Return a truth value; what is none is None."""
    value = wire.get(key)
    return value if isinstance(value, bool) else None

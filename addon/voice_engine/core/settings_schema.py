"""What a setting may hold: checks whose messages say what is wrong and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import voluptuous as vol

from voice_engine.core.hours import Hours

type Check = Callable[[Any], Any]
"""Takes a raw value; returns the setting's, or raises ``vol.Invalid`` with a sentence that follows the key."""

_LONGEST_SHOWN = 60
"""Characters of a wrong value that an error repeats; enough to find it in the file."""


def whole_number(minimum: int, maximum: int) -> Check:
    """An integer in the range, both ends included."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise vol.Invalid(f"must be a whole number from {minimum} to {maximum}, not {_shown(value)}")
        return value

    return check


def number(minimum: float, maximum: float) -> Check:
    """A number in the range, both ends included, as a float."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= maximum:
            raise vol.Invalid(f"must be a number from {minimum:g} to {maximum:g}, not {_shown(value)}")
        return float(value)

    return check


def truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise vol.Invalid(f"must be true or false, not {_shown(value)}")
    return value


def choice(options: type[StrEnum] | tuple[str, ...]) -> Check:
    """One of ``options``."""
    known = {str(option): option for option in options}

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise vol.Invalid(f"must be one of {', '.join(known)}, not {_shown(value)}")
        return known[value]

    return check


def text(longest: int) -> Check:
    """One line of at most ``longest`` characters, trimmed; a whole number is taken for its digits."""

    def check(value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise vol.Invalid(f"must be text, not {_shown(value)}; put it in quotes")
        line: str = value.strip()
        if not line.isprintable():
            raise vol.Invalid("must be one line without control characters")
        if len(line) > longest:
            raise vol.Invalid(f"must have at most {longest} characters, not {len(line)}")
        return line

    return check


def text_like(pattern: str, description: str, longest: int = 200) -> Check:
    """Text that matches the whole of ``pattern``, which ``description`` puts in words."""
    as_text = text(longest)
    compiled = re.compile(pattern)

    def check(value: Any) -> str:
        checked: str = as_text(value)
        if not compiled.fullmatch(checked):
            raise vol.Invalid(f"must be {description}, not {_shown(checked)}")
        return checked

    return check


def secret(pattern: str, description: str) -> Check:
    """Text that matches ``pattern`` to the letter; errors never repeat it."""
    compiled = re.compile(pattern)

    def check(value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise vol.Invalid(f"must be {description}")
        return value

    return check


def host_and_port(value: Any) -> str:
    """``host:port``, an IPv6 address in brackets."""
    checked: str = text(longest=200)(value)
    host, _, port = checked.rpartition(":")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]", host) or not _is_port(port):
        raise vol.Invalid(f"must be host:port, such as 192.168.1.10:9093, not {_shown(checked)}")
    return checked


def service_url(value: Any) -> str:
    """Where a service is: ``http``, ``https`` or ``tcp``, without what would be secret."""
    checked: str = text(longest=500)(value)
    try:
        parts = urlsplit(checked)
        usable = parts.scheme in ("http", "https", "tcp") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if "@" in checked or "?" in checked or "#" in checked:
        # Not repeated: what is between may be a password.
        raise vol.Invalid("must not hold a user, a password or a query: a key belongs in api_key")
    if not usable or " " in checked:
        raise vol.Invalid(f"must be an address such as http://192.168.1.20:8080, not {_shown(checked)}")
    return checked.rstrip("/")


def hours(value: Any) -> str:
    """Two different times of the day."""
    checked: str = text(longest=20)(value)
    try:
        Hours.from_text(checked)
    except ValueError:
        raise vol.Invalid(
            f"must be hours from one time to another, such as 22:00-07:00, not {_shown(checked)}"
        ) from None
    return checked


def network(value: Any) -> str:
    """An IP network or a single address, in its plain spelling."""
    checked: str = text(longest=50)(value)
    try:
        return str(ip_network(checked, strict=False))
    except ValueError:
        raise vol.Invalid(
            f"must be an IP network or address, such as 192.168.1.0/24 or 192.168.1.20, not {_shown(checked)}"
        ) from None


def list_of(item: Check, *, unique: bool = False) -> vol.All:
    """A list as a tuple, in which ``unique`` items stand but once; empty ones, as forms leave them, are dropped."""
    return vol.All(_filled_items, [item], vol.Coerce(tuple), *([_all_different] if unique else []))


def section(settings: type, fields: Mapping[str, Check], required: str = "") -> vol.All:
    """A mapping as an instance of ``settings``, whose defaults stand for what is missing but the ``required`` field."""
    markers = {vol.Required(key, msg="is missing") if key == required else key: check for key, check in fields.items()}
    return vol.All(_a_mapping, markers, lambda values: settings(**values))


def is_blank(value: Any) -> bool:
    """Whether a value says nothing, as forms do for fields left empty."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _filled_items(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise vol.Invalid(f"must be a list, not {_shown(value)}")
    return [item for item in value if not is_blank(item)]


def _all_different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise vol.Invalid(f"names {value} a second time", path=[index])
    return values


def _a_mapping(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise vol.Invalid(f"must be a group of settings, not {_shown(value)}")
    return value


def _is_port(digits: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", digits) is not None and 1 <= int(digits) <= 65535


def _shown(value: Any) -> str:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"

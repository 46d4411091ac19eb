"""Wyoming's framing: the line an event begins with, and how much may follow it.

A line of JSON (``type``, and ``data`` of older programs), then ``data_length`` bytes of more data, then
``payload_length`` bytes of sound. The protocol bounds neither: whoever reads what it is told to read can be made to
fill its memory.
Source: github.com/OHF-Voice/wyoming, README.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from voice_engine.core.errors import ProtocolError

LONGEST_DATA_BYTES = 4_000_000
"""What a server of hundreds of voices tells of itself has some hundred kilobytes."""


@dataclass(frozen=True, slots=True)
class EventHeader:
    """The first line of an event."""

    kind: str
    data: dict[str, Any]
    data_bytes: int
    """Of JSON that follow, with more data."""
    payload_bytes: int
    """That follow those."""

    @classmethod
    def from_line(cls, line: bytes, longest_payload_bytes: int) -> Self:
        """Read a line. Raises: ProtocolError for what is no event, or too long to be one."""
        header = _object(line)
        kind, data = header.get("type"), header.get("data") or {}
        if not isinstance(kind, str) or not isinstance(data, dict):
            raise ProtocolError("a line that is no event of Wyoming")
        return cls(
            kind,
            data,
            _length(header, "data_length", LONGEST_DATA_BYTES),
            _length(header, "payload_length", longest_payload_bytes),
        )

    def with_data(self, more: bytes) -> dict[str, Any]:
        """All data, with the JSON that followed the line; empty where none did. Raises: ProtocolError."""
        return {**self.data, **_object(more)} if more else self.data


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ProtocolError("a line that is no JSON") from None
    if not isinstance(value, dict):
        raise ProtocolError("JSON that is no object")
    return value


def _length(header: dict[str, Any], key: str, longest: int) -> int:
    length = header.get(key) or 0
    if not isinstance(length, int) or length < 0:
        raise ProtocolError(f"{key} is no number of bytes")
    if length > longest:
        raise ProtocolError(f"{key} of {length} bytes, where {longest} are the most")
    return length

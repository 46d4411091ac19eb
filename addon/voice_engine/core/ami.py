"""Asterisk's manager interface, both ways and without input or output.

A message is a run of ``Name: value`` lines that an empty line ends; names repeat where a value is a list. Asterisk
greets with one banner line before its first message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from voice_engine.core.errors import ProtocolError

MAX_MESSAGE_BYTES = 64 * 1024
"""Far above any message Asterisk has; what sends more is something else."""
MAX_LINE_BYTES = 1024
"""Asterisk reads no longer lines of an action."""

_BANNER = b"Asterisk Call Manager/"
_LINE_END = b"\r\n"
_MESSAGE_END = b"\r\n\r\n"
_FORBIDDEN = frozenset("\r\n\0")
"""What would end a line, and so let a value add headers or actions of its own."""


@dataclass(frozen=True, slots=True)
class Message:
    """A response or an event; header names are compared without case."""

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first value of ``name``; empty if there is none."""
        return next(iter(self.get_all(name)), "")

    def get_all(self, name: str) -> list[str]:
        """All values of ``name``, such as the lines of a command's ``Output``."""
        return [value for key, value in self.headers if key.casefold() == name.casefold()]

    @property
    def event(self) -> str:
        """The event's name; empty for a response."""
        return self.get("Event")

    @property
    def succeeded(self) -> bool:
        """Whether an action, or what an ``OriginateResponse`` tells of, succeeded."""
        return self.get("Response") == "Success"


class Decoder:
    """Cuts what Asterisk sends on one connection into messages. Holds one incomplete message at most."""

    def __init__(self) -> None:
        self.version: str | None = None
        """The interface's version, once the banner has come."""
        self._buffer = bytearray()
        self._searched = 0
        """How much of the buffer is known to hold no end of a message."""
        self._failure: str | None = None

    def receive_data(self, data: bytes) -> list[Message]:
        """Take bytes and return the messages they complete.

        Raises: ProtocolError if this is not Asterisk's manager interface, and for whatever comes after that; what the
        same bytes held before it is lost with the connection, which must be closed.
        """
        if self._failure is not None:
            raise ProtocolError(self._failure)
        try:
            return self._decode(data)
        except ProtocolError as error:
            self._failure = str(error)
            self._buffer.clear()
            raise

    def _decode(self, data: bytes) -> list[Message]:
        self._buffer += data
        if self.version is None and not self._take_banner():
            return []
        messages = []
        while (text := self._take_message()) is not None:
            if text:
                messages.append(_parse(text))
        return messages

    def _take_banner(self) -> bool:
        """Consume the first line once it is whole."""
        expected = _BANNER[: len(self._buffer)]
        if not self._buffer.startswith(expected):
            raise ProtocolError("no manager interface: it does not begin with Asterisk's banner")
        end = self._buffer.find(_LINE_END)
        if end < 0:
            if len(self._buffer) > MAX_LINE_BYTES:
                raise ProtocolError("no manager interface: its banner does not end")
            return False
        self.version = self._buffer[len(_BANNER) : end].decode(errors="replace")
        del self._buffer[: end + len(_LINE_END)]
        return True

    def _take_message(self) -> bytes | None:
        """Consume the next whole message (an empty one for a lone empty line)."""
        if self._buffer.startswith(_LINE_END):
            del self._buffer[: len(_LINE_END)]
            self._searched = 0
            return b""
        end = self._buffer.find(_MESSAGE_END, self._searched)
        if max(end, len(self._buffer) - len(_MESSAGE_END) if end < 0 else 0) > MAX_MESSAGE_BYTES:
            msg = f"a message of more than {MAX_MESSAGE_BYTES} bytes"
            raise ProtocolError(msg)
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(_MESSAGE_END) + 1)
            return None
        text = bytes(self._buffer[:end])
        del self._buffer[: end + len(_MESSAGE_END)]
        self._searched = 0
        return text


def encode_action(name: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """An action, ready to be sent.

    Raises: ProtocolError for a name or value that would end its line (CR, LF, NUL) or that Asterisk would not read.
    """
    return b"".join(_encode_line(key, value) for key, value in (("Action", name), *headers)) + _LINE_END


def challenge_key(challenge: str, password: str) -> str:
    """What a login by MD5 challenge answers, so that the password does not travel."""
    return hashlib.md5((challenge + password).encode(), usedforsecurity=False).hexdigest()


def _parse(text: bytes) -> Message:
    headers: list[tuple[str, str]] = []
    for line in text.decode(errors="replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and not name.startswith((" ", "\t")):
            headers.append((name, value.removeprefix(" ")))
        elif headers:
            # A value of several lines.
            key, begun = headers.pop()
            headers.append((key, f"{begun}\n{line}"))
        else:
            msg = f"a message begins with {line[:40]!r}, which is no header"
            raise ProtocolError(msg)
    return Message(tuple(headers))


def _encode_line(name: str, value: str) -> bytes:
    if not name or ":" in name or not _FORBIDDEN.isdisjoint(name):
        msg = f"{name!r} cannot be the name of a header"
        raise ProtocolError(msg)
    if not _FORBIDDEN.isdisjoint(value):
        msg = f"the value of {name} holds a line break or NUL, which would let it say more than a value may"
        raise ProtocolError(msg)
    line = f"{name}: {value}\r\n".encode()
    if len(line) > MAX_LINE_BYTES:
        msg = f"the value of {name} is longer than Asterisk reads"
        raise ProtocolError(msg)
    return line

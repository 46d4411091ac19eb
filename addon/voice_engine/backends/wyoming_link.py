"""Connections to servers that speak Wyoming, the protocol of Home Assistant's voice apps."""

from __future__ import annotations

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from wyoming.error import Error
from wyoming.event import Event, Eventable, async_write_event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk

from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendTimeout,
    BackendUnavailable,
    ProtocolError,
    SettingsError,
)
from voice_engine.core.scrubbing import scrubbed
from voice_engine.core.transcript import Language
from voice_engine.core.wyoming_events import EventHeader

CONNECT_SECONDS = 3.0
"""These servers are in the house; a first packet that was lost is sent again after one second."""
DESCRIBE_SECONDS = 5.0
"""They answer at once, but for one that is just busy with a sentence on a small computer."""
LONGEST_PAYLOAD_BYTES = 16_000_000
"""Five minutes at 24 kHz, which no sentence at a door takes, though it came in one piece."""
_LONGEST_REASON = 300


class WyomingConnection:
    """Events both ways, until a deadline. All methods raise BackendError."""

    def __init__(self, name: str, reader: StreamReader, writer: StreamWriter) -> None:
        self._name = name
        self._reader = reader
        self._writer = writer
        self._deadline: float | None = None
        self._private: list[str] = []
        """What was sent to be spoken."""

    def must_end_within(self, seconds: float) -> None:
        """Set how long all that follows may take together."""
        self._deadline = asyncio.get_running_loop().time() + seconds

    async def send(self, *messages: Eventable) -> None:
        """Send messages in this order; waits while the server takes no more."""
        with _translated(self._name):
            async with asyncio.timeout_at(self._deadline):
                for message in messages:
                    if isinstance(message, Synthesize | SynthesizeChunk):
                        self._private.append(message.text)
                    await async_write_event(message.event(), self._writer)

    async def receive(self) -> Event:
        """Wait for the next event; an error told by the server is raised."""
        with _translated(self._name):
            async with asyncio.timeout_at(self._deadline):
                event = await _read_event(self._reader)
        if event is None:
            raise BackendGarbled(f"{self._name} closed the connection too early, or does not speak Wyoming")
        if Error.is_type(event.type):
            reason = scrubbed(str(event.data.get("text")), self._private)
            raise BackendError(f"{self._name} failed: {reason[:_LONGEST_REASON]}")
        return event


async def _read_event(reader: StreamReader) -> Event | None:
    """The next event, no longer than one may be; None: there comes none."""
    line = await reader.readline()
    if not line:
        return None
    header = EventHeader.from_line(line, LONGEST_PAYLOAD_BYTES)
    data = header.with_data(await reader.readexactly(header.data_bytes))
    return Event(header.kind, data, await reader.readexactly(header.payload_bytes) or None)


@dataclass(frozen=True, slots=True)
class WyomingServer:
    """Where a server is, and what it is called in messages."""

    name: str
    host: str
    port: int

    @classmethod
    def from_uri(cls, name: str, uri: str) -> Self:
        """Read ``tcp://host:port``. Raises: SettingsError."""
        try:
            parts = urlsplit(uri)
            host, port = parts.hostname, parts.port if parts.scheme == "tcp" else None
        except ValueError:
            host = port = None
        if not host or not port:
            raise SettingsError("", f"the address of {name} must look like tcp://host:10300 and is {uri}")
        return cls(name, host, port)

    @asynccontextmanager
    async def connected(self, timeout_seconds: float | None = None) -> AsyncIterator[WyomingConnection]:
        """Connect; ``timeout_seconds`` is for all that follows. Leaving closes the connection, which stops the work.

        Raises: BackendError.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self.host, self.port)
        except TimeoutError as error:
            raise BackendUnavailable(f"{self.name} could not be connected to within {CONNECT_SECONDS:g} s") from error
        except OSError as error:
            raise BackendUnavailable(f"{self.name} cannot be reached: {error.strerror or error}") from error
        try:
            connection = WyomingConnection(self.name, reader, writer)
            if timeout_seconds is not None:
                connection.must_end_within(timeout_seconds)
            yield connection
        finally:
            writer.transport.abort()  # a server that does not read could keep a polite end from ever coming

    async def describe(self) -> Info:
        """Ask what it can do. Raises: BackendError."""
        async with self.connected(DESCRIBE_SECONDS) as connection:
            await connection.send(Describe())
            while not Info.is_type((event := await connection.receive()).type):
                pass
        with _translated(self.name):
            return Info.from_event(event)


def spoken_languages(offered: Iterable[str]) -> Mapping[Language, str]:
    """Which of our languages are among those a server offers, each as the server spells it.

    ``pt-BR`` is found in ``pt_BR``, else in ``pt``, else in any other kind of Portuguese.
    """
    found: dict[Language, str] = {}
    spellings = sorted(offered)
    for language in Language:
        wanted, base = str(language).casefold(), language.partition("-")[0]
        by_rank = {
            rank: spelling
            for spelling in reversed(spellings)
            if (rank := _rank(spelling.replace("_", "-").casefold(), wanted, base)) is not None
        }
        if by_rank:
            found[language] = by_rank[min(by_rank)]
    return found


def _rank(spelling: str, wanted: str, base: str) -> int | None:
    if spelling == wanted:
        return 0
    if spelling == base:
        return 1
    return 2 if spelling.startswith(f"{base}-") else None


class _translated:  # noqa: N801 - used like a function
    """Foreign errors become ours."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        match error:
            case TimeoutError():
                raise BackendTimeout(f"{self._name} did not answer in time") from error
            case OSError():
                raise BackendUnavailable(f"{self._name} closed the connection") from error
            case IncompleteReadError():
                raise BackendGarbled(f"the answer of {self._name} broke off") from error
            case ProtocolError():
                raise BackendGarbled(f"{self._name} does not speak Wyoming: {error}") from None
            case KeyError() | TypeError() | AttributeError() | ValueError():
                raise BackendGarbled(
                    f"{self._name} does not speak Wyoming as documented ({type(error).__name__})"
                ) from None

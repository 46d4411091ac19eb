"""Asterisk's end of the wire, a clock that stands still until it is told, and the people behind the ports."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, cast
from uuid import UUID, uuid4

from voice_engine.core.audio import SILENCE
from voice_engine.core.audiosocket import encode_audio, encode_uuid
from voice_engine.voice.ports import Leg

SILENT = encode_audio(SILENCE)
HANGUP = b"\0\0\0"


@dataclass(slots=True)
class ManualTimer:
    """A call to come, unless it was cancelled."""

    callback: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        """Not to come."""
        self.cancelled = True


class ManualClock:
    """Time passes only in ``advance``, and whatever is due in it is called there and then."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._timers: list[tuple[float, int, ManualTimer]] = []
        self._order = itertools.count()

    def time(self) -> float:
        """Monotonic seconds."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> ManualTimer:
        """As an event loop does."""
        timer = ManualTimer(callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, from timer to timer."""
        until = self._now + seconds
        while self._timers and self._timers[0][0] <= until:
            when, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, when)
            if not timer.cancelled:
                timer.callback()
        self._now = until

    def stall(self, seconds: float) -> None:
        """Let time pass in one go, as when the process was held up: what was due comes late."""
        self._now += seconds
        self.advance(0)


@dataclass(slots=True)
class FakeSink:
    """Keeps what arrives, and lets tests wait for it."""

    frames: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    digits: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    closings: int = 0

    def on_frame(self, frame: bytes) -> None:
        """Kept."""
        self.frames.put_nowait(frame)

    def on_digit(self, digit: str) -> None:
        """Kept."""
        self.digits.put_nowait(digit)

    def on_closed(self) -> None:
        """Counted."""
        self.closings += 1


@dataclass(slots=True)
class FakeAdmission:
    """Takes every visitor unless full, and each awaited resident once."""

    full: bool = False
    awaited: set[UUID] = field(default_factory=set)
    visitors: list[Leg] = field(default_factory=list)
    residents: list[Leg] = field(default_factory=list)

    def admit_visitor(self, leg: Leg) -> bool:
        """Unless full."""
        if not self.full:
            self.visitors.append(leg)
        return not self.full

    def admit_resident(self, leg: Leg) -> bool:
        """Once."""
        if leg.leg_id not in self.awaited:
            return False
        self.awaited.remove(leg.leg_id)
        self.residents.append(leg)
        return True


class AsteriskEnd(asyncio.Protocol):
    """One connection as Asterisk makes it: reads all the time, and closes when the server does."""

    def __init__(self, *, stubborn: bool = False) -> None:
        """``stubborn``: stay connected after the server has hung up."""
        self.leg_id = uuid4()
        self.transport: asyncio.Transport
        self._stubborn = stubborn
        self._received = bytearray()
        self._news = asyncio.Event()
        self._finished = False

    @classmethod
    async def connect(cls, port: int, *, stubborn: bool = False) -> Self:
        """Only the connection; nothing is said yet."""
        loop = asyncio.get_running_loop()
        _, end = await loop.create_connection(lambda: cls(stubborn=stubborn), "127.0.0.1", port)
        return end

    @classmethod
    async def call(cls, port: int, leg_id: UUID | None = None, *, stubborn: bool = False) -> Self:
        """Connect and introduce the leg."""
        end = await cls.connect(port, stubborn=stubborn)
        end.leg_id = leg_id or end.leg_id
        end.write(encode_uuid(end.leg_id))
        return end

    def write(self, data: bytes) -> None:
        """Send whatever it is."""
        self.transport.write(data)

    def close(self) -> None:
        """Hang up: Asterisk just closes."""
        self.transport.close()

    def reset(self) -> None:
        """Break the connection without a goodbye, as a machine does that lost its power or its process."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def read_frames(self, count: int) -> list[bytes]:
        """The next frames; every one must be a message of exactly 20 ms at 8 kHz."""
        return frames_of(await self._take(count * len(SILENT)))

    async def read_to_end(self) -> bytes:
        """Everything until the server has closed its side, in whatever way."""
        while not self._finished:
            self._news.clear()
            await self._news.wait()
        return bytes(self._received)

    async def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            assert not self._finished, f"closed after {len(self._received)} of {size} bytes"
            self._news.clear()
            await self._news.wait()
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self._received += data
        self._news.set()

    def eof_received(self) -> bool:
        """The server has closed its side."""
        self._finish()
        return self._stubborn

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._finish()

    def _finish(self) -> None:
        self._finished = True
        self._news.set()


def frames_of(wire: bytes) -> list[bytes]:
    """The frames of whole messages, each of exactly 20 ms at 8 kHz."""
    messages = [wire[start : start + len(SILENT)] for start in range(0, len(wire), len(SILENT))]
    assert {message[:3] for message in messages} <= {SILENT[:3]}
    assert not wire or len(messages[-1]) == len(SILENT)
    return [message[3:] for message in messages]

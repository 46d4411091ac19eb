"""A simulated party: Asterisk's side of one leg, with someone who speaks when the engine has finished."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from voice_engine.core.audio import FRAME_SECONDS, SILENCE, level_dbfs, split_frames
from voice_engine.core.audiosocket import Decoder, Kind, encode_audio, encode_digit, encode_uuid

PROMPT_OVER_SECONDS = 0.7
"""Silence after which a person takes the other to have finished."""
CONNECT_SECONDS = 2.0
"""What Asterisk gives its connection."""
AUDIBLE_DBFS = -50.0
READ_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a party says or dials."""

    text: str
    """Its words; empty where only a recogniser can tell."""
    pcm: bytes = b""
    """Sound: 8 kHz, signed 16-bit little-endian mono."""
    keys: str = ""
    """Keys to press instead of speaking."""


class Party:
    """One leg, from the connection to the hang-up."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """``lines`` are said one after another, each once the engine has said something and finished."""
        self._lines = deque(lines)
        self.last: Line | None = None
        """What it said last."""
        self._frames: deque[bytes] = deque()
        self._heard_something = False
        self._silent_seconds = 0.0

    @property
    def is_text(self) -> bool:
        """Whether all it has to say was given as text or keys."""
        return all(line.text for line in self._lines)

    async def call(self, host: str, port: int, leg_id: UUID) -> None:
        """Hold the leg until the engine hangs up. Raises: OSError, TimeoutError when it cannot be reached."""
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(encode_uuid(leg_id))
            async with asyncio.TaskGroup() as group:
                speaking = group.create_task(self._speak(writer))
                await self._hear(reader)
                speaking.cancel()
        finally:
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        decoder = Decoder()
        while data := await reader.read(READ_BYTES):
            for message in decoder.receive_data(data):
                if message.kind == Kind.HANGUP:
                    return
                if message.sample_rate is not None:
                    self._listen(message.payload)

    def _listen(self, frame: bytes) -> None:
        if level_dbfs(frame) > AUDIBLE_DBFS:
            self._heard_something = True
            self._silent_seconds = 0.0
        else:
            self._silent_seconds += FRAME_SECONDS

    async def _speak(self, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not self._frames and self._heard_something and self._silent_seconds >= PROMPT_OVER_SECONDS:
                self._begin_next_line(writer)
            writer.write(encode_audio(self._frames.popleft() if self._frames else SILENCE))

    def _begin_next_line(self, writer: asyncio.StreamWriter) -> None:
        self._heard_something = False
        if not self._lines:
            return
        self.last = self._lines.popleft()
        for key in self.last.keys:
            writer.write(encode_digit(key))
        self._frames.extend(split_frames(self.last.pcm))

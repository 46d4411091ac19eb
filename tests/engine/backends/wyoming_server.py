"""A Wyoming server made with the protocol's own library, which writes down what it is told and answers by script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from wyoming.event import Event, Eventable
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from voice_engine.backends.wyoming_link import WyomingServer

NAME = "the-server"

type Script = Callable[[Handler, Event], Awaitable[bool | None]]
"""What a server does about an event; False: it hangs up."""


class Handler(AsyncEventHandler):
    """One connection."""

    def __init__(self, server: FakeWyoming, *args: Any) -> None:
        super().__init__(*args)
        self.server = server

    async def handle_event(self, event: Event) -> bool:
        """Write it down, and follow the script."""
        self.server.told.append(event)
        if Describe.is_type(event.type) and self.server.info is not None:
            await self.tell(self.server.info)
            return True
        return await self.server.script(self, event) is not False

    async def tell(self, *messages: Eventable) -> None:
        """Answer."""
        for message in messages:
            await self.write_event(message.event())

    async def disconnect(self) -> None:
        """The client is gone."""
        self.server.left.set()


async def silent(handler: Handler, event: Event) -> None:
    """Nothing is answered."""


@dataclass(slots=True)
class FakeWyoming:
    """What it offers and does."""

    script: Script = silent
    info: Info | None = None
    told: list[Event] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def at(self) -> WyomingServer:
        """Where it is."""
        return WyomingServer(NAME, "127.0.0.1", self.port)

    def types(self) -> list[str]:
        """What it was told, without describing and with each run of audio as one."""
        found: list[str] = []
        for event in self.told:
            if event.type != "describe" and not (event.type == "audio-chunk" and found[-1] == "audio-chunk"):
                found.append(event.type)
        return found

    def data(self, kind: str) -> dict[str, Any]:
        """Of the last event of that kind."""
        return next(event.data for event in reversed(self.told) if event.type == kind)


@asynccontextmanager
async def serving(script: Script = silent, info: Info | None = None) -> AsyncIterator[FakeWyoming]:
    """Listen."""
    fake = FakeWyoming(script, info)
    server = AsyncTcpServer("127.0.0.1", 0)
    await server.start(lambda reader, writer: Handler(fake, reader, writer))
    listening = server._server
    assert isinstance(listening, asyncio.Server)
    fake.port = listening.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        await server.stop()
        handlers = list(server._handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


@asynccontextmanager
async def raw(answer: bytes, *, hang_up: bool = True) -> AsyncIterator[WyomingServer]:
    """Something else than Wyoming: these bytes, whatever is said."""
    gone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        if not hang_up:
            await gone.wait()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield WyomingServer(NAME, "127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        gone.set()
        server.close()


BY = Attribution("us", "http://localhost")


def hears(*languages: str, name: str = "small", streaming: bool = False) -> Info:
    """A server of speech to text."""
    model = AsrModel(name, BY, installed=True, description=None, version=None, languages=list(languages))
    program = AsrProgram(
        "whisper", BY, installed=True, description=None, version=None, models=[model],
        supports_transcript_streaming=streaming,
    )  # fmt: skip
    return Info(asr=[program])


def speaks(*languages: str, streaming: bool = False) -> Info:
    """A server of text to speech."""
    voice = TtsVoice("faber", BY, installed=True, description=None, version=None, languages=list(languages))
    program = TtsProgram(
        "piper", BY, installed=True, description=None, version=None, voices=[voice],
        supports_synthesize_streaming=streaming,
    )  # fmt: skip
    return Info(tts=[program])

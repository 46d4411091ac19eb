"""An Asterisk that speaks the manager interface's documented protocol and does what the test tells it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

type Action = dict[str, str]

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


class ScriptedAsterisk:
    """Answers logins, pings and lists by itself; everything else is for the test to answer."""

    def __init__(self, password: str = "secret") -> None:
        self.port = 0
        self.banner = BANNER
        self.mute = False
        """True: it listens and never says a word."""
        self.answers_pings = True
        self.refusal = ""
        """Why ``Originate`` is refused; empty: it is queued."""
        self.queues_at_once = True
        """False: ``Originate`` gets no response until the test gives one."""
        self.channels: list[Action] = []
        """What ``Status`` lists."""
        self.lists_channels = True
        """False: ``Status`` is never answered."""
        self.actions: asyncio.Queue[Action] = asyncio.Queue()
        """All that was received but ``Challenge``, ``Login`` and ``Ping``."""
        self.logins: asyncio.Queue[Action] = asyncio.Queue()
        self.pings: asyncio.Queue[Action] = asyncio.Queue()
        self._password = password
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, at the same port as before where there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away, connections and all."""
        assert self._server is not None
        self._server.close()
        self.drop()
        await self._server.wait_closed()

    def drop(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def tell(self, **headers: str) -> None:
        """Send a message; names are written ``Cause_txt`` for ``Cause-txt``."""
        text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        for writer in self._writers:
            writer.write(text.encode())

    async def next_action(self, name: str) -> Action:
        """The next action; it must be of that name."""
        action = await self.actions.get()
        assert action["Action"] == name, action
        return action

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if not self.mute:
                writer.write(self.banner)
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in text.strip().split("\r\n"))
                if not self._handle(action):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _handle(self, action: Action) -> bool:
        if self.mute:
            return True
        handler: Callable[[Action], bool] | None = getattr(self, f"_on_{action['Action'].lower()}", None)
        if handler is not None:
            return handler(action)
        self.actions.put_nowait(action)
        return True

    def _on_challenge(self, action: Action) -> bool:
        assert action["AuthType"] == "MD5"
        self._respond(action, Response="Success", Challenge="355776524")
        return True

    def _on_login(self, action: Action) -> bool:
        self.logins.put_nowait(action)
        expected = hashlib.md5(f"355776524{self._password}".encode(), usedforsecurity=False).hexdigest()
        if action["Key"] != expected:
            self._respond(action, Response="Error", Message="Authentication failed")
            return False
        self._respond(action, Response="Success", Message="Authentication accepted")
        return True

    def _on_ping(self, action: Action) -> bool:
        self.pings.put_nowait(action)
        if self.answers_pings:
            self._respond(action, Response="Success", Ping="Pong")
        return True

    def _on_originate(self, action: Action) -> bool:
        self.actions.put_nowait(action)
        if self.refusal:
            self._respond(action, Response="Error", Message=self.refusal)
        elif self.queues_at_once:
            self._respond(action, Response="Success", Message="Originate successfully queued")
        return True

    def _on_status(self, action: Action) -> bool:
        if self.lists_channels:
            self._respond(action, Response="Success", EventList="start", Message="Channel status will follow")
            self.tell(Event="Newchannel", Uniqueid="not-of-this-list")
            for channel in self.channels:
                self._respond(action, Event="Status", **channel)
            self._respond(action, Event="StatusComplete", EventList="Complete", ListItems=str(len(self.channels)))
        return True

    def _respond(self, action: Action, **headers: str) -> None:
        first, *others = headers.items()
        identity = {"ActionID": action["ActionID"]} if "ActionID" in action else {}
        self.tell(**dict([first]), **identity, **dict(others))

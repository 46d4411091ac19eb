"""A client of Asterisk's manager interface for the stage's own eyes: it sees what the engine does not tell."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

type Message = dict[str, str]
"""One message of the interface: header to value."""

ANSWER_SECONDS = 60.0
"""Asterisk answers at once; this long means that it hangs."""


@dataclass(frozen=True, slots=True)
class Account:
    """A login, of a phone or to the manager interface."""

    username: str
    password: str


class Manager:
    """One login to the manager interface."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int, account: Account) -> Self:
        """Log in on 127.0.0.1 and wait until all modules are loaded. Raises: OSError when refused or not there yet."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        manager = cls(reader, writer)
        try:
            await manager._log_in(account)
        except BaseException:
            await manager.close()
            raise
        return manager

    async def ask(self, action: str, **headers: str) -> Message:
        """Send one action and return its response."""
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._writer.write("\r\n".join(lines).encode())
        while True:
            message = await self._read()
            if "Response" in message:
                return message

    async def channels(self) -> list[Message]:
        """The channels that exist now."""
        await self.ask("CoreShowChannels")
        found: list[Message] = []
        while (message := await self._read()).get("Event") != "CoreShowChannelsComplete":
            if message.get("Event") == "CoreShowChannel":
                found.append(message)
        return found

    async def close(self) -> None:
        """Log off."""
        self._writer.close()

    async def _log_in(self, account: Account) -> None:
        await self._reader.readline()  # the greeting
        answer = await self.ask("Login", Username=account.username, Secret=account.password, Events="system")
        if answer.get("Response") != "Success":
            raise ConnectionError(f"manager login refused: {answer.get('Message')}")
        while (await self._read()).get("Event") != "FullyBooted":
            pass

    async def _read(self) -> Message:
        text = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), ANSWER_SECONDS)
        pairs = (line.partition(": ") for line in text.decode().splitlines() if line)
        return {name: value for name, _, value in pairs}

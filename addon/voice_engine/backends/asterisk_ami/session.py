"""One login to Asterisk's manager interface; it lives once, from connecting to its end."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import NoReturn, Self
from uuid import uuid4

from voice_engine.backends.asterisk_ami import problems
from voice_engine.core.ami import Decoder, Message, challenge_key, encode_action
from voice_engine.core.errors import BackendTimeout, BackendUnavailable, ProtocolError
from voice_engine.core.settings import AsteriskSettings

type Headers = Iterable[tuple[str, str]]

READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Asterisk may take."""

    connect_seconds: float = 5.0
    """To connect and to log in: Asterisk does both in milliseconds, and may sit behind a slow link."""
    answer_seconds: float = 5.0
    """To answer an action: Asterisk does at once; a host that swaps takes seconds."""
    silence_seconds: float = 15.0
    """Before it is asked whether it is alive, and to answer that: half a minute until a dead connection is known."""
    ring_margin_seconds: float = 5.0
    """Beyond the time a phone may ring: Asterisk ends the ringing itself and tells at once."""


class LoginRefused(BackendUnavailable):
    """Asterisk is there, and does not let us in."""


@dataclass(slots=True)
class _Question:
    """An action that waits for its response, or for the end of a list of events."""

    answer: asyncio.Future[Message]
    on_item: Callable[[Message], None] | None = field(default=None)


class Session:
    """Entered, it is logged in; ``serve`` must run for anything to arrive."""

    def __init__(self, settings: AsteriskSettings, patience: Patience, on_event: Callable[[Message], None]) -> None:
        """``on_event`` is told every event, and must return at once."""
        self._settings = settings
        self._patience = patience
        self._on_event = on_event
        self._decoder = Decoder()
        self._questions: dict[str, _Question] = {}
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        """Connect and log in. Raises: LoginRefused, BackendUnavailable, BackendTimeout."""
        host, port = self._settings.host, self._settings.port
        try:
            async with asyncio.timeout(self._patience.connect_seconds):
                self._reader, self._writer = await asyncio.open_connection(host, port)
        except TimeoutError as error:
            raise BackendTimeout(problems.silent(self._settings)) from error
        except OSError as error:
            raise BackendUnavailable(problems.unreachable(self._settings, _words(error))) from error
        try:
            async with asyncio.timeout(self._patience.connect_seconds):
                await self._log_in()
        except TimeoutError as error:
            self._writer.close()
            raise BackendTimeout(problems.mute(self._settings)) from error
        except BaseException:
            self._writer.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Disconnect; whoever waits for an answer learns that there will be none."""
        self._writer.close()
        for question in self._questions.values():
            if not question.answer.done():
                question.answer.set_exception(BackendUnavailable(problems.lost("The connection to Asterisk was lost")))

    async def serve(self) -> NoReturn:
        """Hand on what arrives until the connection ends. Raises: BackendUnavailable, BackendTimeout."""
        asked = False
        while True:
            try:
                async with asyncio.timeout(self._patience.silence_seconds):
                    await self._receive()
            except TimeoutError as error:
                if asked:
                    raise BackendTimeout(problems.lost("Asterisk's manager interface has gone silent")) from error
                self.send("Ping", [])
                asked = True
            else:
                asked = False

    def send(self, action: str, headers: Headers) -> None:
        """Send an action whose response does not matter. Raises: ProtocolError for a value that cannot be sent."""
        # Not drained: actions are few and small, and a peer that reads none is found dead by its silence.
        self._writer.write(encode_action(action, headers))

    async def ask(
        self,
        action: str,
        headers: Headers,
        *,
        action_id: str | None = None,
        on_item: Callable[[Message], None] | None = None,
    ) -> Message:
        """Send an action and wait for its response; with ``on_item``, for the end of the list of events that it starts.

        Raises: ProtocolError for a value that cannot be sent, BackendTimeout, BackendUnavailable.
        """
        action_id = action_id or uuid4().hex
        question = self._pose(action, headers, action_id, on_item)
        try:
            async with asyncio.timeout(self._patience.answer_seconds):
                return await question.answer
        except TimeoutError as error:
            msg = f"Asterisk did not answer {action}"
            raise BackendTimeout(msg) from error
        finally:
            del self._questions[action_id]

    async def _log_in(self) -> None:
        settings = self._settings
        challenge = await self._ask_alone("Challenge", [("AuthType", "MD5")])
        key = challenge_key(challenge.get("Challenge"), settings.password)
        login = [("AuthType", "MD5"), ("Username", settings.username), ("Key", key), ("Events", "call")]
        response = await self._ask_alone("Login", login)
        if not response.succeeded:
            raise LoginRefused(problems.login_refused(response.get("Message") or "without a reason"))

    async def _ask_alone(self, action: str, headers: Headers) -> Message:
        """Ask while nobody serves yet."""
        question = self._pose(action, headers, action, None)
        while not question.answer.done():
            await self._receive()
        del self._questions[action]
        return question.answer.result()

    def _pose(
        self, action: str, headers: Headers, action_id: str, on_item: Callable[[Message], None] | None
    ) -> _Question:
        self.send(action, [("ActionID", action_id), *headers])
        question = _Question(asyncio.get_running_loop().create_future(), on_item)
        self._questions[action_id] = question
        return question

    async def _receive(self) -> None:
        """Take what arrives next. Raises: BackendUnavailable when the connection has ended."""
        try:
            data = await self._reader.read(READ_BYTES)
        except OSError as error:
            raise BackendUnavailable(problems.lost(f"The connection to Asterisk broke: {_words(error)}")) from error
        if not data:
            raise BackendUnavailable(problems.lost("Asterisk closed the connection"))
        try:
            messages = self._decoder.receive_data(data)
        except ProtocolError as error:
            raise BackendUnavailable(problems.foreign(self._settings, str(error))) from error
        for message in messages:
            question = self._questions.get(message.get("ActionID"))
            if question is not None and (question.on_item is not None or not message.event):
                _answer(question, message)
            elif message.event:
                self._on_event(message)


def _words(error: OSError) -> str:
    """What went wrong, without asyncio's repetition of the address."""
    if error.errno is None or isinstance(error, socket.gaierror):
        return error.strerror or str(error)
    return os.strerror(error.errno)


def _answer(question: _Question, message: Message) -> None:
    if message.event and message.get("EventList") != "Complete":
        if question.on_item is not None:
            question.on_item(message)
    elif message.get("EventList") != "start" and not question.answer.done():
        question.answer.set_result(message)

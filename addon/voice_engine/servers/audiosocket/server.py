"""The visitor port and the resident port of the engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from types import TracebackType
from typing import Self

from voice_engine.core.errors import SettingsError
from voice_engine.core.events import Party
from voice_engine.core.settings import AudioSocketSettings
from voice_engine.servers.audiosocket.connection import Connection
from voice_engine.servers.audiosocket.metronome import Clock
from voice_engine.servers.audiosocket.reception import Reception
from voice_engine.voice.ports import LegAdmission, RefusalListener

_LOGGER = logging.getLogger(__name__)

STOP_SECONDS = 3.0
"""For all legs to close when the server stops: a little more than each has to answer our hang-up."""
SOCKET_BUFFER_BYTES = 64 * 1024
"""Four seconds of sound each way.

Asterisk drops a call whose frame its socket does not take at once, so there must be room here while this process is
held up. Sound of our own that a peer is later than this in taking would not be worth hearing.
"""


class AudioSocketServer:
    """Serves both ports while its context is open; used once."""

    def __init__(
        self,
        settings: AudioSocketSettings,
        transmission_delay_ms: float,
        admission: LegAdmission,
        on_refused: RefusalListener,
        *,
        clock: Clock | None = None,
    ) -> None:
        """``clock`` is the running event loop's unless told otherwise."""
        self._settings = settings
        self._reception = Reception(
            settings, transmission_delay_ms, admission, on_refused, clock or asyncio.get_running_loop()
        )
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        """Open both ports. Raises: SettingsError naming the one that cannot be opened."""
        try:
            await self._open(Party.VISITOR, self._settings.visitor_port)
            await self._open(Party.RESIDENT, self._settings.resident_port)
        except BaseException:  # also where the start is broken off
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Accept no more, hang up every leg, and close."""
        await self._close()

    @property
    def visitor_port(self) -> int:
        """The port that is really open, where the settings say 0."""
        return self._reception.ports[Party.VISITOR]

    @property
    def resident_port(self) -> int:
        """The port that is really open, where the settings say 0."""
        return self._reception.ports[Party.RESIDENT]

    def set_transmission_delay_ms(self, delay_ms: float) -> None:
        """Change the spacing of frames while a lead fills, for all legs there are and will be."""
        self._reception.set_transmission_delay_ms(delay_ms)

    async def _open(self, party: Party, port: int) -> None:
        try:
            server = await asyncio.get_running_loop().create_server(
                lambda: Connection(self._reception, party), self._settings.host, port, start_serving=False
            )
        except OSError as error:
            msg = f"cannot listen on {self._settings.host}, port {port}: {error.strerror or error}"
            key = f"audiosocket.{party}_port"
            raise SettingsError(key, msg) from error
        self._servers.append(server)
        for listener in server.sockets:
            # Accepted sockets inherit these; afterwards would be too late for the receive window.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        self._reception.ports[party] = server.sockets[0].getsockname()[1]
        await server.start_serving()
        _LOGGER.info("Waiting for %ss' legs on %s, port %d", party, self._settings.host, self._reception.ports[party])

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._reception.close()
        for server in self._servers:
            server.abort_clients()
            await server.wait_closed()

"""The port on which the engine speaks Wyoming, and who may connect to it."""

from __future__ import annotations

import asyncio
import logging
from asyncio import StreamReader, StreamWriter
from collections import OrderedDict
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from types import TracebackType
from typing import Self

from voice_engine.core.errors import ProtocolError, SettingsError
from voice_engine.core.settings_wyoming import WyomingSettings
from voice_engine.servers.awaited import NobodyWaits
from voice_engine.servers.wyoming.session import Services, Session

_LOGGER = logging.getLogger(__name__)

MOST_CLIENTS = 8
"""At once: a voice assistant takes one for as long as somebody speaks; with each some 2 MB of sound may be held."""
_CLOSING_SECONDS = 2.0
"""For what was sent last to be taken."""
_MOST_REMEMBERED = 64
"""Strangers that were told of in the log already."""
_LEFT = (OSError, EOFError, TimeoutError, NobodyWaits)


class WyomingServer:
    """An async context manager that serves while it is open. Used once."""

    def __init__(self, settings: WyomingSettings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._networks = [ip_network(network) for network in settings.allowed_networks]
        self._clients: set[asyncio.Task[None]] = set()
        self._strangers: OrderedDict[str, None] = OrderedDict()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        """Start listening. Raises: SettingsError when the address cannot be listened on."""
        host, port = self._settings.host, self._settings.port
        try:
            self._server = await asyncio.start_server(self._serve, host, port)
        except OSError as error:
            raise SettingsError("wyoming.port", f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        _LOGGER.info("Wyoming is served on %s:%s", host, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop: take no more clients, and break off what is under way."""
        self._server.close()
        for client in self._clients:
            client.cancel()
        if self._clients:
            await asyncio.wait(self._clients)
        self._server.abort_clients()
        await self._server.wait_closed()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one client; asyncio runs this in a task for each."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker: this is one
        if not self._welcome(writer):
            writer.transport.abort()
            return
        self._clients.add(task)
        try:
            await self._attend(reader, writer)
        finally:
            self._clients.discard(task)
            writer.transport.abort()

    async def _attend(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await Session(reader, writer, self._services).run()
        except _LEFT:
            return
        except (ProtocolError, ValueError) as error:  # ValueError: a line without an end
            _LOGGER.info("A client was cut off that does not speak Wyoming: %s", error)
            return
        except Exception:  # the top of a request
            _LOGGER.exception("A request over Wyoming failed")
            return
        writer.close()
        with suppress(*_LEFT):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await writer.wait_closed()

    def _welcome(self, writer: StreamWriter) -> bool:
        """Whether a machine may speak to us. False: it is cut off without a word."""
        peer = writer.get_extra_info("peername")
        if peer is None:  # gone already
            return False
        address = ip_address(peer[0].partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if not any(address in network for network in self._networks):
            self._tell_stranger(str(address))
            return False
        if len(self._clients) >= MOST_CLIENTS:
            _LOGGER.warning("A client was turned away: Wyoming serves %d already", MOST_CLIENTS)
            return False
        return True

    def _tell_stranger(self, address: str) -> None:
        """Once for each, of as many as are remembered."""
        if address not in self._strangers:
            _LOGGER.warning("Refused %s: it is in none of the networks of wyoming.allowed_networks", address)
        self._strangers[address] = None
        self._strangers.move_to_end(address)
        if len(self._strangers) > _MOST_REMEMBERED:
            self._strangers.popitem(last=False)

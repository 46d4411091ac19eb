"""One TCP connection of Asterisk: who is it, which leg does it bring, and may that leg come in."""

from __future__ import annotations

import asyncio
import logging
from typing import cast

from voice_engine.core.audio import FRAME_BYTES, SAMPLE_RATE
from voice_engine.core.audiosocket import Decoder, Kind, Message
from voice_engine.core.errors import ProtocolError
from voice_engine.core.events import Party
from voice_engine.servers.audiosocket.leg import SocketLeg
from voice_engine.servers.audiosocket.metronome import Timer
from voice_engine.servers.audiosocket.reception import Reception
from voice_engine.servers.audiosocket.refusals import IpAddress, peer_address

_LOGGER = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 2.0
"""From the connection until its UUID: Asterisk sends it in the same breath, and gives up after 2 s itself."""
_READ_BYTES = 8 * 1024
"""Half a second of sound at once; what else has arrived is read right after it."""
_MAX_UNSENT_BYTES = 8 * FRAME_BYTES
"""Sound the kernel would not take. Its own buffer holds seconds already: a peer this far behind is dead."""


class Connection(asyncio.BufferedProtocol):
    """Reads as fast as sound arrives and never waits for anybody."""

    def __init__(self, reception: Reception, party: Party) -> None:
        """``party`` is whose legs come to the port."""
        self._reception = reception
        self._party = party
        self._decoder = Decoder()
        self._bytes = bytearray(_READ_BYTES)
        self._view = memoryview(self._bytes)
        self._leg: SocketLeg | None = None
        self._handshake: Timer | None = None
        self._address: IpAddress
        self._transport: asyncio.Transport

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Turn away, or begin the hand-shake; asyncio has set TCP_NODELAY already."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(_MAX_UNSENT_BYTES)
        peer = transport.get_extra_info("peername")
        if peer is None:  # gone before it was accepted
            self._transport.abort()
            return
        self._address = peer_address(peer[0])
        if not self._reception.welcome(self._party, self._address):
            self._transport.abort()
            return
        clock = self._reception.clock
        self._handshake = clock.call_at(clock.time() + HANDSHAKE_SECONDS, self._give_up)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the event loop's signature
        """Where the next bytes go."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Take what arrived: nearly always one frame of a leg."""
        data = self._view[:nbytes]
        if self._leg is not None and (frame := self._decoder.lone_frame(data)) is not None:
            self._leg.receive_sound(frame, SAMPLE_RATE)
        else:
            self._decode(data)

    def pause_writing(self) -> None:
        """The kernel takes no more, and what waits for it is too much."""
        _LOGGER.warning("%s: the peer takes no more sound; the connection is closed", self._name)
        self._transport.abort()

    def eof_received(self) -> None:
        """Asterisk closed: the party hung up, and nothing is left to say to it."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Closed by either side, or broken: to a call it is all the same, the party hung up."""
        if exc is not None:
            _LOGGER.info("%s: the connection broke: %s", self._name, exc)
        if self._handshake is not None:
            self._handshake.cancel()
        if self._leg is not None:
            self._reception.let_out(self._leg)
            self._leg.connection_lost()

    def _decode(self, data: memoryview) -> None:
        try:
            for message in self._decoder.receive_data(data):
                if self._transport.is_closing():
                    return
                if self._leg is None:
                    self._shake_hands(message)
                else:
                    self._leg.receive(message)
        except ProtocolError as error:
            _LOGGER.warning("%s broke the AudioSocket protocol, its connection is closed: %s", self._name, error)
            self._transport.abort()

    @property
    def _name(self) -> str:
        return f"A connection from {self._address}" if self._leg is None else f"Leg {self._leg.leg_id}"

    def _shake_hands(self, message: Message) -> None:
        if message.kind != Kind.UUID:
            msg = f"the first message is of kind 0x{message.kind:02x}, not a UUID"
            raise ProtocolError(msg)
        if self._handshake is not None:
            self._handshake.cancel()
        self._leg = self._reception.bring_in(self._party, message.uuid, self._transport, self._address)
        if self._leg is None:
            self._transport.abort()

    def _give_up(self) -> None:
        _LOGGER.warning("%s brought no UUID within %g s; it is closed", self._name, HANDSHAKE_SECONDS)
        self._transport.abort()

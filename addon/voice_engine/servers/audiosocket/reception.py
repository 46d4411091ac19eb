"""Decides who comes in at the two ports, and knows the legs that did."""

from __future__ import annotations

import asyncio
import logging
from ipaddress import ip_network
from uuid import UUID

from voice_engine.core.events import Party
from voice_engine.core.settings import AudioSocketSettings
from voice_engine.servers.audiosocket.leg import SocketLeg
from voice_engine.servers.audiosocket.metronome import Clock, Metronome
from voice_engine.servers.audiosocket.refusals import IpAddress, RefusalBook
from voice_engine.voice.ports import LegAdmission, RefusalListener

_LOGGER = logging.getLogger(__name__)


class Reception:
    """Of one server; asked by its connections."""

    def __init__(
        self,
        settings: AudioSocketSettings,
        transmission_delay_ms: float,
        admission: LegAdmission,
        on_refused: RefusalListener,
        clock: Clock,
    ) -> None:
        self.clock = clock
        self.ports: dict[Party, int] = {}
        """The port of each party's legs, once it is open."""
        self._networks = [ip_network(network) for network in settings.allowed_networks]
        self._transmission_delay_ms = transmission_delay_ms
        self._admission = admission
        self._refusals = RefusalBook(on_refused, clock.time)
        self._metronome = Metronome(clock)
        self._legs: set[SocketLeg] = set()

    def set_transmission_delay_ms(self, delay_ms: float) -> None:
        """Change the spacing of frames while a lead fills, for all legs there are and will be."""
        self._transmission_delay_ms = delay_ms
        for leg in self._legs:
            leg.set_transmission_delay_ms(delay_ms)

    def welcome(self, party: Party, address: IpAddress) -> bool:
        """Whether a machine may introduce itself. False: it must be cut off without a word."""
        if any(address in network for network in self._networks):
            return True
        self._refusals.refuse_stranger(address, self.ports[party])
        return False

    def bring_in(
        self, party: Party, leg_id: UUID, transport: asyncio.Transport, address: IpAddress
    ) -> SocketLeg | None:
        """Let a leg in; a visitor's that was not admitted hangs up already. None: cut it off without a word."""
        leg = SocketLeg(leg_id, transport, self.clock, self._transmission_delay_ms)
        if party is Party.RESIDENT:
            if not self._admission.admit_resident(leg):
                self._refusals.refuse_leg(address, self.ports[party])
                return None
        elif not self._admission.admit_visitor(leg):
            # Asterisk, told to hang up, goes on in its dialplan, which may have another idea for the visitor.
            _LOGGER.info("Leg %s: not admitted", leg_id)
            leg.end()
        self._legs.add(leg)
        self._metronome.add(leg)
        return leg

    def let_out(self, leg: SocketLeg) -> None:
        """A leg's connection is gone."""
        self._legs.discard(leg)

    async def close(self) -> None:
        """Hang up all legs, at once, and wait until their connections are closed."""
        for leg in self._legs:
            leg.end()
        for leg in tuple(self._legs):
            await leg.wait_closed()

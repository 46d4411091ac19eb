"""The book of the machines that were turned away: told at once, logged now and then."""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from voice_engine.core.events import RefusedPeer
from voice_engine.core.problems import Problem, ProblemCode
from voice_engine.voice.ports import RefusalListener

_LOGGER = logging.getLogger(__name__)

LOG_EVERY_SECONDS = 60.0
"""A misconfigured Asterisk tries at every call and a scanner all the time: one line a minute for each is enough."""
MAX_REMEMBERED = 256
"""Peers whose refusals are counted; the one refused longest ago makes room."""

type IpAddress = IPv4Address | IPv6Address


def peer_address(host: str) -> IpAddress:
    """A socket's peer; an IPv4 peer of an IPv6 socket (``::ffff:192.0.2.1``) is told as IPv4."""
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@dataclass(slots=True)
class _Tally:
    count: int
    logged_at: float


class RefusalBook:
    """Counts refusals for each peer and port, tells of each one, and logs some."""

    def __init__(self, listener: RefusalListener, time: Callable[[], float]) -> None:
        self._listener = listener
        self._time = time
        self._tallies: OrderedDict[tuple[IpAddress, int], _Tally] = OrderedDict()

    def refuse_stranger(self, address: IpAddress, port: int) -> None:
        """A machine outside the allowed networks tried ``port``."""
        network = f"{address}/{address.max_prefixlen}"
        message = (
            f"{address} is in none of the networks of audiosocket.allowed_networks;"
            f" if it is your Asterisk, add {network} there"
        )
        parameters = {"address": str(address), "network": network}
        self._note(address, port, Problem(ProblemCode.FOREIGN_NETWORK, message, parameters))

    def refuse_leg(self, address: IpAddress, port: int) -> None:
        """A machine brought a leg to the residents' ``port`` that nobody waits for."""
        message = (
            "its UUID was not handed out by this engine, or is not awaited any more: the resident port takes only legs"
            " that the engine asked for; visitors' calls belong to audiosocket.visitor_port"
        )
        self._note(address, port, Problem(ProblemCode.UNKNOWN_LEG, message))

    def _note(self, address: IpAddress, port: int, reason: Problem) -> None:
        now = self._time()
        tally = self._tallies.setdefault((address, port), _Tally(count=0, logged_at=-math.inf))
        self._tallies.move_to_end((address, port))
        if len(self._tallies) > MAX_REMEMBERED:
            self._tallies.popitem(last=False)
        tally.count += 1
        if now - tally.logged_at >= LOG_EVERY_SECONDS:
            tally.logged_at = now
            _LOGGER.warning("Refused %s at port %d (%d times so far): %s", address, port, tally.count, reason)
        last_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._listener(RefusedPeer(str(address), port, reason, tally.count, last_at))

"""The local network: told by DNS-SD where the engine is, so that a Home Assistant elsewhere offers to connect to it."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ifaddr import get_adapters
from zeroconf import Error as ZeroconfError
from zeroconf import InterfaceChoice
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

_LOGGER = logging.getLogger(__name__)

SERVICE_TYPE = "_voice-processor._tcp.local."
"""Which the integration's manifest lists; RFC 6763 gives such a name 15 letters."""
API_PATH = "/api"

_LOOK_SECONDS = 30.0
"""Between looks at the machine's own addresses: a new lease is told well within the minutes in which it is missed."""
_REGISTER_SECONDS = 15.0
"""Three probes, a name that is taken and three more; and answers may be slow in coming on a busy Raspberry Pi."""
_LEAVE_SECONDS = 2.0
"""Three goodbyes an eighth of a second apart; a stop must not hang on a network that is gone."""
_NAME_LETTERS = 8
"""Of the identity in the name: enough to tell engines apart, and far from the 63 bytes that a label may have."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Who the engine is and where it listens."""

    instance_id: str
    version: str
    api_version: int
    min_api_version: int
    host: str
    """As the HTTP server was told: an address of this machine, or the one that stands for all."""
    port: int


async def announce(presence: Presence) -> None:
    """Tell the network where the engine is, anew whenever its addresses change, until cancelled.

    What goes wrong is logged once and tried again: the engine can be connected by hand meanwhile.
    """
    is_well = True
    while True:
        addresses = own_addresses(presence.host)
        try:
            if addresses:
                async with _announced(presence, addresses):
                    _LOGGER.info("The network is told of this engine at %s", ", ".join(addresses))
                    is_well = True
                    await _wait_for_others(presence.host, addresses)
                continue
            error: Exception | str = "this machine has no address that others reach"
        except (OSError, TimeoutError, ZeroconfError) as problem:
            error = problem
        if is_well:
            _LOGGER.warning("The network is not told of this engine: %s", error or "no answer in time")
        is_well = False
        await asyncio.sleep(_LOOK_SECONDS)


def own_addresses(host: str) -> list[str]:
    """Return the addresses at which others reach a server on ``host``; none where ``host`` is a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return []
    if not address.is_unspecified:
        return [host]
    found = {ipaddress.IPv4Address(own.ip) for card in get_adapters() for own in card.ips if own.is_IPv4}
    return [str(own) for own in sorted(found) if not own.is_loopback and not own.is_link_local]


async def _wait_for_others(host: str, addresses: list[str]) -> None:
    """Return when the machine has other addresses."""
    while own_addresses(host) == addresses:  # noqa: ASYNC110 - no event tells of it on every system
        await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def _announced(presence: Presence, addresses: list[str]) -> AsyncIterator[None]:
    """Announce the engine while the context is open, and take leave. Raises: OSError, TimeoutError, ZeroconfError."""
    everywhere = ipaddress.ip_address(presence.host).is_unspecified
    interfaces = InterfaceChoice.All if everywhere else [presence.host]
    responder = AsyncZeroconf(interfaces=interfaces)
    try:
        async with asyncio.timeout(_REGISTER_SECONDS):
            await (await responder.async_register_service(_described(presence, addresses)))
        yield
    finally:
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await responder.async_close()  # which says goodbye first
        except TimeoutError:
            _LOGGER.debug("The network was not told that this engine goes")


def _described(presence: Presence, addresses: list[str]) -> AsyncServiceInfo:
    short = presence.instance_id[:_NAME_LETTERS]
    return AsyncServiceInfo(
        SERVICE_TYPE,
        f"Voice Processor {short}.{SERVICE_TYPE}",
        port=presence.port,
        parsed_addresses=addresses,
        server=f"voice-processor-{short}.local.",
        properties={
            "instance_id": presence.instance_id,
            "version": presence.version,
            "api_version": str(presence.api_version),
            "min_api_version": str(presence.min_api_version),
            "path": API_PATH,
        },
    )

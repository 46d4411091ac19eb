"""The announcement, heard by another real responder on loopback."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from voice_engine.backends import zeroconf_announcer
from voice_engine.backends.zeroconf_announcer import SERVICE_TYPE, Presence, announce, own_addresses

LOOPBACK = "127.0.0.1"
PRESENCE = Presence(
    instance_id=uuid4().hex,  # other engines may be on this network, those of another run of these tests among them
    version="0.1.0",
    api_version=1,
    min_api_version=1,
    host=LOOPBACK,
    port=8099,
)
NAME = f"Voice Processor {PRESENCE.instance_id[:8]}.{SERVICE_TYPE}"
PATIENCE_SECONDS = 30


class Listener:
    """Somebody else on the network, who writes down what comes and goes."""

    def __init__(self) -> None:
        self.responder = AsyncZeroconf(interfaces=[LOOPBACK])
        self.told: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue()
        self._browser = AsyncServiceBrowser(self.responder.zeroconf, SERVICE_TYPE, handlers=[self._note])

    def _note(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if name == NAME:
            self.told.put_nowait((state_change, name))

    async def close(self) -> None:
        """Stop listening."""
        await self._browser.async_cancel()
        await self.responder.async_close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    try:
        listener = Listener()
    except OSError as error:
        pytest.skip(f"no multicast here: {error}")
    yield listener
    await listener.close()


async def test_another_machine_learns_where_the_engine_is_and_that_it_went(listener: Listener) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        announcing = group.create_task(announce(PRESENCE))
        change, name = await listener.told.get()
        assert (change, name) == (ServiceStateChange.Added, NAME)
        info = AsyncServiceInfo(SERVICE_TYPE, name)
        assert await info.async_request(listener.responder.zeroconf, 3000)
        assert (info.parsed_addresses(), info.port) == ([LOOPBACK], 8099)
        assert info.decoded_properties == {
            "instance_id": PRESENCE.instance_id,
            "version": "0.1.0",
            "api_version": "1",
            "min_api_version": "1",
            "path": "/api",
        }
        announcing.cancel()
        while (await listener.told.get())[0] is not ServiceStateChange.Removed:
            pass


async def test_an_engine_with_new_addresses_is_announced_anew(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's addresses are looked at again and again."""
    addresses = [LOOPBACK]
    monkeypatch.setattr(zeroconf_announcer, "own_addresses", lambda host: list(addresses))
    monkeypatch.setattr(zeroconf_announcer, "_LOOK_SECONDS", 0.01)
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        announcing = group.create_task(announce(PRESENCE))
        await listener.told.get()
        addresses.append("192.0.2.7")
        while True:
            _, name = await listener.told.get()
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            await info.async_request(listener.responder.zeroconf, 3000)
            if set(info.parsed_addresses()) == set(addresses):
                break
        announcing.cancel()


async def test_a_network_that_cannot_be_told_is_tried_again_and_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tried = asyncio.Queue[None]()

    def refuse(**_: object) -> None:
        tried.put_nowait(None)
        raise OSError("no such device")

    monkeypatch.setattr(zeroconf_announcer, "AsyncZeroconf", refuse)
    monkeypatch.setattr(zeroconf_announcer, "_LOOK_SECONDS", 0)
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        announcing = group.create_task(announce(PRESENCE))
        for _ in range(3):
            await tried.get()
        announcing.cancel()
    assert [record.getMessage() for record in caplog.records if record.name == zeroconf_announcer.__name__] == [
        "The network is not told of this engine: no such device"
    ]


def test_addresses_are_those_at_which_others_reach_it() -> None:
    assert own_addresses("192.0.2.7") == ["192.0.2.7"]
    assert own_addresses("localhost") == []
    for own in own_addresses("0.0.0.0"):
        address = ipaddress.ip_address(own)
        assert not address.is_loopback
        assert not address.is_link_local


def test_names_are_bounded() -> None:
    """Whatever the identity, a label has at most 63 bytes."""
    info = zeroconf_announcer._described(replace(PRESENCE, instance_id="x" * 200), [LOOPBACK])
    assert len(info.name.removesuffix(f".{SERVICE_TYPE}")) < 63
    assert info.server is not None
    assert len(info.server.removesuffix(".local.")) < 63

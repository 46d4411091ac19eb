"""Who comes in at the two ports, who does not, and how the server stops."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import uuid4

import pytest

from tests.engine.servers.audiosocket.asterisk import HANGUP, AsteriskEnd, FakeAdmission, FakeSink, ManualClock
from tests.engine.servers.audiosocket.conftest import SETTINGS, House
from voice_engine.core.audiosocket import encode_audio, encode_uuid
from voice_engine.core.errors import SettingsError
from voice_engine.core.events import RefusedPeer
from voice_engine.core.problems import ProblemCode
from voice_engine.servers.audiosocket import AudioSocketServer
from voice_engine.servers.audiosocket.connection import HANDSHAKE_SECONDS
from voice_engine.servers.audiosocket.leg import SocketLeg
from voice_engine.servers.audiosocket.refusals import LOG_EVERY_SECONDS, MAX_REMEMBERED, RefusalBook, peer_address
from voice_engine.servers.audiosocket.server import SOCKET_BUFFER_BYTES


async def test_a_machine_of_no_allowed_network_gets_nothing_and_is_reported() -> None:
    """At once, without a byte, with the setting that would admit it, and counted."""
    refused: list[RefusedPeer] = []
    settings = replace(SETTINGS, allowed_networks=("192.0.2.0/24", "2001:db8::/32"))
    async with AudioSocketServer(settings, 10, FakeAdmission(), refused.append, clock=ManualClock()) as server:
        for _ in range(2):
            end = await AsteriskEnd.connect(server.resident_port)
            assert await end.read_to_end() == b""
        end = await AsteriskEnd.connect(server.visitor_port)
        assert await end.read_to_end() == b""

        assert [(peer.address, peer.port, peer.count) for peer in refused] == [
            ("127.0.0.1", server.resident_port, 1),
            ("127.0.0.1", server.resident_port, 2),
            ("127.0.0.1", server.visitor_port, 1),
        ]
        assert "audiosocket.allowed_networks" in refused[0].reason.message
        assert "add 127.0.0.1/32" in refused[0].reason.message
        assert refused[0].reason.parameters == {"address": "127.0.0.1", "network": "127.0.0.1/32"}
        assert datetime.fromisoformat(refused[0].last_at).tzinfo is not None


async def test_a_resident_comes_in_once_and_only_when_awaited(house: House) -> None:
    """Whoever brings another UUID, or the same one again, gets nothing and is reported."""
    leg_id = uuid4()
    house.admission.awaited.add(leg_id)

    resident = await AsteriskEnd.call(house.server.resident_port, leg_id)
    await resident.read_frames(1)
    again = await AsteriskEnd.call(house.server.resident_port, leg_id)
    assert await again.read_to_end() == b""
    stranger = await AsteriskEnd.call(house.server.resident_port)
    assert await stranger.read_to_end() == b""

    assert [leg.leg_id for leg in house.admission.residents] == [leg_id]
    assert not house.admission.residents[0].closed
    assert [peer.count for peer in house.refused] == [1, 2]
    assert "UUID was not handed out" in house.refused[0].reason.message
    assert house.refused[0].reason.code is ProblemCode.UNKNOWN_LEG
    assert "audiosocket.visitor_port" in house.refused[0].reason.message


async def test_a_visitor_the_house_has_no_room_for_is_hung_up_politely(house: House) -> None:
    """So that Asterisk's dialplan goes on, and nobody is reported as an intruder."""
    house.admission.full = True

    end = await AsteriskEnd.call(house.server.visitor_port)

    assert await end.read_to_end() == HANGUP
    assert house.refused == []


@pytest.mark.parametrize("said", [b"", encode_uuid(uuid4())[:-1], b"GET / HTTP/1.1\r\n\r\n"])
async def test_who_does_not_introduce_itself_in_time_is_cut_off(house: House, said: bytes) -> None:
    """The hand-shake is bounded; it hears nothing either."""
    end = await AsteriskEnd.connect(house.server.visitor_port)
    end.write(said)
    _ = await house.visitor()  # by now the first connection was accepted

    house.clock.advance(HANDSHAKE_SECONDS - 0.01)
    assert not end.transport.is_closing()
    house.clock.advance(0.01)

    assert await end.read_to_end() == b""
    assert len(house.admission.visitors) == 1


async def test_a_leg_is_not_bound_by_the_hand_shake(house: House) -> None:
    """Once introduced, it may go on for long."""
    end, leg = await house.visitor()
    await house.pass_time(10 * HANDSHAKE_SECONDS)
    await end.read_frames(900)
    assert not leg.closed


async def test_a_leg_s_socket_sends_at_once_and_holds_seconds_of_sound(house: House) -> None:
    """Small frames never wait for more, and Asterisk's frames find room while this process is held up."""
    await house.visitor()
    leg = cast("SocketLeg", house.admission.visitors[0])
    options = leg._transport.get_extra_info("socket").getsockopt
    assert options(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert options(socket.SOL_SOCKET, socket.SO_RCVBUF) >= SOCKET_BUFFER_BYTES
    assert options(socket.SOL_SOCKET, socket.SO_SNDBUF) >= SOCKET_BUFFER_BYTES


@pytest.mark.parametrize("said", [encode_audio(bytes(320)), HANGUP, b"\x42\x00\x00"])
async def test_the_first_message_must_be_the_uuid(house: House, said: bytes) -> None:
    """Anything else is somebody else's protocol."""
    end = await AsteriskEnd.connect(house.server.visitor_port)
    end.write(said)
    assert await end.read_to_end() == b""
    assert house.admission.visitors == []


async def test_a_peer_that_leaves_during_the_hand_shake_is_forgotten(house: House) -> None:
    """Port scanners do; nothing is left behind and nobody is told."""
    end = await AsteriskEnd.connect(house.server.visitor_port)
    end.reset()
    _, leg = await house.visitor()
    house.clock.advance(HANDSHAKE_SECONDS)
    assert not leg.closed


async def test_stopping_hangs_up_every_leg_and_closes_the_ports() -> None:
    """Within bounds, also where a peer is silent, has not introduced itself, or is being spoken to."""
    admission = FakeAdmission()
    async with AudioSocketServer(SETTINGS, 10, admission, print, clock=ManualClock()) as server:
        polite = await AsteriskEnd.call(server.visitor_port)
        await polite.read_frames(1)
        playout = admission.visitors[0].play(bytes(320 * 500))
        sink = FakeSink()
        admission.visitors[0].listen(sink)
        silent = await AsteriskEnd.connect(server.resident_port)
        port = server.visitor_port

    assert sink.closings == 1
    assert await playout.finished() is False
    assert await silent.read_to_end() == b""
    with pytest.raises(OSError, match=r"refused|Connect"):
        await AsteriskEnd.connect(port)


async def test_a_port_in_use_names_its_setting(house: House) -> None:
    """And the other port is not left open."""
    settings = replace(SETTINGS, resident_port=house.server.visitor_port)
    with pytest.raises(SettingsError, match=r"cannot listen on 127\.0\.0\.1, port") as caught:
        async with AudioSocketServer(settings, 10, FakeAdmission(), print):
            pass
    assert caught.value.key == "audiosocket.resident_port"


@pytest.mark.parametrize(
    ("host", "address"),
    [("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::1"), ("::1", "::1")],
)
def test_an_ipv4_peer_is_one_whatever_the_socket_calls_it(host: str, address: str) -> None:
    """A dual-stack socket reports IPv4 peers as IPv6 addresses, which lie in no IPv4 network."""
    assert str(peer_address(host)) == address


def test_refusals_are_all_told_and_rarely_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A scanner cannot fill the disk, and a misconfigured Asterisk is still found."""
    clock = ManualClock()
    told: list[RefusedPeer] = []
    book = RefusalBook(told.append, clock.time)
    address = peer_address("192.0.2.7")

    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            book.refuse_stranger(address, 9092)
        clock.advance(LOG_EVERY_SECONDS)
        book.refuse_stranger(address, 9092)

    assert [peer.count for peer in told] == list(range(1, 102))
    assert [record.args[2] for record in caplog.records if isinstance(record.args, tuple)] == [1, 101]


def test_only_so_many_refused_machines_are_remembered() -> None:
    """The one refused longest ago makes room, and counts from one again."""
    told: list[RefusedPeer] = []
    book = RefusalBook(told.append, ManualClock().time)
    for number in range(MAX_REMEMBERED + 1):
        book.refuse_stranger(peer_address(f"10.0.{number // 256}.{number % 256}"), 9092)

    book.refuse_stranger(peer_address("10.0.0.0"), 9092)
    book.refuse_stranger(peer_address("10.0.1.0"), 9092)

    assert [peer.count for peer in told[-2:]] == [1, 2]

"""Logging in, staying logged in, and saying plainly why not."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from tests.engine.backends.asterisk_ami.conftest import QUICK_RETRIES, States, settings_for
from tests.engine.backends.asterisk_ami.scripted import ScriptedAsterisk
from voice_engine.backends.asterisk_ami import AsteriskManager
from voice_engine.backends.asterisk_ami.manager import Retries
from voice_engine.backends.asterisk_ami.session import Patience
from voice_engine.core.problems import ProblemCode
from voice_engine.core.settings import AsteriskSettings
from voice_engine.voice.ports import RingResult

NEVER = Retries(first_seconds=0.01, refused_seconds=3600)


async def test_the_password_does_not_travel(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """Login by challenge, for the events of calls only."""
    login = await asterisk.logins.get()
    assert manager.connected
    assert (login["AuthType"], login["Username"], login["Events"]) == ("MD5", "door", "call")
    assert "secret" not in str(login)


async def test_a_wrong_password_is_told_as_such_and_not_hammered(asterisk: ScriptedAsterisk, states: States) -> None:
    """Guards lock out who tries too often; nothing changes until somebody changes a setting."""
    async with AsteriskManager(settings_for(asterisk, "wrong"), states, retries=NEVER) as manager:
        connected, problem = await states.next()

        assert not connected
        assert "Authentication failed" in problem
        assert "asterisk.username" in problem
        assert "asterisk.password" in problem
        assert "wrong" not in problem
        assert states.last is not None
        assert (states.last.code, states.last.parameters) == (
            ProblemCode.LOGIN_REFUSED,
            {"detail": "Authentication failed"},
        )
        assert not manager.connected
    assert asterisk.logins.qsize() == 1


async def test_a_corrected_password_is_found_out(asterisk: ScriptedAsterisk, states: States) -> None:
    """The slow retry is a retry; the same problem is told once."""
    async with AsteriskManager(settings_for(asterisk, "later"), states, retries=QUICK_RETRIES):
        assert (await states.next())[0] is False
        for _ in range(3):
            await asterisk.logins.get()
        asterisk._password = "later"
        assert await states.next() == (True, "")


async def test_nobody_there_is_told_and_an_arrival_noticed(states: States) -> None:
    """The engine may start before Asterisk."""
    asterisk = ScriptedAsterisk()
    await asterisk.start()
    settings = settings_for(asterisk)
    await asterisk.stop()
    async with AsteriskManager(settings, states, retries=QUICK_RETRIES):
        connected, problem = await states.next()
        assert not connected
        assert f"does not answer at 127.0.0.1, port {asterisk.port}" in problem
        assert "Connection refused" in problem
        assert "asterisk.host" in problem
        assert states.last is not None
        assert states.last.code is ProblemCode.ASTERISK_UNREACHABLE

        await asterisk.start()
        assert await states.next() == (True, "")
    await asterisk.stop()


async def test_a_restart_of_asterisk_is_survived(
    asterisk: ScriptedAsterisk, manager: AsteriskManager, states: States
) -> None:
    """Disconnected is told, and connected again."""
    for _ in range(3):
        await asterisk.stop()
        assert (await states.next())[0] is False
        assert not manager.connected
        await asterisk.start()
        while not (await states.next())[0]:
            pass
        assert manager.connected


async def test_another_program_at_the_port_is_recognised(asterisk: ScriptedAsterisk, states: States) -> None:
    """A mistyped port."""
    asterisk.banner = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    async with AsteriskManager(settings_for(asterisk), states, retries=NEVER):
        assert "is not Asterisk's manager" in (await states.next())[1]
    assert states.last is not None
    assert (states.last.code, states.last.parameters) == (
        ProblemCode.NOT_ASTERISK,
        {"host": "127.0.0.1", "port": str(asterisk.port)},
    )


async def test_a_program_that_says_nothing_is_given_up(asterisk: ScriptedAsterisk, states: States) -> None:
    """Every wait is bounded."""
    asterisk.mute = True
    patience = Patience(connect_seconds=0.5)
    async with AsteriskManager(settings_for(asterisk), states, patience=patience, retries=NEVER):
        assert "does not answer like Asterisk" in (await states.next())[1]


async def test_a_silent_asterisk_is_asked_whether_it_lives(asterisk: ScriptedAsterisk, states: States) -> None:
    """As long as it answers, silence is fine; when it does not, the connection is dead."""
    patience = Patience(silence_seconds=0.3)
    async with AsteriskManager(settings_for(asterisk), states, patience=patience, retries=NEVER):
        assert await states.next() == (True, "")
        for _ in range(3):
            await asterisk.pings.get()
        assert states.queue.empty()

        asterisk.answers_pings = False
        connected, problem = await states.next()
        assert not connected
        assert "silent" in problem
        assert states.last is not None
        assert states.last.code is ProblemCode.CONNECTION_LOST


async def test_nonsense_from_asterisk_ends_the_connection_not_the_engine(
    asterisk: ScriptedAsterisk, manager: AsteriskManager, states: States
) -> None:
    """It logs in anew."""
    for writer in asterisk._writers:
        writer.write(b"out of step\r\n\r\n")
    assert "is not Asterisk's manager" in (await states.next())[1]
    assert await states.next() == (True, "")
    assert manager.connected


async def test_without_a_username_nothing_is_tried(asterisk: ScriptedAsterisk, states: States) -> None:
    """Not set up is not a failure: phones are unreachable, callers unknown, and nobody is bothered."""
    settings = replace(settings_for(asterisk), username="")
    async with AsteriskManager(settings, states) as manager:
        outcome = await manager.ring("PJSIP/501", uuid4(), 20.0, "Door")
        assert outcome.result is RingResult.UNREACHABLE
        assert await manager.caller(uuid4(), 1.0) is None
        assert not manager.connected
    assert asterisk.logins.empty()
    assert states.queue.empty()


async def test_leaving_ends_a_wait_for_the_next_attempt(states: States) -> None:
    """Stopping the engine does not wait for Asterisk."""
    settings = AsteriskSettings("127.0.0.1", 1, "door", "secret")
    async with AsteriskManager(settings, states, retries=Retries(first_seconds=3600, longest_seconds=3600)):
        assert (await states.next())[0] is False


async def test_what_goes_wrong_inside_the_context_comes_out(asterisk: ScriptedAsterisk, states: States) -> None:
    """The manager's own task group does not change whose error it is."""

    class Mistake(Exception):
        pass

    with pytest.raises(Mistake):
        async with AsteriskManager(settings_for(asterisk), states):
            raise Mistake

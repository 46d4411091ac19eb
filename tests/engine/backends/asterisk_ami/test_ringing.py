"""Phones that are taken, are not, or must stop ringing; and who it is that calls."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID, uuid4

import pytest

from tests.engine.backends.asterisk_ami.conftest import QUICK_RETRIES, States, settings_for
from tests.engine.backends.asterisk_ami.scripted import Action, ScriptedAsterisk
from voice_engine.backends.asterisk_ami import AsteriskManager
from voice_engine.backends.asterisk_ami.session import Patience
from voice_engine.voice.ports import RingOutcome, RingResult

LEG_ID = UUID("40325ec2-5efd-4bd3-805f-53576e581d13")


def rings(manager: AsteriskManager, caller_id: str = "Door") -> asyncio.Task[RingOutcome]:
    """A phone asked to ring for 20 s."""
    return asyncio.ensure_future(manager.ring("PJSIP/501", LEG_ID, 20.0, caller_id))


def has_channel(asterisk: ScriptedAsterisk, action: Action) -> None:
    asterisk.tell(Event="Newchannel", Channel="PJSIP/501-00000001", Uniqueid=action["ChannelId"])


def responds(asterisk: ScriptedAsterisk, action: Action, response: str, reason: int) -> None:
    asterisk.tell(
        Event="OriginateResponse",
        ActionID=action["ActionID"],
        Response=response,
        Channel=action["Channel"],
        Reason=str(reason),
        Uniqueid=action["ChannelId"],
    )


def hangs_up(asterisk: ScriptedAsterisk, action: Action, cause: int, text: str) -> None:
    asterisk.tell(Event="Hangup", Uniqueid=action["ChannelId"], Cause=str(cause), Cause_txt=text)


async def test_a_phone_that_is_taken(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """Asterisk is told all it needs to bring the sound to us; the hang-up later is nobody's ringing any more."""
    ringing = rings(manager, '"Front door" <100>')
    action = await asterisk.next_action("Originate")

    has_channel(asterisk, action)
    responds(asterisk, action, "Success", 4)

    assert (await ringing).result is RingResult.ANSWERED
    identifier = action["ActionID"]
    assert action == {
        "Action": "Originate",
        "ActionID": identifier,
        "Channel": "PJSIP/501",
        "Application": "AudioSocket",
        "Data": f"{LEG_ID},192.0.2.1:9093",
        "CallerID": '"Front door" <100>',
        "Timeout": "20000",
        "Async": "true",
        "ChannelId": identifier,
    }
    assert asterisk.actions.empty()


@pytest.mark.parametrize("cause_first", [True, False])
@pytest.mark.parametrize(
    ("reason", "cause", "text", "result"),
    [
        (3, 19, "User alerting, no answer", RingResult.NO_ANSWER),
        (3, 0, "Unknown", RingResult.NO_ANSWER),
        (1, 0, "Unknown", RingResult.NO_ANSWER),
        (0, 18, "No user responding", RingResult.NO_ANSWER),
        (0, 16, "Normal Clearing", RingResult.NO_ANSWER),
        (5, 0, "Unknown", RingResult.BUSY),
        (0, 17, "User busy", RingResult.BUSY),
        (3, 21, "Call Rejected", RingResult.DECLINED),
        (0, 21, "Call Rejected", RingResult.DECLINED),
        (0, 20, "Subscriber absent", RingResult.UNREACHABLE),
        (8, 34, "Circuit/channel congestion", RingResult.UNREACHABLE),
        (0, 0, "Unknown", RingResult.UNREACHABLE),
    ],
)
async def test_what_asterisk_tells_of_a_phone_that_was_not_taken(  # noqa: PLR0917 - a row of the table
    asterisk: ScriptedAsterisk,
    manager: AsteriskManager,
    reason: int,
    cause: int,
    text: str,
    result: RingResult,
    cause_first: bool,
) -> None:
    """Reason and cause come in either order, and together they make the result."""
    ringing = rings(manager)
    action = await asterisk.next_action("Originate")
    has_channel(asterisk, action)

    if cause_first:
        hangs_up(asterisk, action, cause, text)
        responds(asterisk, action, "Failure", reason)
    else:
        responds(asterisk, action, "Failure", reason)
        hangs_up(asterisk, action, cause, text)

    outcome = await ringing
    assert outcome.result is result
    assert f"{text} ({cause})" in outcome.cause
    assert asterisk.actions.empty()


async def test_a_phone_that_is_not_registered_gets_no_channel(
    asterisk: ScriptedAsterisk, manager: AsteriskManager
) -> None:
    """Then there is no hang-up to wait for."""
    ringing = rings(manager)
    responds(asterisk, await asterisk.next_action("Originate"), "Failure", 0)
    outcome = await ringing
    assert outcome.result is RingResult.UNREACHABLE
    assert "not registered" in outcome.cause


async def test_phones_rung_at_once_are_told_apart(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """Each answer finds its own question."""
    first, second = rings(manager), rings(manager)
    one, other = [await asterisk.next_action("Originate") for _ in range(2)]
    assert one["ChannelId"] != other["ChannelId"]

    responds(asterisk, other, "Failure", 5)
    responds(asterisk, one, "Success", 4)

    assert [(await first).result, (await second).result] == [RingResult.ANSWERED, RingResult.BUSY]


async def test_an_originate_that_is_refused_names_what_is_missing(
    asterisk: ScriptedAsterisk, manager: AsteriskManager, caplog: pytest.LogCaptureFixture
) -> None:
    """A manager account without the right to call."""
    asterisk.refusal = "Permission denied"
    outcome = await rings(manager)
    assert outcome == RingOutcome(RingResult.UNREACHABLE, "Asterisk refused: Permission denied")
    assert "write = originate,call" in caplog.text
    await asterisk.next_action("Originate")
    assert asterisk.actions.empty()


async def test_a_line_break_in_a_value_never_reaches_asterisk(
    asterisk: ScriptedAsterisk, manager: AsteriskManager
) -> None:
    """What a value could say beyond its line, Asterisk would do."""
    outcome = await rings(manager, "Door\r\nApplication: System")
    assert outcome.result is RingResult.UNREACHABLE
    assert "CallerID" in outcome.cause
    assert (await manager.caller(uuid4(), 1.0)) is None  # the connection still works
    assert all("System" not in str(action) for action in _drained(asterisk))


async def test_a_connection_lost_while_ringing_makes_the_phone_unreachable(
    asterisk: ScriptedAsterisk, manager: AsteriskManager, states: States
) -> None:
    """And when it is back, the phone that may still ring is hung up."""
    ringing = rings(manager)
    action = await asterisk.next_action("Originate")
    has_channel(asterisk, action)

    asterisk.drop()

    assert (await ringing).result is RingResult.UNREACHABLE
    assert (await states.next())[0] is False
    assert (await states.next())[0] is True
    assert (await asterisk.next_action("Hangup"))["Channel"] == action["ChannelId"]


async def test_a_connection_lost_before_asterisk_answered(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """The same, without waiting for a time-out."""
    asterisk.queues_at_once = False
    ringing = rings(manager)
    await asterisk.next_action("Originate")
    asterisk.drop()
    assert (await ringing).result is RingResult.UNREACHABLE


async def test_giving_up_hangs_the_phone_up(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """The visitor left, or the door was answered otherwise."""
    ringing = rings(manager)
    action = await asterisk.next_action("Originate")
    has_channel(asterisk, action)
    await manager.caller(uuid4(), 1.0)  # by now the channel's event has been taken

    ringing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await ringing
    assert (await asterisk.next_action("Hangup"))["Channel"] == action["ChannelId"]
    hangs_up(asterisk, action, 16, "Normal Clearing")
    responds(asterisk, action, "Failure", 0)
    await manager.caller(uuid4(), 1.0)
    assert asterisk.actions.empty()


@pytest.mark.parametrize("queued", [True, False])
@pytest.mark.parametrize("turn", ["channel", "answer"])
async def test_giving_up_before_there_is_a_channel(
    asterisk: ScriptedAsterisk, manager: AsteriskManager, queued: bool, turn: str
) -> None:
    """Asterisk makes it after it has said that it will; a hang-up before that finds nothing, so it is sent again."""
    asterisk.queues_at_once = queued
    ringing = rings(manager)
    action = await asterisk.next_action("Originate")

    ringing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ringing
    assert (await asterisk.next_action("Hangup"))["Channel"] == action["ChannelId"]
    if turn == "channel":
        has_channel(asterisk, action)
    else:
        responds(asterisk, action, "Success", 4)

    assert (await asterisk.next_action("Hangup"))["Channel"] == action["ChannelId"]


async def test_giving_up_in_the_moment_of_the_answer(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """Nobody will take that phone any more: it is hung up, too."""
    ringing = rings(manager)
    action = await asterisk.next_action("Originate")
    followed = manager._ringings[action["ChannelId"]]

    followed.settle(RingOutcome(RingResult.ANSWERED))
    ringing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await ringing
    assert (await asterisk.next_action("Hangup"))["Channel"] == action["ChannelId"]


async def test_an_asterisk_that_tells_nothing_is_not_waited_for(asterisk: ScriptedAsterisk, states: States) -> None:
    """A manager account that may not read events of calls; the phone is hung up all the same."""
    patience = Patience(ring_margin_seconds=0.01)
    async with AsteriskManager(settings_for(asterisk), states, patience=patience, retries=QUICK_RETRIES) as manager:
        await states.next()
        outcome = await manager.ring("PJSIP/501", LEG_ID, 0.01, "Door")
    assert outcome.result is RingResult.UNREACHABLE
    assert "read = call" in outcome.cause
    await asterisk.next_action("Originate")
    await asterisk.next_action("Hangup")


async def test_an_asterisk_that_does_not_even_respond(asterisk: ScriptedAsterisk, states: States) -> None:
    """Every action is bounded."""
    asterisk.queues_at_once = False
    patience = Patience(answer_seconds=0.01)
    async with AsteriskManager(settings_for(asterisk), states, patience=patience, retries=QUICK_RETRIES) as manager:
        await states.next()
        outcome = await manager.ring("PJSIP/501", LEG_ID, 20.0, "Door")
    assert outcome == RingOutcome(RingResult.UNREACHABLE, "Asterisk did not answer Originate")


async def test_the_end_of_an_answered_call_is_logged_with_its_cause(
    asterisk: ScriptedAsterisk, manager: AsteriskManager, caplog: pytest.LogCaptureFixture
) -> None:
    """By the leg's name, not by the phone's."""
    with caplog.at_level(logging.INFO):
        ringing = rings(manager)
        action = await asterisk.next_action("Originate")
        responds(asterisk, action, "Success", 4)
        await ringing
        hangs_up(asterisk, action, 16, "Normal Clearing")
        await manager.caller(uuid4(), 1.0)  # by now the event has been taken
    assert f"Leg {LEG_ID}: Asterisk hung the phone up: Normal Clearing (16)" in caplog.text
    assert "501" not in caplog.text
    assert manager._ringings == {}


# --- who calls --------------------------------------------------------------------------------------------------------


def channel(data: str, number: str) -> Action:
    return {"Application": "AudioSocket", "Data": data, "CallerIDNum": number}


async def test_the_caller_of_a_leg_is_known(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """Among all channels, the one that runs AudioSocket with the leg's UUID, in whatever case the dialplan wrote it."""
    asterisk.channels = [
        channel(f"{uuid4()},127.0.0.1:9092", "301"),
        channel(f"{str(LEG_ID).upper()},127.0.0.1:9092", "100"),
        {"Application": "Wait", "Data": "30", "CallerIDNum": "302"},
        {"CallerIDNum": "303"},
    ]
    assert await manager.caller(LEG_ID, 1.0) == "100"


@pytest.mark.parametrize("number", ["<unknown>", ""])
async def test_a_withheld_number_is_none(asterisk: ScriptedAsterisk, manager: AsteriskManager, number: str) -> None:
    asterisk.channels = [channel(f"{LEG_ID},127.0.0.1:9092", number)]
    assert await manager.caller(LEG_ID, 1.0) is None


async def test_a_leg_of_no_channel_has_no_caller(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    asterisk.channels = [channel(f"{uuid4()},127.0.0.1:9092", "301")]
    assert await manager.caller(LEG_ID, 1.0) is None


async def test_a_slow_asterisk_does_not_hold_the_call_up(asterisk: ScriptedAsterisk, manager: AsteriskManager) -> None:
    """The doorbell rings without a number then."""
    asterisk.lists_channels = False
    assert await manager.caller(LEG_ID, 0.01) is None


def _drained(asterisk: ScriptedAsterisk) -> list[Action]:
    return [asterisk.actions.get_nowait() for _ in range(asterisk.actions.qsize())]

"""The whole stage: puts its parts up side by side, joins them, and takes everything down again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.stage.asterisk import DECLINING_EXTENSION, Asterisk, AsteriskPorts
from dev.stage.engine import TOKEN, Engine, EnginePorts
from dev.stage.homeassistant import HomeAssistant
from dev.stage.manager import Account
from dev.stage.phone import Phone
from dev.stage.processes import Processes
from dev.stage.speech import Speech

STATIONS = ("1000", "1001", "1002")
"""Numbers of the phones at the doors."""
UNITS = {"501": "Daniel Carter", "302": "Alice Morgan"}
"""Unit, which is also its phone's number, and who lives there."""
NAMESAKES = {"501": "Anna Carter", "302": "Anna Morgan"}
"""Who lives there, too."""
EMPTY_UNIT = "904"
"""A unit whose phone nobody ever plugged in."""

DECLINING_UNIT = "808"
"""A unit whose phone declines every call."""
FAMILY_UNIT = "700"
"""A unit at which the phones of all others ring at once."""

type OnReady = Callable[[str, float], None]
"""Told that a part is ready and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything there is to play with."""

    folder: Path
    processes: Processes
    speech: Speech
    asterisk: Asterisk
    engine: Engine
    home_assistant: HomeAssistant
    phones: Mapping[str, Phone]
    """By number."""


@asynccontextmanager
async def put_up(
    folder: Path,
    logs: Path,
    settings: Mapping[str, Any],
    on_ready: OnReady = lambda _part, _seconds: None,
    *,
    discovers: bool = False,
) -> AsyncIterator[Stage]:
    """Put everything up in ``folder``, whose path must be short: baresip takes 127 characters of a file's.

    What each part writes goes to ``logs``, which is emptied first; ``settings`` go into the engine's file.
    ``discovers``: the engine announces itself in the network, and Home Assistant listens there.
    Raises: an ExceptionGroup of StageError and TimeoutError.
    """
    async with AsyncExitStack() as stack:
        processes = await stack.enter_async_context(Processes(logs))
        speech = Speech(folder / "speech")
        visitor, resident, engine_http, wyoming, sip, manager, home_assistant_http = processes.ports.take(7)
        accounts = [Account(number, f"phone-{number}") for number in (*STATIONS, *UNITS, EMPTY_UNIT)]
        asterisk = Asterisk(processes, folder / "asterisk", AsteriskPorts(sip, manager), accounts, visitor)
        engine = Engine(
            processes,
            folder / "engine",
            EnginePorts(visitor, resident, engine_http, wyoming),
            {**settings, "asterisk": _asterisk_settings(manager, resident), "units": _units()},
            announced=discovers,
        )
        home_assistant = HomeAssistant(processes, folder / "homeassistant", home_assistant_http, discovers=discovers)
        phones = {
            account.username: Phone(processes, folder / account.username, account, sip, speech.silence())
            for account in accounts
            if account.username != EMPTY_UNIT
        }
        for phone in phones.values():
            stack.push_async_callback(phone.close)

        async def telephones() -> None:
            await _timed("Asterisk", asterisk.start(), on_ready)
            await _timed("SIP phones", asyncio.gather(*(phone.start() for phone in phones.values())), on_ready)

        async with asyncio.TaskGroup() as group:
            group.create_task(telephones())
            group.create_task(_timed("Voice engine", engine.start(), on_ready))
            group.create_task(_timed("Home Assistant", stack.enter_async_context(home_assistant), on_ready))
        await _timed("Integration", home_assistant.add_integration("127.0.0.1", engine_http, TOKEN), on_ready)
        yield Stage(folder, processes, speech, asterisk, engine, home_assistant, phones)


async def _timed(part: str, work: Awaitable[Any], on_ready: OnReady) -> None:
    started = time.monotonic()
    await work
    on_ready(part, time.monotonic() - started)


def _asterisk_settings(manager_port: int, resident_port: int) -> dict[str, Any]:
    account = Asterisk.engine_account
    return {
        "host": "127.0.0.1",
        "port": manager_port,
        "username": account.username,
        "password": account.password,
        "engine_address": f"127.0.0.1:{resident_port}",
    }


def _units() -> list[dict[str, Any]]:
    homes = {**UNITS, EMPTY_UNIT: "Peter Baker"}
    units = [
        {"unit": unit, "residents": [resident, *filter(None, [NAMESAKES.get(unit)])], "phones": [f"PJSIP/{unit}"]}
        for unit, resident in homes.items()
    ]
    family = {"unit": FAMILY_UNIT, "phones": [f"PJSIP/{unit}" for unit in homes], "ring": "at_once"}
    declining = {"unit": DECLINING_UNIT, "phones": [f"Local/{DECLINING_EXTENSION}@house"]}
    return [*units, family, declining]

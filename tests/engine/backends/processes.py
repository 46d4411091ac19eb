"""Waiting for processes to end, whoever's children they are."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 60.0
"""A cold disk makes a program's first start take twenty."""


async def gone(pid: int) -> None:
    """Wait until the process has ended, whoever's child it is."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(process, ended.set)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(process)
        os.close(process)


def children() -> dict[int, str]:
    """Our child processes that are not waited for yet, zombies among them, by their command's name."""
    found: dict[int, str] = {}
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended has none
            for pid in (thread / "children").read_text().split():
                found[int(pid)] = Path(f"/proc/{pid}/comm").read_text().strip()
    return found

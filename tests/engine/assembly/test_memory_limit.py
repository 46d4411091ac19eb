"""The engine's memory for speech in a control group that has less: alert, shrinking, and no kill."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.assembly import memory_filler

LIMIT_BYTES = 256 * 1024 * 1024
PATIENCE_SECONDS = 120.0


@pytest.fixture
def control_group() -> Iterator[Path]:
    """A group of our own with a limit, in either version; where none may be made there is nothing to test."""
    groups = {
        controllers: path
        for _, controllers, path in (line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines())
    }
    v1 = Path("/sys/fs/cgroup/memory") / groups.get("memory", "/").lstrip("/")
    v2 = Path("/sys/fs/cgroup") / groups.get("", "/").lstrip("/")
    for parent, limit in ((v1, "memory.limit_in_bytes"), (v2, "memory.max")):
        group = parent / f"voice-engine-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / limit).write_text(str(LIMIT_BYTES))
        except OSError:
            group.rmdir()
            continue
        yield group
        group.rmdir()
        return
    pytest.skip("no control group with a limit of memory can be made here")


async def test_more_speech_than_memory_shrinks_the_cache_and_kills_nobody(control_group: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        memory_filler.__name__,
        str(control_group / "cgroup.procs"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, "it was killed"
    told = json.loads(output)
    assert told["limit"] == LIMIT_BYTES
    assert "warning" in told["alerts"]
    assert told["freed"] > LIMIT_BYTES / 4
    assert told["memory"] < 0.9
    assert told["entries"] > 0

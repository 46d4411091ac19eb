"""The command that checks a running engine, against the engine as it is put together and against a broken one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.engine.servers.serving import TOKEN, Behind, serving
from tests.engine.test_app import running

COMMAND = Path(__file__).parents[2] / "script/validate"


async def validate(url: str, token: str) -> tuple[int | None, dict[str, str]]:
    """Exit status, and result by check."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, COMMAND, url, "--token", token, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    lines = [line for line in output.decode().splitlines() if line.startswith(("pass", "FAIL", "skip"))]
    return process.returncode, {line[6:].partition(":")[0]: line[:4] for line in lines}


async def test_the_engine_passes(tmp_path: Path) -> None:
    """What is not set up here is skipped."""
    async with running(tmp_path, None) as settings:
        token = json.loads((tmp_path / "identity.json").read_text())["token"]
        status, results = await validate(f"http://127.0.0.1:{settings.http.port}", token)
    assert (status, results) == (
        0,
        {
            "recordings": "pass",
            "warm language model": "skip",
            "settings remembered": "skip",
            "verdicts remembered": "pass",
            "requests bounded": "pass",
        },
    )


async def test_what_does_not_work_fails() -> None:
    """Here: more requests at once than there should be, a cache that is missing, and a wrong token."""
    behind = Behind()
    behind.slots.limit = 99
    async with serving(behind) as served:
        status, results = await validate(served.url, TOKEN)
        refused, _ = await validate(served.url, "another-token-altogether")
    assert (status, refused) == (1, 1)
    assert (results["requests bounded"], results["recordings"]) == ("FAIL", "pass")

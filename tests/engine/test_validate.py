"""The command that checks a running engine, against the engine as it is put together and against a broken one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engine.fakes import FakeLanguageModel
from tests.engine.servers.serving import TOKEN, Behind, serving
from tests.engine.test_app import running
from voice_engine.core.cache import CacheStatistics
from voice_engine.voice.caches import CacheName, ManagedCache
from voice_engine.voice.ports import LanguageTask

COMMAND = Path(__file__).parents[2] / "script/validate"


class ModelThatTires(FakeLanguageModel):
    """Each answer takes so much longer than the one before."""

    def __init__(self, slower_seconds: float) -> None:
        super().__init__(0.0)
        self._slower_seconds = slower_seconds

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """As any, but later."""
        answer = await super().answer(task)
        self.delay_seconds += self._slower_seconds
        return answer


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


def remembered(hits: int, misses: int) -> ManagedCache:
    """A cache of settings that has done so well."""

    async def clear() -> CacheStatistics:
        return CacheStatistics()

    return ManagedCache(lambda: CacheStatistics(entries=1, hits=hits, misses=misses), clear)


@pytest.mark.parametrize(
    ("slower_seconds", "hits", "results"),
    [
        (0.0, 99, {"warm language model": "pass", "settings remembered": "pass"}),
        (0.5, 5, {"warm language model": "FAIL", "settings remembered": "FAIL"}),
    ],
)
async def test_what_is_set_up_is_measured(slower_seconds: float, hits: int, results: dict[str, str]) -> None:
    """A model that is slower when it is warm, and a cache that forgets, are found out."""
    model = ModelThatTires(slower_seconds)
    async with serving(Behind(model=model)) as served:
        served.caches.add(CacheName.SETTINGS, remembered(hits, misses=11))
        _, told = await validate(served.url, TOKEN)
    assert {name: told[name] for name in results} == results
    assert len(model.asked) >= 2


async def test_what_does_not_work_fails() -> None:
    """Here: more requests at once than there should be, a cache that is missing, and a wrong token."""
    behind = Behind()
    behind.slots.limit = 99
    async with serving(behind) as served:
        status, results = await validate(served.url, TOKEN)
        refused, _ = await validate(served.url, "another-token-altogether")
    assert (status, refused) == (1, 1)
    assert (results["requests bounded"], results["recordings"]) == ("FAIL", "pass")

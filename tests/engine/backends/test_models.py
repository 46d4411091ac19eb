"""Downloads from a hub that behaves in many ways."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from voice_engine.backends.models import MODELS, Model, ModelProgress, ModelState, ModelStore
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendRateLimited,
    BackendRefused,
    BackendUnavailable,
)

CONTENT = os.urandom(3_000_000)
MODEL = Model("tiny", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
FILE, PART = "ggml-tiny.bin", "ggml-tiny.bin.part"


class Usage(NamedTuple):
    """Of a disk."""

    total: int
    used: int
    free: int


def size_of(path: Path) -> int:
    """Zero where there is no such file."""
    return path.stat().st_size if path.exists() else 0


def names_in(folder: Path) -> list[str]:
    """Of all files."""
    return [path.name for path in folder.iterdir()]


async def holds(path: Path, size: int) -> None:
    """Wait until a file is that long."""
    while size_of(path) != size:  # noqa: ASYNC110 - no event tells of a file
        await asyncio.sleep(0.01)


class Hub:
    """A server of one file."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.etag = '"one"'
        self.ranges = True
        self.cuts: list[int] = []
        """After so many bytes have arrived each answer is broken off; then they are whole."""
        self.part = Path()
        """Where they arrive."""
        self.statuses: list[int] = []
        """Answered first."""
        self.headers: dict[str, str] = {}
        """Of those."""
        self.asked: list[str | None] = []
        """The ranges."""
        self.held = asyncio.Event()
        self.held.set()
        """While clear, the second half of an answer waits."""
        self.half_sent = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer as told."""
        self.asked.append(request.headers.get("Range"))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), headers=self.headers)
        content, response = self.content, web.StreamResponse(headers={"ETag": self.etag})
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if self.ranges and wanted and request.headers.get("If-Range", self.etag) == self.etag:
            start = int(wanted[1])
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content = content[start:]
        response.content_length = len(content)
        await response.prepare(request)
        if self.cuts:
            sent = content[: self.cuts.pop(0)]
            await response.write(sent)
            await holds(self.part, len(self.content) - len(content) + len(sent))
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(content[: len(content) // 2])
        self.half_sent.set()
        await self.held.wait()
        await response.write(content[len(content) // 2 :])
        return response


class Told(list[ModelProgress]):
    """All progress."""

    @property
    def states(self) -> list[ModelState]:
        """Without repetitions."""
        states = [progress.state for progress in self]
        return [state for number, state in enumerate(states) if number == 0 or state is not states[number - 1]]


@asynccontextmanager
async def store_of(hub: Hub, directory: Path) -> AsyncIterator[tuple[ModelStore, Told]]:
    """A store that downloads from ``hub``, and what it tells."""
    app, told = web.Application(), Told()
    app.router.add_get(f"/{FILE}", hub.serve)
    server = TestServer(app)
    await server.start_server()
    try:
        yield (
            ModelStore(
                directory,
                base_url=str(server.make_url("/")),
                on_progress=told.append,
                retry_after_seconds=(0, 0),
                models={"tiny": MODEL},
            ),
            told,
        )
    finally:
        await server.close()


async def test_it_is_downloaded_once_and_then_there(tmp_path: Path) -> None:
    hub = Hub()
    async with store_of(hub, tmp_path / "models") as (store, told):
        assert store.present() == ()
        path = await store.fetch("tiny")
        assert await store.fetch("tiny") == path == store.path("tiny")
        assert store.present() == ("tiny",)
    assert path.read_bytes() == CONTENT
    assert names_in(path.parent) == [FILE]
    assert hub.asked == [None]
    assert told.states == [ModelState.DOWNLOADING, ModelState.VERIFYING, ModelState.PRESENT]
    assert told[-1] == ModelProgress("tiny", ModelState.PRESENT, len(CONTENT), len(CONTENT))


async def test_without_a_network_what_is_there_is_enough(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(CONTENT)
    store = ModelStore(tmp_path, base_url="http://127.0.0.1:1", models={"tiny": MODEL})
    assert await store.fetch("tiny") == tmp_path / FILE


async def test_cut_in_the_middle_it_goes_on_from_there(tmp_path: Path) -> None:
    """As often as it takes, while each time brings something."""
    hub = Hub()
    hub.cuts, hub.part = [500_000] * 4, tmp_path / PART
    async with store_of(hub, tmp_path) as (store, _):
        assert (await store.fetch("tiny")).read_bytes() == CONTENT
    assert hub.asked == [None, *(f"bytes={cut * 500_000}-" for cut in range(1, 5))]


async def test_after_a_restart_it_goes_on_from_there(tmp_path: Path) -> None:
    (tmp_path / PART).write_bytes(CONTENT[:1000])
    hub = Hub()
    async with store_of(hub, tmp_path) as (store, _):
        assert (await store.fetch("tiny")).read_bytes() == CONTENT
    assert hub.asked == ["bytes=1000-"]


async def test_another_version_is_fetched_from_the_start(tmp_path: Path) -> None:
    (tmp_path / PART).write_bytes(b"older")
    (tmp_path / f"{PART}.etag").write_text('"zero"')
    hub = Hub()
    async with store_of(hub, tmp_path) as (store, _):
        assert (await store.fetch("tiny")).read_bytes() == CONTENT
    assert hub.asked == ["bytes=5-"]
    assert names_in(tmp_path) == [FILE]


async def test_a_hub_that_knows_no_ranges_sends_all_again(tmp_path: Path) -> None:
    (tmp_path / PART).write_bytes(CONTENT[:1000])
    hub = Hub()
    hub.ranges = False
    async with store_of(hub, tmp_path) as (store, _):
        assert (await store.fetch("tiny")).read_bytes() == CONTENT


@pytest.mark.parametrize("rubbish", [b"x" * 1000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 1)])
async def test_a_damaged_beginning_is_fetched_again(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / PART).write_bytes(rubbish)
    async with store_of(Hub(), tmp_path) as (store, _):
        assert (await store.fetch("tiny")).read_bytes() == CONTENT


async def test_a_damaged_model_is_fetched_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).write_bytes(b"x" * len(CONTENT))
    async with store_of(Hub(), tmp_path) as (store, _):
        assert (await store.fetch("tiny")).read_bytes() == CONTENT
    assert "ggml-tiny.bin is damaged" in caplog.text


async def test_a_wrong_checksum_is_told_and_nothing_kept(tmp_path: Path) -> None:
    hub = Hub()
    hub.content = b"x" * len(CONTENT)
    async with store_of(hub, tmp_path) as (store, told):
        with pytest.raises(BackendGarbled, match="its checksum is another"):
            await store.fetch("tiny")
    assert names_in(tmp_path) == []
    assert told[-1].state is ModelState.FAILED
    assert "its checksum is another" in (told[-1].problem or "")


@pytest.mark.parametrize("size", [10, len(CONTENT) + 10])
async def test_another_file_is_not_even_downloaded(tmp_path: Path, size: int) -> None:
    hub = Hub()
    hub.content = b"x" * size
    async with store_of(hub, tmp_path) as (store, _):
        with pytest.raises(BackendMisused, match="it is another file"):
            await store.fetch("tiny")


@pytest.mark.parametrize(
    ("status", "error", "times"),
    [(404, BackendMisused, 1), (401, BackendRefused, 1), (500, BackendOverloaded, 3), (429, BackendRateLimited, 3)],
)
async def test_what_can_pass_is_tried_again(tmp_path: Path, status: int, error: type[BackendError], times: int) -> None:
    hub = Hub()
    hub.statuses = [status] * 3
    async with store_of(hub, tmp_path) as (store, _):
        with pytest.raises(error, match=str(status)):
            await store.fetch("tiny")
        assert len(hub.asked) == times


async def test_a_hub_that_says_when_to_come_back_is_obeyed(tmp_path: Path) -> None:
    hub = Hub()
    hub.statuses, hub.headers = [429], {"Retry-After": "1"}
    async with store_of(hub, tmp_path) as (store, _):
        began = asyncio.get_running_loop().time()
        await store.fetch("tiny")
        assert asyncio.get_running_loop().time() - began >= 1.0
    assert len(hub.asked) == 2


async def test_a_hub_that_wants_to_be_left_alone_for_long_is_not_waited_for(tmp_path: Path) -> None:
    hub = Hub()
    hub.statuses, hub.headers = [429] * 3, {"Retry-After": "3600"}
    async with store_of(hub, tmp_path) as (store, _):
        with pytest.raises(BackendRateLimited, match="429") as told:
            await store.fetch("tiny")
    assert told.value.retry_after_seconds == 3600.0
    assert len(hub.asked) == 1


async def test_a_hub_that_is_away_is_told(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, base_url="http://127.0.0.1:1", retry_after_seconds=(), models={"tiny": MODEL})
    with pytest.raises(BackendUnavailable, match="cannot be reached"):
        await store.fetch("tiny")


async def test_two_callers_share_a_download(tmp_path: Path) -> None:
    hub = Hub()
    async with store_of(hub, tmp_path) as (store, _), asyncio.TaskGroup() as tasks:
        paths = [tasks.create_task(store.fetch("tiny")) for _ in range(2)]
    assert paths[0].result() == paths[1].result()
    assert hub.asked == [None]


async def test_cancelled_it_keeps_what_has_arrived(tmp_path: Path) -> None:
    """And who also waits carries on."""
    hub = Hub()
    hub.held.clear()
    async with store_of(hub, tmp_path) as (store, _):
        first, second = (asyncio.ensure_future(store.fetch("tiny")) for _ in range(2))
        await hub.half_sent.wait()
        await holds(tmp_path / PART, len(CONTENT) // 2)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        hub.held.set()
        assert (await second).read_bytes() == CONTENT
    assert hub.asked == [None, f"bytes={len(CONTENT) // 2}-"]


async def test_a_full_disk_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9 - 150_000_000, 150_000_000))
    hub = Hub()
    async with store_of(hub, tmp_path) as (store, _):
        with pytest.raises(BackendError, match=r"needs 3 MB more, and 200 MB .* has 150 MB\. Free some space"):
            await store.fetch("tiny")
    assert hub.asked == []


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with store_of(Hub(), tmp_path / "file" / "models") as (store, _):
        with pytest.raises(BackendError, match="cannot be used for models"):
            await store.fetch("tiny")


async def test_progress_is_told_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never faster than its interval allows."""
    async with store_of(Hub(), tmp_path) as (store, told):
        monkeypatch.setattr("voice_engine.backends.models.store._TOLD_EVERY_SECONDS", 10**9)
        await store.fetch("tiny")
        few = [progress.done_bytes for progress in told]
        store.path("tiny").unlink()
        monkeypatch.setattr("voice_engine.backends.models.store._TOLD_EVERY_SECONDS", 0)
        await store.fetch("tiny")
        many = [progress.done_bytes for progress in told][len(few) :]
    assert len(many) > len(few)
    assert many == sorted(many)


async def test_a_model_nobody_knows_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BackendMisused, match="no model 'huge', only tiny, tiny-q5_1"):
        await ModelStore(tmp_path).fetch("huge")


def test_the_registry_is_plausible() -> None:
    assert len({model.sha256 for model in MODELS.values()}) == len(MODELS)
    for name, model in MODELS.items():
        assert re.fullmatch(r"[0-9a-f]{64}", model.sha256)
        assert model.file_name == f"ggml-{name}.bin"
        # Rounded numbers make a smaller file.
        assert model.size_bytes <= MODELS[name.split("-")[0]].size_bytes

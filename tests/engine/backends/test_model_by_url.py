"""Models known by their URL alone, from a hub that behaves in many ways."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.engine.backends.test_models import CONTENT, Hub, Told, names_in
from voice_engine.backends.models import ModelAtUrl, ModelState
from voice_engine.core.errors import BackendGarbled, BackendMisused, BackendOverloaded, BackendUnavailable

SHA256 = hashlib.sha256(CONTENT).hexdigest()


@asynccontextmanager
async def offered(hub: Hub, sha256: str = SHA256) -> AsyncIterator[ModelAtUrl]:
    """A model at the hub, which sends on to another address, as hubs do."""

    async def send_on(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/store/1f3e")

    app = web.Application()
    app.router.add_get("/owner/tiny.gguf", send_on)
    app.router.add_get("/store/1f3e", hub.serve)
    async with TestServer(app) as server:
        yield ModelAtUrl(str(server.make_url("/owner/tiny.gguf")), sha256)


async def test_it_is_fetched_verified_and_told(tmp_path: Path) -> None:
    told = Told()
    async with offered(Hub()) as model:
        assert await model.fetch(tmp_path, told.append) == tmp_path / "tiny.gguf"
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT
    assert told.states == [ModelState.DOWNLOADING, ModelState.VERIFYING, ModelState.PRESENT]
    assert {(progress.name, progress.total_bytes) for progress in told} == {("tiny.gguf", len(CONTENT))}


async def test_once_there_no_network_is_needed(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    model = ModelAtUrl("http://127.0.0.1:1/owner/tiny.gguf", SHA256)
    assert await model.fetch(tmp_path, Told().append) == tmp_path / "tiny.gguf"


@pytest.mark.parametrize("there", [b"another file", CONTENT[:-1] + b"?"])
async def test_another_file_in_its_place_is_replaced(there: bytes, tmp_path: Path) -> None:
    """A damaged one, or that of an older setting."""
    (tmp_path / "tiny.gguf").write_bytes(there)
    async with offered(Hub()) as model:
        await model.fetch(tmp_path, Told().append)
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT


async def test_what_has_arrived_is_not_fetched_again(tmp_path: Path) -> None:
    """Even over a restart."""
    hub = Hub()
    (tmp_path / "tiny.gguf.part").write_bytes(CONTENT[:1_000_000])
    (tmp_path / "tiny.gguf.part.etag").write_text(hub.etag)
    async with offered(hub) as model:
        await model.fetch(tmp_path, Told().append)
    assert hub.asked == [None, "bytes=1000000-"]
    assert names_in(tmp_path) == ["tiny.gguf"]


async def test_another_checksum_is_refused_and_nothing_kept(tmp_path: Path) -> None:
    async with offered(Hub(), "0" * 64) as model:
        with pytest.raises(BackendGarbled, match="its checksum is another"):
            await model.fetch(tmp_path, Told().append)
    assert [name for name in names_in(tmp_path) if name.endswith(".gguf")] == []


@pytest.mark.parametrize(("status", "error"), [(404, BackendMisused), (503, BackendOverloaded)])
async def test_what_cannot_be_had_is_told(status: int, error: type[Exception], tmp_path: Path) -> None:
    hub = Hub()
    hub.statuses = [status]
    async with offered(hub) as model:
        with pytest.raises(error, match=f"status {status}"):
            await model.fetch(tmp_path, Told().append)


async def test_a_hub_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match="cannot be reached"):
        await ModelAtUrl("http://127.0.0.1:1/tiny.gguf", SHA256).fetch(tmp_path, Told().append)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/tiny.gguf",
        "http:///tiny.gguf",
        "https://me:secret@host/tiny.gguf",
        "https://host/tiny.gguf?download=true",
        "https://host/tiny.gguf#main",
        "https://host/tiny.bin",
        "https://host/",
        "https://host/..gguf",
        "https://host/a%2fb.gguf",
        "http://[::1/tiny.gguf",
    ],
)
def test_what_names_no_model_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|Invalid"):
        ModelAtUrl(url, SHA256)

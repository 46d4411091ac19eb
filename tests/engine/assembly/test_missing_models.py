"""A model that cannot be had is told as what it is, whatever went wrong on the way."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from voice_engine.assembly import local_backends
from voice_engine.assembly.local_backends import Models
from voice_engine.backends.models import ModelStore
from voice_engine.core.errors import BackendError, BackendRateLimited, BackendWithoutModel


@pytest.mark.parametrize(("status", "told"), [(404, BackendWithoutModel), (429, BackendRateLimited)])
async def test_a_hub_that_does_not_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, told: type[BackendError]
) -> None:
    """One that asks for patience is told apart: nothing is to be mended."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "1000"})

    application = web.Application()
    application.router.add_get("/{file}", refuse)
    async with TestServer(application) as hub:
        store = partial(ModelStore, base_url=str(hub.make_url("/")))
        monkeypatch.setattr(local_backends, "ModelStore", store)
        with pytest.raises(told) as failure:
            await Models(tmp_path, lambda: None).whisper_file("tiny")
    assert type(failure.value) is told

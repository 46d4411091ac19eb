"""Requests nobody thought of, made from the contract: whatever comes, the answer is one the contract knows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.engine.fakes import FakeSynthesizer
from tests.engine.servers.contract import assert_conforms, contract
from tests.engine.servers.serving import AUTHORIZATION, Behind, serving
from voice_engine.core.transcript import Language

EXAMPLES = 12
"""Of each operation; all together take some twenty seconds."""
ANYWHERE = {"400", "404", "405", "413", "401"}
"""What the contract says in its description of any path."""
ANSWER_SECONDS = 30
WEBSOCKET = "/api/events"


@schemathesis.serializer("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/pcm")
def sound(context: Any, value: Any) -> bytes:
    """Bytes as they are; anything else as its text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


SCHEMA = schemathesis.openapi.from_dict(contract())
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for result in SCHEMA.get_all_operations()
    if (operation := result.ok()).path != WEBSOCKET
}


class Hum(FakeSynthesizer):
    """Says the same whatever it is to say: the other fake can spell only what fits into a sample."""

    async def synthesize(self, text: str, language: Language) -> bytes:
        """A tenth of a second."""
        return b"\x00\x10" * 800


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the real server is, in a thread of its own: requests are made by a client that blocks."""
    started = threading.Event()
    stop: asyncio.Event
    loop: asyncio.AbstractEventLoop
    address = ""

    async def serve() -> None:
        nonlocal address, stop, loop
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        async with serving(Behind(synthesizer=Hum(delay_seconds=0.0))) as served:
            address = served.url
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(ANSWER_SECONDS)
    yield address
    loop.call_soon_threadsafe(stop.set)
    thread.join(ANSWER_SECONDS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_gets_an_answer_of_the_contract(name: str, url: str) -> None:
    operation = OPERATIONS[name]

    @seed(20261120)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        response = case.call(base_url=url, headers=AUTHORIZATION, timeout=ANSWER_SECONDS)
        status = str(response.status_code)
        assert status in {*operation.definition.raw["responses"], *ANYWHERE}, response.text
        if response.status_code >= 400:
            assert_conforms(response.json(), "Error")
        else:
            case.validate_response(response, checks=(response_schema_conformance,))

    ask()

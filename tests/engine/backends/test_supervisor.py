"""The announcement and the app's options, to a Supervisor played by a real server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from tests.engine.backends.supervisor_server import NOT_LISTED, NOT_READY, SupervisorServer
from tests.engine.ports import free_ports
from voice_engine.backends.supervisor import Announcement, Supervisor
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendTimeout,
    BackendUnavailable,
    SettingsError,
    VoiceEngineError,
)

TOKEN = "the-supervisor-s-token"
ANNOUNCEMENT = Announcement(host="local-voice-processor", port=8099, token="the-engine-s-token", instance_id="6f1d1a5c")

type Reply = Callable[[], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class FakeSupervisor:
    """Answers like the Supervisor's API: the replies in turn, the last again and again."""

    replies: list[Reply]
    requests: list[tuple[str, str | None, Any]] = field(default_factory=list)
    """Path, authorization and body of what came."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once something came."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take a request."""
        body = await request.json() if request.can_read_body else None
        self.requests.append((request.path, request.headers.get("Authorization"), body))
        self.asked.set()
        return await (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])()

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Listen; gives the base URL."""
        app = web.Application()
        app.router.add_post("/discovery", self.handle)
        app.router.add_get("/addons/self/info", self.handle)
        app.router.add_post("/addons/self/options", self.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def takes() -> web.StreamResponse:
    return web.json_response({"result": "ok", "data": {"uuid": "9d8b"}})


async def _refuses() -> web.StreamResponse:
    return web.json_response({"result": "error", "message": NOT_LISTED}, status=403)


async def _forbids() -> web.StreamResponse:
    return web.Response(text="403: Forbidden", status=403)


async def _fails() -> web.StreamResponse:
    return web.Response(status=502)


async def _sends_elsewhere() -> web.StreamResponse:
    raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/")


async def _never_answers() -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


def _supervisor(base_url: str, attempts: int = 4, request_seconds: float = 5) -> Supervisor:
    return Supervisor(TOKEN, base_url, retry_after_seconds=(0,) * (attempts - 1), request_seconds=request_seconds)


async def test_engine_is_announced_as_the_integration_expects_it() -> None:
    fake = FakeSupervisor([takes])
    async with fake.serving() as base_url:
        assert await _supervisor(base_url).announce(ANNOUNCEMENT) is True
    config = {"host": "local-voice-processor", "port": 8099, "token": "the-engine-s-token", "instance_id": "6f1d1a5c"}
    assert fake.requests == [("/discovery", f"Bearer {TOKEN}", {"service": "voice_processor", "config": config})]


async def test_voice_assistants_are_told_where_the_engine_speaks_wyoming() -> None:
    """As Home Assistant's own integration for that protocol reads it."""
    fake = FakeSupervisor([takes])
    async with fake.serving() as base_url:
        assert await _supervisor(base_url).announce_wyoming("local-voice-processor", 10310) is True
    message = {"service": "wyoming", "config": {"uri": "tcp://local-voice-processor:10310"}}
    assert fake.requests == [("/discovery", f"Bearer {TOKEN}", message)]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (_refuses, "refused with status 403: Apps must list services they provide via discovery in their config!"),
        (_forbids, "refused with status 403: 403: Forbidden"),
        (_sends_elsewhere, "refused with status 307"),
    ],
)
async def test_refusal_is_logged_and_not_repeated(reply: Reply, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """The same question would get the same answer."""
    fake = FakeSupervisor([reply])
    async with fake.serving() as base_url:
        assert await _supervisor(base_url).announce(ANNOUNCEMENT) is False
    assert len(fake.requests) == 1
    assert reason in caplog.text


async def test_failing_supervisor_is_asked_again() -> None:
    fake = FakeSupervisor([_fails, _fails, takes])
    async with fake.serving() as base_url:
        assert await _supervisor(base_url).announce(ANNOUNCEMENT) is True
    assert len(fake.requests) == 3


async def test_supervisor_that_never_answers_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """Every request has its time, and there are only so many."""
    fake = FakeSupervisor([_never_answers])
    async with fake.serving() as base_url:
        assert await _supervisor(base_url, attempts=2, request_seconds=1).announce(ANNOUNCEMENT) is False
    assert len(fake.requests) == 2
    assert "did not answer within 1 s" in caplog.text


async def test_slow_supervisor_is_asked_again() -> None:
    fake = FakeSupervisor([_never_answers, takes])
    async with fake.serving() as base_url:
        assert await _supervisor(base_url, request_seconds=0.5).announce(ANNOUNCEMENT) is True


async def test_supervisor_that_is_down_at_first_is_told_once_it_is_up(caplog: pytest.LogCaptureFixture) -> None:
    """The app may be started while the Supervisor restarts."""
    caplog.set_level(logging.INFO)
    (port,) = free_ports(1)
    fake = FakeSupervisor([takes])
    supervisor = Supervisor(TOKEN, f"http://127.0.0.1:{port}", retry_after_seconds=(0.01,) * 500)
    async with asyncio.TaskGroup() as tasks:
        announcing = tasks.create_task(supervisor.announce(ANNOUNCEMENT))
        async with asyncio.timeout(60):
            while "cannot be reached" not in caplog.text:  # noqa: ASYNC110 - the log is all that tells
                await asyncio.sleep(0)
        async with fake.serving(port):
            assert await announcing is True
    assert len(fake.requests) == 1


async def test_supervisor_that_stays_away_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    assert await _supervisor(f"http://127.0.0.1:{free_ports(1)[0]}").announce(ANNOUNCEMENT) is False
    assert caplog.records[-1].levelno == logging.WARNING
    assert "cannot be reached" in caplog.records[-1].getMessage()


async def test_secrets_stay_out_of_the_log_and_of_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in (takes, _refuses, _fails):
        async with FakeSupervisor([reply]).serving() as base_url:
            await _supervisor(base_url).announce(ANNOUNCEMENT)
    assert TOKEN not in caplog.text
    assert ANNOUNCEMENT.token not in caplog.text + repr(ANNOUNCEMENT)


async def test_announcing_can_be_cancelled() -> None:
    """Stopping the engine does not wait for the Supervisor."""
    async with FakeSupervisor([_never_answers]).serving() as base_url:
        announcing = asyncio.ensure_future(_supervisor(base_url).announce(ANNOUNCEMENT))
        await asyncio.sleep(0)
        announcing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await announcing


# --- the app's options

OPTIONS = {"language": "en", "door": {"name": "João's gate"}, "units": [{"unit": "0501"}]}


def _answers(body: object, status: int = 200) -> Reply:
    async def reply() -> web.StreamResponse:
        return web.json_response(body, status=status)

    return reply


async def _talks_on() -> web.StreamResponse:
    return web.Response(body=b" " * (5 * 1024 * 1024))


async def test_options_are_read_and_written_as_they_are() -> None:
    """Under the keys the Supervisor has for them, with its token."""
    info = {"result": "ok", "data": {"slug": "voice_processor", "options": OPTIONS, "long_description": "x" * 2**20}}
    fake = FakeSupervisor([_answers(info), _answers({"result": "ok", "data": {}})])
    async with fake.serving() as base_url:
        supervisor = _supervisor(base_url)
        assert await supervisor.read() == OPTIONS
        await supervisor.write(OPTIONS)
    bearer = f"Bearer {TOKEN}"
    assert fake.requests == [
        ("/addons/self/info", bearer, None),
        ("/addons/self/options", bearer, {"options": OPTIONS}),
    ]


@pytest.mark.parametrize(
    ("reply", "error", "told"),
    [
        (_forbids, BackendError, "refused with status 403: 403: Forbidden"),
        (_fails, BackendUnavailable, "failed with status 502"),
        (_never_answers, BackendTimeout, "did not answer within 0.2 s"),
        (_sends_elsewhere, BackendError, "refused with status 307"),
        (_talks_on, BackendGarbled, "does not end"),
        (_answers({"result": "ok", "data": {}}), BackendGarbled, "has no options"),
        (_answers({"result": "ok", "data": None}), BackendGarbled, "has no options"),
        (_answers({"result": "ok", "data": {"options": []}}), BackendGarbled, "are not an object"),
    ],
)
async def test_options_that_cannot_be_read_are_told(reply: Reply, error: type[BackendError], told: str) -> None:
    """Never taken for none: written back, those would be lost."""
    async with FakeSupervisor([reply]).serving() as base_url:
        with pytest.raises(error, match=told):
            await _supervisor(base_url, request_seconds=0.2 if reply is _never_answers else 30).read()


@pytest.mark.parametrize(
    ("reply", "error", "told"),
    [
        (_forbids, BackendError, "refused with status 403"),
        (_fails, BackendUnavailable, "failed with status 502"),
        (_never_answers, BackendTimeout, "did not answer"),
    ],
)
async def test_options_that_are_not_taken_are_told(reply: Reply, error: type[VoiceEngineError], told: str) -> None:
    fake = FakeSupervisor([reply])
    async with fake.serving() as base_url:
        with pytest.raises(error, match=told):
            await _supervisor(base_url, request_seconds=1 if reply is _never_answers else 30).write(OPTIONS)
    assert len(fake.requests) == 1, "what may have been written is not written again unasked"


# --- the Supervisor as it is

NAMES = "Daniel Souza"
SECRET = "the-manager-s-secret"
FULL = {"language": "en", "door": {"name": "Gate"}, "units": [{"unit": "0501", "residents": [NAMES]}], "secret": SECRET}


def _installed(**more: Any) -> SupervisorServer:
    defaults = {"language": "pt-BR", "door": {"name": "Front door", "ring_attempts": 2}, "units": [], "secret": ""}
    return SupervisorServer(TOKEN, defaults, **more)


async def test_written_options_count_at_the_next_start() -> None:
    """What is left out of a section is as ``config.yaml`` has it."""
    server = _installed()
    server.start_app()
    async with server.serving() as base_url:
        supervisor = _supervisor(base_url)
        assert await supervisor.announce(ANNOUNCEMENT) is True
        assert await supervisor.read() == server.defaults
        await supervisor.write(FULL)
        written = {**FULL, "door": {"name": "Gate", "ring_attempts": 2}}
        assert await supervisor.read() == written
    assert server.running == server.defaults
    server.start_app()
    assert server.running == written


async def test_a_refusal_repeats_none_of_the_options() -> None:
    """The Supervisor's own message shows them."""
    server = _installed()
    async with server.serving() as base_url:
        with pytest.raises(SettingsError) as refused:
            await _supervisor(base_url).write({key: value for key, value in FULL.items() if key != "door"})
    told = str(refused.value)
    assert "does not take these options: App local_voice_processor has invalid options: Missing option 'door'" in told
    assert NAMES not in told
    assert SECRET not in told
    assert server.stored == {}


async def test_a_supervisor_that_starts_is_away_and_not_against_us(caplog: pytest.LogCaptureFixture) -> None:
    """It answers like one that refuses; options are not wrong for that, and the engine is announced later."""
    caplog.set_level(logging.INFO)
    server = _installed(ready=False)
    async with server.serving() as base_url:
        for asked in (_supervisor(base_url).read(), _supervisor(base_url).write(FULL)):
            with pytest.raises(BackendUnavailable, match="is starting"):
                await asked
        async with asyncio.TaskGroup() as tasks:
            announcing = tasks.create_task(
                Supervisor(TOKEN, base_url, retry_after_seconds=(0.01,) * 2000).announce(ANNOUNCEMENT)
            )
            async with asyncio.timeout(60):
                while "again in" not in caplog.text:  # noqa: ASYNC110 - the log is all that tells
                    await asyncio.sleep(0.01)
            server.ready = True
            assert await announcing is True
    assert [message["service"] for message in server.announced] == ["voice_processor"]
    assert NOT_READY not in caplog.text


async def test_another_token_is_refused() -> None:
    async with _installed().serving() as base_url:
        with pytest.raises(BackendError, match="refused with status 403: 403: Forbidden"):
            await Supervisor("another", base_url).read()

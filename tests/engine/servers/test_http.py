"""The HTTP server against the wire contract, over real sockets."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import pytest
import yaml

from tests.engine.servers.contract import assert_conforms, contract
from tests.engine.servers.serving import INGRESS_PEER, TOKEN, Served, call_event, serving
from voice_engine.core.errors import SettingsError
from voice_engine.core.events import CallEventKind
from voice_engine.core.settings import HttpSettings
from voice_engine.servers.http import PAGE_FILES, HttpServer
from voice_engine.servers.state import EngineState

API_PATHS = [path for path, methods in contract()["paths"].items() if "get" in methods]
NEEDS_TOKEN = [path for path in API_PATHS if path != "/api/health"]


async def _error_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    assert response.content_type == "application/json"
    body: dict[str, Any] = await response.json()
    assert_conforms(body, "Error")
    return body


async def _exchange(served: Served, request: bytes) -> bytes:
    """Send raw bytes and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
    async with asyncio.timeout(60):
        writer.write(request)
        answer = await reader.read()
    writer.close()
    return answer


def _examples() -> list[tuple[str, Any]]:
    """Every example of the contract with the name of its schema."""
    schemas = contract()["components"]["schemas"]
    found = [(name, example) for name, schema in schemas.items() for example in schema.get("examples", [])]
    operations = [operation for path in contract()["paths"].values() for operation in path.values()]
    answers = [
        *contract()["components"]["responses"].values(),
        *(answer for operation in operations for answer in operation["responses"].values()),
    ]
    bodies = [operation["requestBody"] for operation in operations if "content" in operation.get("requestBody", {})]
    for answer in [*answers, *bodies]:
        media = answer.get("content", {}).get("application/json", {})
        examples = media.get("examples", {}).values()
        found += [(media["schema"]["$ref"].rpartition("/")[2], example["value"]) for example in examples]
    return found


def test_contract_is_valid_openapi() -> None:
    """The document keeps the rules of OpenAPI 3.1."""
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(contract())


@pytest.mark.parametrize(("schema", "example"), _examples())
def test_examples_of_the_contract_conform(schema: str, example: object) -> None:
    """The integration's fake engine answers with them."""
    assert_conforms(example, schema)


async def test_routes_are_the_paths_of_the_contract() -> None:
    """Both ways, with their methods; the page is none of the contract's business."""
    async with serving() as served:
        routes = {(route.path, route.method.lower()) for route in served.server.routes()}
    stated = {(path, method) for path, methods in contract()["paths"].items() for method in methods}
    assert routes - {(path, "get") for path in PAGE_FILES} == stated


async def test_health_needs_no_token() -> None:
    """Docker's health check has none."""
    async with serving() as served, aiohttp.ClientSession(served.url) as stranger:
        response = await stranger.get("/api/health")
        assert response.status == 200
        body = await response.json()
    assert_conforms(body, "Health")
    assert body["version"] == "0.1.0"


async def test_status_is_the_snapshot() -> None:
    """What the state holds, as the contract spells it."""
    async with serving() as served:
        served.state.on_call_event(call_event(CallEventKind.RANG))
        body = await (await served.client.get("/api/status")).json()
    assert_conforms(body, "Status")
    assert body == served.state.snapshot()


async def test_contract_is_served() -> None:
    """Clients can read what they talk to."""
    async with serving() as served:
        response = await served.client.get("/api/openapi.yaml")
        assert response.content_type == "application/yaml"
        assert yaml.safe_load(await response.text()) == contract()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \udcff"},
        {"Sec-WebSocket-Protocol": f"voice-processor, bearer.{TOKEN}x"},
    ],
)
@pytest.mark.parametrize("path", [*NEEDS_TOKEN, "/api/unknown", "/unknown"])
async def test_nothing_is_told_without_the_token(path: str, headers: dict[str, str]) -> None:
    """Not even which paths there are."""
    lines = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *map(": ".join, headers.items()), "", ""]
    async with serving() as served:
        answer = await _exchange(served, "\r\n".join(lines).encode(errors="surrogateescape"))
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b'"code": "unauthorized"' in answer


async def test_subprotocol_token_counts_for_the_websocket_only() -> None:
    """Elsewhere a browser can send the header."""
    headers = {"Sec-WebSocket-Protocol": f"voice-processor, bearer.{TOKEN}"}
    async with serving() as served, aiohttp.ClientSession(served.url, headers=headers) as browser:
        response = await browser.get("/api/status")
        assert response.status == 401


async def test_ingress_needs_no_token() -> None:
    """The Supervisor let the user in already."""
    async with serving() as served, _from_address(served, INGRESS_PEER) as supervisor:
        response = await supervisor.get("/api/status", headers={"X-Ingress-Path": "/api/hassio_ingress/abc"})
        assert response.status == 200
        response = await supervisor.get("/api/status")
        assert response.status == 401


async def test_ingress_header_from_elsewhere_opens_nothing() -> None:
    """Nor does the Supervisor's address in a header that proxies use."""
    headers = {"X-Ingress-Path": "/api/hassio_ingress/abc", "X-Forwarded-For": INGRESS_PEER, "X-Real-IP": INGRESS_PEER}
    async with serving() as served, _from_address(served, "127.0.0.1") as neighbour:
        response = await neighbour.get("/api/status", headers=headers)
        assert response.status == 401


def _from_address(served: Served, address: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(served.url, connector=aiohttp.TCPConnector(local_addr=(address, 0)))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/unknown", 404, "not_found"),
        ("GET", "/page/../../etc/passwd", 404, "not_found"),
        ("GET", "/api/status/", 404, "not_found"),
        ("POST", "/api/status", 405, "method_not_allowed"),
        ("DELETE", "/", 405, "method_not_allowed"),
        ("GET", "/api/events", 400, "bad_request"),
    ],
)
async def test_wrong_requests_are_refused_in_the_contract_s_words(
    method: str, path: str, status: int, code: str
) -> None:
    """Every error is {code, message}."""
    async with serving() as served:
        response = await served.client.request(method, path)
        assert response.status == status
        assert (await _error_of(response))["code"] == code
        if status == 405:
            assert response.headers["Allow"] == "GET"


async def test_long_body_is_refused() -> None:
    """Nobody fills the memory, with or without a path that takes bodies."""
    async with serving() as served:
        response = await served.client.get("/api/status", data=b"x" * 100_000)
        assert response.status == 413
        assert (await _error_of(response))["code"] == "payload_too_large"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"hello there\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nContent-Length: nonsense\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 500 + b"\r\n",
    ],
    ids=["tls", "chatter", "long header", "length", "many headers"],
)
async def test_malformed_requests_are_refused_in_the_contract_s_words(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not HTTP gets an error of ours all the same, and is no error in our log."""
    async with serving() as served:
        answer = await _exchange(served, request_bytes)
    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.splitlines()[0]
    assert b'"code": "bad_request"' in answer
    assert b"aiohttp" not in answer.lower()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_expectation_nobody_meets_is_refused_in_the_contract_s_words() -> None:
    """The library answers these before any handler is asked."""
    request = b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: wonders\r\n\r\n"
    async with serving() as served:
        answer = await _exchange(served, request)
    assert b'"code": "bad_request"' in answer


async def test_failure_is_logged_once_and_told_without_detail(caplog: pytest.LogCaptureFixture) -> None:
    """The client learns that it is our fault, the log learns why."""

    class BrokenState(EngineState):
        def snapshot(self) -> dict[str, Any]:
            raise RuntimeError("the secret detail")

    async with serving() as served:
        served.state.__class__ = BrokenState
        response = await served.client.get("/api/status")
        assert response.status == 500
        body = await _error_of(response)
    assert body["code"] == "internal_error"
    assert "detail" not in body["message"]
    (record,) = (record for record in caplog.records if record.levelno >= logging.ERROR)
    assert "the secret detail" in caplog.text
    assert record.name == "voice_engine.servers.http"


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/words.js", "/icon.svg", "/icon-dark.svg"])
async def test_page_is_open_and_harmless(path: str) -> None:
    """Anyone may read the page: it knows nothing until the API tells it."""
    async with serving() as served, aiohttp.ClientSession(served.url) as stranger:
        response = await stranger.get(path)
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert TOKEN not in await response.text()


async def test_page_refers_to_nothing_beyond_its_folder() -> None:
    """It works below any ingress path, and without the internet."""
    async with serving() as served:
        for path in ("/", "/page.css", "/page.js", "/words.js"):
            text = await (await served.client.get(path)).text()
            assert "http://" not in text.replace("http://www.w3.org/", "")
            assert "https://" not in text
            for absolute in ('="/', "url(/", 'from "/', '("/'):
                assert absolute not in text


async def test_answers_tell_no_versions_and_invite_no_other_site() -> None:
    """Neither banner nor cross-origin permission, whatever the answer."""
    async with serving() as served:
        for path in ("/", "/api/health", "/api/unknown"):
            response = await served.client.get(path, headers={"Origin": "http://evil.example"})
            assert response.headers["Server"] == "voice-engine"
            assert "Access-Control-Allow-Origin" not in response.headers
            assert response.headers["Cache-Control"] == "no-store"


async def test_port_in_use_is_told_by_its_setting() -> None:
    """The operator learns which key to change."""
    async with serving() as served:
        settings = HttpSettings(host="127.0.0.1", port=served.server.port)
        second = HttpServer(
            settings, TOKEN, served.state, desk=served.desk, archive=served.archive, caches=served.caches
        )
        with pytest.raises(SettingsError) as caught:
            await second.__aenter__()
    assert caught.value.key == "http.port"


async def test_host_that_is_not_ours_is_told_by_its_setting() -> None:
    """As when the address was copied from another machine."""
    async with serving() as served:
        settings = HttpSettings(host="192.0.2.1", port=0)
        elsewhere = HttpServer(
            settings, TOKEN, served.state, desk=served.desk, archive=served.archive, caches=served.caches
        )
        with pytest.raises(SettingsError) as caught:
            await elsewhere.__aenter__()
    assert caught.value.key == "http.host"


async def test_server_without_token_is_refused() -> None:
    """An empty token would let in everyone who sends none."""
    async with serving() as served:
        with pytest.raises(ValueError, match="token"):
            HttpServer(HttpSettings(), "", served.state, desk=served.desk, archive=served.archive, caches=served.caches)


async def test_idle_connections_do_not_hold_up_the_end() -> None:
    """The server is left at once though a client keeps its connection."""
    async with serving() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
        writer.write(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"}")
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()

"""The one place that sends requests."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp
import pytest

from tests.engine.backends.cloud import KEY, says, serving
from voice_engine.backends.web import Endpoint, WebService, retry_after_seconds
from voice_engine.core.errors import BackendRefused, BackendUnavailable, SettingsError

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        (" 3 ", 3.0),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90.0),
        ("Fri, 20 Nov 2026 11:59:00 GMT", 0.0),
        ("Fri, 20 Nov 2026 09:01:00 -0300", 60.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("7s", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_seconds({"Retry-After": value}, NOW) == seconds


def test_retry_after_is_not_always_told() -> None:
    assert retry_after_seconds({}, NOW) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.groq.com",
        "ftp://api.groq.com",
        "http://",
        "http://host:port",
        "http://[::1",
        "http://host:70000/",
        "https://api.groq.com/v1?key=1",
        "http://host/#here",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="the address of groq"):
        Endpoint("groq", address)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        Endpoint("groq", f"https://me:{KEY}@host/v1")
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"{KEY}\r\nX-Other: 1", f"{KEY}é", f"{KEY}\0"])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(SettingsError, match="the key of groq") as refused:
        Endpoint("groq", "https://host/v1", key)
    assert KEY not in str(refused.value)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Endpoint("groq", "https://host/v1", KEY))


@pytest.mark.parametrize("base_url", ["http://host/v1", "http://host/v1/"])
def test_paths_are_appended(base_url: str) -> None:
    assert Endpoint("x", base_url).url("/models") == "http://host/v1/models"


async def test_nobody_there() -> None:
    async with aiohttp.ClientSession() as session:
        web = WebService(session, Endpoint("the-service", "http://127.0.0.1:1/v1"), {})
        with pytest.raises(BackendUnavailable, match="the-service cannot be reached"):
            await web.read_json("GET", "/models", 5.0)


async def test_no_such_host() -> None:
    async with aiohttp.ClientSession() as session:
        web = WebService(session, Endpoint("the-service", "http://nowhere.invalid/v1"), {})
        with pytest.raises(BackendUnavailable, match="the-service"):
            await web.read_json("GET", "/models", 5.0)


async def test_without_a_key_none_is_sent() -> None:
    async with serving(says({})) as cloud:
        endpoint = Endpoint("x", cloud.base_url)
        await WebService(cloud.session, endpoint, endpoint.bearer).probe("GET", "/models")
    assert "Authorization" not in cloud.asked[0].headers


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "bad key"}}, "bad key"),
        ({"error": "bad key"}, "bad key"),
        ({"message": "bad  key\n"}, "bad key"),
        ({"detail": "bad key"}, "bad key"),
        ({"error": {"message": f"{KEY} is bad"}}, "*** is bad"),
        (
            {"detail": [{"msg": "too long", "input": "Daniel Souza"}, {"msg": "no such voice"}]},
            "too long; no such voice",
        ),
    ],
)
async def test_the_reason_is_told(body: object, reason: str) -> None:
    async with serving(says(body, 401)) as cloud:
        with pytest.raises(BackendRefused) as refused:
            await WebService(cloud.session, cloud.endpoint, cloud.endpoint.bearer).probe("GET", "/models")
    assert str(refused.value) == f"the-service does not accept the key (status 401: {reason})"


async def test_a_long_reason_is_shortened() -> None:
    async with serving(says({"error": "x" * 100_000}, 401)) as cloud:
        with pytest.raises(BackendRefused) as refused:
            await WebService(cloud.session, cloud.endpoint, {}).probe("GET", "/models")
    assert len(str(refused.value)) < 400


async def test_the_connection_is_used_again() -> None:
    """Or every turn would wait for another hand-shake."""
    async with serving(says({})) as cloud:
        web = WebService(cloud.session, cloud.endpoint, {})
        assert cloud.session.connector is not None
        for _ in range(3):
            await web.read_json("GET", "/models", 5.0)
        assert sum(len(idle) for idle in cloud.session.connector._conns.values()) == 1  # type: ignore[attr-defined]

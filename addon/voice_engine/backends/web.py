"""Requests to services on the network: one place that sends them and turns whatever goes wrong into errors by kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendRateLimited,
    BackendRefused,
    BackendTimeout,
    BackendUnavailable,
    SettingsError,
)
from voice_engine.core.scrubbing import scrubbed

CONNECT_SECONDS = 3.0
"""Name, TCP and TLS: half a second to another continent; a lost first packet is sent again after one second."""
PROBE_SECONDS = 5.0
"""Nobody waits for a probe; a service that takes longer to say that it is there would not be a help in a call."""
MAX_JSON_BYTES = 1_000_000
"""A transcript or an answer has a few kilobytes, a list of models some hundred."""
MAX_SOUND_BYTES = 16_000_000
"""Five minutes at 24 kHz, which no sentence at a door takes."""
_LONGEST_COMPLAINT_BYTES = 8192
_LONGEST_REASON = 300
"""Characters of a service's own words that go into a message."""
_CHUNK_BYTES = 8192


class BadRequest(BackendMisused):
    """The request itself was not understood (HTTP 400, 422): another way of asking may help.

    ``complaint`` is what the service says, the words that were sent among it: to be looked through, and never told.
    """

    complaint = ""


_COMPLAINTS: Mapping[int, tuple[type[BackendError], str]] = {
    HTTPStatus.BAD_REQUEST: (BadRequest, "does not accept the request"),
    HTTPStatus.UNPROCESSABLE_CONTENT: (BadRequest, "does not accept the request"),
    HTTPStatus.UNAUTHORIZED: (BackendRefused, "does not accept the key"),
    HTTPStatus.FORBIDDEN: (BackendRefused, "does not accept the key"),
    HTTPStatus.REQUEST_TIMEOUT: (BackendTimeout, "waited for the request in vain"),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service on the network. Raises: SettingsError for what cannot be one."""

    name: str
    """For messages, such as ``groq``."""
    base_url: str
    """What every path is appended to, such as ``https://api.groq.com/openai/v1``."""
    key: str = field(default="", repr=False)
    """What it knows us by; empty where it wants none."""

    def __post_init__(self) -> None:
        try:
            url = urlsplit(self.base_url)
            usable = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 1) > 0
        except ValueError:
            raise SettingsError("", f"the address of {self.name} is not a URL") from None
        if url.username is not None or url.password is not None:
            raise SettingsError("", f"the address of {self.name} holds a password: write it as its key instead")
        if not usable or url.query or url.fragment:
            raise SettingsError(
                "", f"the address of {self.name} must look like http://host:port/path and is {self.base_url}"
            )
        if not all("!" <= character <= "~" for character in self.key):
            raise SettingsError("", f"the key of {self.name} holds a blank or a character no key has: copy it again")

    @property
    def bearer(self) -> dict[str, str]:
        """The key as most services want it."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def url(self, path: str) -> str:
        """Where ``path``, which starts with a slash, is."""
        return self.base_url.rstrip("/") + path

    def masked(self, text: str) -> str:
        """``text`` without the key, which some services repeat in their complaints."""
        return text.replace(self.key, "***") if self.key else text


class WebService:
    """An endpoint and the session it is reached by; all requests to it go through here."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        """``headers`` go with every request; they may hold the key."""
        self.endpoint = endpoint
        self._session = session
        self._headers = headers

    @asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        timeout_seconds: float,
        headers: Mapping[str, str] | None = None,
        *,
        private: Sequence[str] = (),
        **body: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and give its answer, whose status is 2xx; leaving early closes the connection.

        ``timeout_seconds`` is for all of it, the reading of the answer included; ``body`` is what aiohttp takes
        (``json``, ``data``, ``params``). ``private`` are the words of people in it: no error repeats any of them,
        whatever the service says. Raises: BackendError, for what is read inside the context too.
        """
        with_headers = {**self._headers, **(headers or {})}
        timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=CONNECT_SECONDS)
        try:
            # A redirect is not followed: it would carry the key to wherever it leads.
            async with self._session.request(
                method, self.endpoint.url(path), headers=with_headers, timeout=timeout, allow_redirects=False, **body
            ) as response:
                if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                    raise await self._complaint(response, private)
                yield response
        except aiohttp.ConnectionTimeoutError as error:
            raise BackendUnavailable(f"{self._name} could not be connected to within {CONNECT_SECONDS:g} s") from error
        except TimeoutError as error:
            raise BackendTimeout(f"{self._name} did not answer within {timeout_seconds:g} s") from error
        except aiohttp.ClientPayloadError as error:
            raise BackendGarbled(f"the answer of {self._name} broke off") from error
        except aiohttp.ClientResponseError as error:
            raise BackendGarbled(f"the answer of {self._name} is not HTTP") from error
        except (aiohttp.ClientError, OSError) as error:
            raise BackendUnavailable(f"{self._name} cannot be reached: {self._told(error)}") from error

    async def read_json(
        self,
        method: str,
        path: str,
        timeout_seconds: float,
        headers: Mapping[str, str] | None = None,
        *,
        private: Sequence[str] = (),
        **body: Any,
    ) -> dict[str, Any]:
        """Send a request and read the JSON object it is answered with. Raises: BackendError."""
        async with self.request(method, path, timeout_seconds, headers, private=private, **body) as response:
            content = b"".join([chunk async for chunk in self.chunks(response, MAX_JSON_BYTES)])
            kind = scrubbed(response.content_type, private)
        return json_object(content, self._name, kind)

    async def chunks(self, response: aiohttp.ClientResponse, max_bytes: int) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises: BackendGarbled where it does not end."""
        size = 0
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise BackendGarbled(f"{self._name} answered with more than {max_bytes} bytes")
            yield chunk

    async def probe(self, method: str, path: str) -> None:
        """Ask for ``path`` and look at the status only. Raises: BackendError."""
        async with self.request(method, path, PROBE_SECONDS):
            pass

    @property
    def _name(self) -> str:
        return self.endpoint.name

    def _told(self, error: BaseException) -> str:
        return self.endpoint.masked(str(error) or type(error).__name__)[:_LONGEST_REASON]

    async def _complaint(self, response: aiohttp.ClientResponse, private: Sequence[str]) -> BackendError:
        """What a status other than 2xx means."""
        status = response.status
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return BackendMisused(f"{self._name} is somewhere else (status {status}): correct its address")
        complaint = _reason(await response.content.read(_LONGEST_COMPLAINT_BYTES))
        reason = scrubbed(self.endpoint.masked(complaint), private)
        told = f"status {status}" + (f": {reason[:_LONGEST_REASON]}" if reason else "")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait_seconds = retry_after_seconds(response.headers, datetime.now(UTC))
            return BackendRateLimited(f"{self._name} was asked too often ({told})", wait_seconds)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return BackendOverloaded(f"{self._name} failed ({told})")
        kind, what = _COMPLAINTS.get(status, (BackendMisused, "does not accept the request"))
        error = kind(f"{self._name} {what} ({told})")
        if isinstance(error, BadRequest):
            error.complaint = complaint
        return error


def json_object(content: bytes, name: str, kind: str = "something") -> dict[str, Any]:
    """What ``name`` answered, in the form of ``kind``. Raises: BackendGarbled where it is no JSON object."""
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise BackendGarbled(f"{name} answered with {kind} that is not JSON") from error
    if not isinstance(answer, dict):
        raise BackendGarbled(f"{name} answered with JSON that is not an object")
    return answer


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long ``Retry-After`` (seconds, or an HTTP date) asks to wait; None where it does not say."""
    value = headers.get("Retry-After", "").strip()
    if value.replace(".", "", 1).isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _reason(body: bytes) -> str:
    """What went wrong in the service's own words: ``{"error": {"message": …}}`` and its relatives, or plain text."""
    try:
        answer = json.loads(body)
    except ValueError:
        text = body.decode(errors="replace")
        return "" if "<" in text else " ".join(text.split())  # a page made for people says nothing in a log
    while isinstance(answer, dict):
        answer = next((answer[key] for key in ("error", "message", "detail") if key in answer), "")
    if isinstance(answer, list):
        # FastAPI's entry for each wrong field: beside ``msg`` stands what was sent, which belongs in no message.
        answer = "; ".join(str(entry["msg"]) for entry in answer if isinstance(entry, dict) and "msg" in entry)
    return " ".join(str(answer).split())

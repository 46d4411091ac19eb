"""Home Assistant's Supervisor: told that the engine is here, and keeper of the app's options."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from voice_engine.core.errors import BackendError, BackendGarbled, BackendTimeout, BackendUnavailable, SettingsError

_LOGGER = logging.getLogger(__name__)

BASE_URL = "http://supervisor"
SERVICE = "voice_processor"
"""The integration's domain, which ``discovery`` of the app's ``config.yaml`` lists."""
WYOMING = "wyoming"
"""Home Assistant's own integration for voice assistants, listed there too."""

_REQUEST_SECONDS = 10.0
"""The Supervisor answers in milliseconds; on a Raspberry Pi busy starting up it has taken seconds."""
_RETRY_AFTER_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
"""Two minutes: longer than a restart of the Supervisor takes."""
_LONGEST_ANSWER_BYTES = 4 * 1024 * 1024
"""More than the answers with the app's whole documentation in them; the rest of anything else is not read."""
_LONGEST_REASON = 300
_NOT_READY = "System is not ready"
"""How its refusals (status 400 too) begin while it starts; apps run on while it is started again."""
_GIVEN = ". Got "
"""What stands between a complaint about options and the options themselves, residents and secrets among them."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """How Home Assistant reaches the engine."""

    host: str
    """The container's host name: its address changes."""
    port: int
    token: str = field(repr=False)
    instance_id: str


class Supervisor:
    """The Supervisor's API, as far as the engine needs it.

    An app's own token opens ``/addons/self/…`` and ``/discovery`` without any role or ``hassio_api``.
    """

    def __init__(
        self,
        token: str,
        base_url: str = BASE_URL,
        retry_after_seconds: Sequence[float] = _RETRY_AFTER_SECONDS,
        request_seconds: float = _REQUEST_SECONDS,
    ) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._base_url = base_url
        self._retry_after_seconds = retry_after_seconds
        self._request_seconds = request_seconds

    async def announce(self, announcement: Announcement) -> bool:
        """Offer the engine to Home Assistant, trying again while the Supervisor is away.

        True: it was taken. False: given up, and the log says why; the engine can still be connected by hand.
        """
        return await self._offer(SERVICE, asdict(announcement), "this engine")

    async def announce_wyoming(self, host: str, port: int) -> bool:
        """Offer the engine to Home Assistant's voice assistants; as ``announce``."""
        return await self._offer(WYOMING, {"uri": f"tcp://{host}:{port}"}, "what voice assistants may use")

    async def _offer(self, service: str, config: Mapping[str, Any], what: str) -> bool:
        try:
            async with self._session() as session:
                await self._post_until_taken(session, {"service": service, "config": config})
        except BackendError as error:
            _LOGGER.warning("Home Assistant was not told of %s: %s", what, error)
            return False
        _LOGGER.info("Home Assistant was told of %s", what)
        return True

    async def _post_until_taken(self, session: aiohttp.ClientSession, message: dict[str, Any]) -> None:
        for delay in self._retry_after_seconds:
            try:
                return await self._announce(session, message)
            except BackendError as error:
                if not error.retryable:
                    raise
                _LOGGER.info("Home Assistant is told of this engine again in %g s: %s", delay, error)
            await asyncio.sleep(delay)
        return await self._announce(session, message)

    async def read(self) -> Mapping[str, Any]:
        """The app's options as they will be at the next start (a ``SettingsStore``). Raises: BackendError."""
        async with self._session() as session:
            status, answer = await self._ask(session, "GET", "/addons/self/info", None)
        if status != HTTPStatus.OK:
            raise BackendError(f"the Supervisor refused with status {status}: {_reason(answer)}")
        try:
            options = json.loads(answer)["data"]["options"]
        except (ValueError, KeyError, TypeError) as error:
            raise BackendGarbled("the Supervisor's answer has no options") from error
        if not isinstance(options, dict):
            raise BackendGarbled("the Supervisor's options are not an object")
        return options

    async def write(self, settings: Mapping[str, Any]) -> None:
        """Make ``settings`` the app's options, all or none; the app finds them at its next start, not before.

        Raises: BackendError, SettingsError for what it does not take.
        """
        async with self._session() as session:
            status, answer = await self._ask(session, "POST", "/addons/self/options", {"options": settings})
        if status == HTTPStatus.BAD_REQUEST:
            raise SettingsError("", f"the Supervisor does not take these options: {_reason(answer)}")
        if status != HTTPStatus.OK:
            raise BackendError(f"the Supervisor refused with status {status}: {_reason(answer)}")

    def _session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=self._request_seconds)
        return aiohttp.ClientSession(headers=self._headers, timeout=timeout)

    async def _announce(self, session: aiohttp.ClientSession, message: dict[str, Any]) -> None:
        status, answer = await self._ask(session, "POST", "/discovery", message)
        if status != HTTPStatus.OK:
            raise BackendError(f"the Supervisor refused with status {status}: {_reason(answer)}")

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, path: str, message: Mapping[str, Any] | None
    ) -> tuple[int, bytes]:
        url = f"{self._base_url}{path}"
        try:
            async with session.request(method, url, json=message, allow_redirects=False) as response:
                status = response.status
                answer = await _whole(response)
        except TimeoutError as error:
            raise BackendTimeout(f"the Supervisor did not answer within {self._request_seconds:g} s") from error
        except aiohttp.ClientError as error:
            raise BackendUnavailable(f"the Supervisor cannot be reached: {error}") from error
        reason = _reason(answer)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise BackendUnavailable(f"the Supervisor failed with status {status}: {reason}")
        if status == HTTPStatus.BAD_REQUEST and reason.startswith(_NOT_READY):
            raise BackendUnavailable("the Supervisor is starting, and takes nothing yet")
        return status, answer


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _LONGEST_ANSWER_BYTES:
            raise BackendGarbled("the Supervisor's answer does not end")
    return bytes(content)


def _reason(answer: bytes) -> str:
    """The message of the Supervisor's ``{result, message}``, or what something else answered; without options."""
    try:
        told = str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        told = answer.decode(errors="replace")
    return told.partition(_GIVEN)[0][:_LONGEST_REASON] or "no reason given"

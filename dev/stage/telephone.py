"""A telephone with Home Assistant's app: registers as the app does, gets notifications and has their buttons."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import aiohttp

from dev.stage.homeassistant import HomeAssistant
from dev.stage.waiting import eventually

DOMAIN = "mobile_app"
ANSWER_SECONDS = 60.0
"""Home Assistant takes the telephone in at once, and from a cold disk when that has read what is needed for it."""
APP = {
    "app_id": "stage",
    "app_name": "Stage",
    "app_version": "1",
    "manufacturer": "Stage",
    "model": "Telephone",
    "os_name": "Stage",
    "os_version": "1",
    "supports_encryption": False,
    # Notifications come over the app's own connection, as they do at home: no service of a maker's is involved.
    "app_data": {"push_websocket_channel": True},
}


class Telephone:
    """One telephone, which follows its notifications."""

    def __init__(self, home_assistant: HomeAssistant, name: str) -> None:
        self.device_id = ""
        """By which automations know it."""
        self.notifications: list[dict[str, Any]] = []
        """Everything that came, oldest first."""
        self._home_assistant = home_assistant
        self._name = name
        self._webhook = ""
        self._session = aiohttp.ClientSession(home_assistant.url)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._came = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Register it and listen. Raises: StageError, TimeoutError."""
        registration = {**APP, "device_id": self._name, "device_name": self._name}
        answer = await self._home_assistant.post(f"/api/{DOMAIN}/registrations", registration)
        self._webhook = answer["webhook_id"]
        self._socket = socket = await self._session.ws_connect("/api/websocket")
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": self._home_assistant.token})
        await socket.receive_json()
        await socket.send_json({"id": 1, "type": f"{DOMAIN}/push_notification_channel", "webhook_id": self._webhook})
        await socket.receive_json()
        self._reader = asyncio.create_task(self._read(socket))
        self.device_id = await eventually(self._found, ANSWER_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch it off."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()

    async def asks(self, seconds: float) -> dict[str, Any]:
        """The last notification, once there is one that has buttons. Raises: TimeoutError."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(lambda: self._question() is not None)
        question = self._question()
        assert question is not None
        return question

    async def takes_back(self, tag: str, seconds: float) -> None:
        """Wait until the notification with this tag was taken away. Raises: TimeoutError."""

        def gone() -> bool:
            return any(
                came["message"] == "clear_notification" and came["data"]["tag"] == tag for came in self.notifications
            )

        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(gone)

    async def press(self, title: str) -> None:
        """Press a button of the last question. Raises: StageError, StopIteration where it has none of that title."""
        question = self._question()
        assert question is not None
        action = next(button["action"] for button in question["data"]["actions"] if button["title"] == title)
        data = {"event_type": "mobile_app_notification_action", "event_data": {"action": action}}
        await self._home_assistant.post(f"/api/webhook/{self._webhook}", {"type": "fire_event", "data": data})

    def _question(self) -> dict[str, Any] | None:
        return next((came for came in reversed(self.notifications) if came.get("data", {}).get("actions")), None)

    async def _found(self) -> str | None:
        devices = await self._home_assistant.states.ask("config/device_registry/list")
        return next((found["id"] for found in devices if [DOMAIN, self._name] in found["identifiers"]), None)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            message = await socket.receive_json()
            if message["type"] == "event":
                async with self._came:
                    self.notifications.append(message["event"])
                    self._came.notify_all()

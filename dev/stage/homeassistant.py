"""A real Home Assistant with the repository's integration, set up the way a person does it, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

import aiohttp
import yaml

from dev.stage.processes import Child, Processes, StageError
from dev.stage.states import States
from dev.stage.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
DASHBOARD = REPOSITORY / "dashboards" / "voice_processor.yaml"
HASS = "/opt/dev/homeassistant/bin/hass"
DOMAIN = "voice_processor"
START_SECONDS = 120.0
"""Ten seconds on an idle machine."""

CONFIGURATION = """\
homeassistant:
  name: Home
  time_zone: UTC
  unit_system: metric
  country: US
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    custom_components.voice_processor: debug
api:
automation: !include automations.yaml
config:
frontend:
history:
logbook:
mobile_app:
person:
websocket_api:
"""
# All steps but the first, which makes the user: the others set up integrations that reach out to the internet.
ONBOARDING = {"version": 4, "data": {"done": ["analytics", "core_config", "integration"]}}
# In configuration.yaml this would be on trial for five minutes and then be undone by a restart.
HTTP = {
    "server_host": ["127.0.0.1"],
    "cors_allowed_origins": [],
    "login_attempts_threshold": -1,
    "ip_ban_enabled": False,
    "ssl_profile": "modern",
    "use_x_frame_options": True,
    "created_at": "2026-01-01T00:00:00+00:00",
    "error": None,
    "error_message": None,
}


class HomeAssistant:
    """One instance, its administrator and what it shows."""

    username = "demo"
    password = "voice-processor"  # noqa: S105 - listens on 127.0.0.1 only and lives as long as the stage

    def __init__(self, processes: Processes, folder: Path, port: int, *, discovers: bool = False) -> None:
        """``discovers`` has it listen to what announces itself in the network, and announce itself there."""
        self.url = f"http://127.0.0.1:{port}"
        self.token = ""
        """A long-lived access token of the administrator."""
        self._processes = processes
        self._folder = folder
        self._child: Child | None = None
        self._session: aiohttp.ClientSession | None = None
        self._states: States | None = None
        _write_configuration(folder, port, CONFIGURATION + ("zeroconf:\n" if discovers else ""))

    async def __aenter__(self) -> Self:
        """Start it, make the user, log in. Raises: StageError, TimeoutError."""
        self._child = await self._processes.start(
            "homeassistant",
            *(HASS, "--config", self._folder, "--skip-pip", "--log-no-color"),
            env={"PYTHONDONTWRITEBYTECODE": "1"},
        )
        self._session = aiohttp.ClientSession(self.url, timeout=aiohttp.ClientTimeout(total=START_SECONDS))
        try:
            await eventually(self._started, START_SECONDS, aiohttp.ClientConnectionError)
            await self._onboard()
            self._states = await States.connect(self._session, self.token)
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of it; its process ends with the stage."""
        if self._states is not None:
            await self._states.close()
        if self._session is not None:
            await self._session.close()

    @property
    def states(self) -> States:
        """What it shows, from now on."""
        assert self._states is not None
        return self._states

    async def add_integration(self, host: str, port: int, token: str) -> None:
        """Add Voice Processor through its config flow and wait for its entities. Raises: StageError."""
        await self.add(DOMAIN, host=host, port=port, token=token)
        await self.states.learn_entities(DOMAIN)

    async def add(self, integration: str, **form: str | int) -> None:
        """Add an integration through its config flow, which asks once. Raises: StageError."""
        flow = await self.post("/api/config/config_entries/flow", {"handler": integration})
        answer = await self.post(f"/api/config/config_entries/flow/{flow['flow_id']}", form)
        if answer["type"] != "create_entry":
            raise StageError(f"the config flow ended with {answer}")

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send an administrator's request over HTTP; its answer. Raises: StageError."""
        assert self._session is not None
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.post(path, json=body, headers=headers) as answer:
            if not answer.ok:
                raise StageError(f"Home Assistant answered {answer.status} to {path}: {await answer.text()}")
            return await answer.json()

    async def get(self, path: str) -> Any:
        """Ask for something over HTTP as the administrator. Raises: aiohttp.ClientError."""
        assert self._session is not None
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._session.get(path, headers=headers, raise_for_status=True) as answer:
            return await answer.json()

    async def speech(self, engine: str, words: str) -> bytes:
        """What one of its text-to-speech engines makes of words, as a WAV file. Raises: StageError."""
        assert self._session is not None
        form = {"engine_id": engine, "message": words, "cache": False, "options": {"preferred_format": "wav"}}
        made = await self.post("/api/tts_get_url", form)
        async with self._session.get(made["path"], raise_for_status=True) as answer:
            return await answer.read()

    async def act(self, action: str, **data: str) -> None:
        """Perform an action of the integration's. Raises: StageError."""
        await self.post(f"/api/services/{DOMAIN}/{action}", data)

    async def remove_integration(self) -> None:
        """Delete what was added of it. Raises: StageError."""
        assert self._session is not None
        for entry in await self.states.ask("config_entries/get", domain=DOMAIN):
            path, headers = (
                f"/api/config/config_entries/entry/{entry['entry_id']}",
                {"Authorization": f"Bearer {self.token}"},
            )
            async with self._session.delete(path, headers=headers) as answer:
                answer.raise_for_status()

    async def ask(self, action: str, **data: str | bool) -> dict[str, Any]:
        """Perform an action of the integration's; its response. Raises: StageError."""
        answer = await self.post(f"/api/services/{DOMAIN}/{action}?return_response", data)
        response: dict[str, Any] = answer["service_response"]
        return response

    async def press(self, key: str) -> None:
        """Press the button of translation key ``key``. Raises: StageError."""
        await self.post("/api/services/button/press", {"entity_id": self.states.entity(key)})

    async def add_dashboard(self) -> str:
        """Paste the repository's dashboard into a new one; its address."""
        path = "voice-processor"
        config = yaml.safe_load(DASHBOARD.read_text(encoding="utf-8"))
        await self.states.ask("lovelace/dashboards/create", url_path=path, title="Door", mode="storage")
        await self.states.ask("lovelace/config/save", url_path=path, config=config)
        return f"{self.url}/{path}/{config['views'][0]['path']}"

    def remembered_login(self) -> str:
        """What its pages keep of a login, under the key ``hassTokens`` of the browser's local storage."""
        return json.dumps(
            {
                "hassUrl": self.url,
                "clientId": f"{self.url}/",
                "access_token": self.token,
                "token_type": "Bearer",
                "refresh_token": "",
                "expires_in": 86400,
                "expires": 8640000000000000,  # the last moment that JavaScript knows
            }
        )

    async def device_url(self) -> str:
        """Address of the integration's device page."""
        devices = await self.states.ask("config/device_registry/list")
        (device,) = (found for found in devices if any(DOMAIN in pair for pair in found["identifiers"]))
        return f"{self.url}/config/devices/device/{device['id']}"

    async def _started(self) -> bool | None:
        assert self._child is not None
        assert self._session is not None
        self._child.check()
        async with self._session.get("/api/onboarding") as answer:
            return answer.ok or None

    async def _onboard(self) -> None:
        assert self._session is not None
        client_id = f"{self.url}/"
        user = await self.post(
            "/api/onboarding/users",
            {
                "name": "Demo",
                "username": self.username,
                "password": self.password,
                "language": "en",
                "client_id": client_id,
            },
        )
        form = {"grant_type": "authorization_code", "code": user["auth_code"], "client_id": client_id}
        async with self._session.post("/auth/token", data=form) as answer:
            answer.raise_for_status()
            access_token = (await answer.json())["access_token"]
        states = await States.connect(self._session, access_token)
        self.token = await states.ask("auth/long_lived_access_token", client_name="Stage", lifespan=1)
        await states.close()


def _write_configuration(folder: Path, port: int, configuration: str) -> None:
    http = {"stable": {**HTTP, "server_port": port}, "pending": None, "yaml_migration_done": True}
    stores = {"http": {"version": 2, "minor_version": 2, "data": http}, "onboarding": ONBOARDING}
    (folder / ".storage").mkdir(parents=True)
    for key, store in stores.items():
        (folder / ".storage" / key).write_text(json.dumps({"minor_version": 1, "key": key, **store}))
    (folder / "configuration.yaml").write_text(configuration)
    (folder / "automations.yaml").write_text("[]")
    (folder / "custom_components").symlink_to(REPOSITORY / "custom_components")

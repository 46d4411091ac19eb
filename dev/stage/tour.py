"""What a person does in Home Assistant: finds the engine, adds it, looks at its pages, lets a visitor in by telephone.

The tests walk it, and so does whoever takes the documents' pictures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from dev.stage.asterisk import DOOR_EXTENSION
from dev.stage.browser import Browser, Storage
from dev.stage.engine import TOKEN
from dev.stage.homeassistant import DOMAIN, REPOSITORY
from dev.stage.phone import Phone
from dev.stage.pointing import DIALOG, button, discovered, field, row
from dev.stage.stage import Stage
from dev.stage.telephone import Telephone
from dev.stage.waiting import eventually

BLUEPRINTS = REPOSITORY / "blueprints" / "automation" / DOMAIN
ASKS = "notify_resident"
"""The blueprint that asks a resident on the telephone."""
CALL_SECONDS = 60.0
"""The longest wait for anything in a call."""


class Tour:
    """One person at one browser."""

    def __init__(self, stage: Stage, browser: Browser) -> None:
        self.browser = browser
        self.station, self.unit = "1000", "501"
        """Who calls, and whom."""
        self._dashboard = ""
        self._stage = stage
        self._home_assistant = stage.home_assistant
        self._states = stage.home_assistant.states

    async def log_in(self) -> None:
        """Let Home Assistant and the engine know who looks at their pages."""
        home_assistant, engine = self._home_assistant, self._stage.engine
        await self.browser.remember(home_assistant.url, Storage.LOCAL, "hassTokens", home_assistant.remembered_login())
        await self.browser.remember(engine.url, Storage.SESSION, "voice-processor-token", TOKEN)

    async def ignore_others(self, card: str) -> None:
        """Ignore the engines of other stages, and whatever else this network announces. Raises: StageError."""
        for flow in await self._states.ask("config_entries/flow/progress"):
            if discovered(flow["context"].get("unique_id", "")) != card:
                await self._states.ask("config_entries/ignore_flow", flow_id=flow["flow_id"], title=flow["handler"])

    async def discover(self) -> str:
        """Be without the integration, switch the engine on and find it offered; the card that offers it.

        Raises: StageError, TimeoutError.
        """
        engine = self._stage.engine
        instance_id = (await engine.status())["engine"]["instance_id"]
        card = discovered(instance_id)
        await self._home_assistant.remove_integration()

        async def is_offered() -> bool:
            flows = await self._states.ask("config_entries/flow/progress")
            return any(flow["context"].get("unique_id") == instance_id for flow in flows)

        async def offered() -> bool | None:
            return await is_offered() or None

        async def taken_back() -> bool | None:
            return not await is_offered() or None

        # Twice: what was announced before somebody added it by hand, Home Assistant does not offer again when it is
        # removed. And an engine that goes says goodbye, which takes back what is offered.
        for _ in range(2):
            await engine.process.stop()
            await eventually(taken_back, CALL_SECONDS)
            await engine.start()
            await eventually(offered, CALL_SECONDS)
        # Only now: a page that is open meanwhile may keep the card of an offer that was taken back.
        await self.browser.open(f"{self._home_assistant.url}/config/integrations/dashboard", shows="Integrations")
        await self.browser.reads(card, "Voice Processor")
        return card

    async def add(self, card: str) -> None:
        """Add what was discovered. Raises: StageError, TimeoutError."""
        await self.browser.click(button("Add", card))
        await self.browser.write(field("password", DIALOG), TOKEN)
        await self.browser.click(button("Submit", DIALOG))
        await self.browser.click(button("Skip and finish", DIALOG))
        await self._states.learn_entities(DOMAIN)

    async def show_dashboard(self) -> None:
        """Open the repository's dashboard, which is added the first time. Raises: StageError."""
        self._dashboard = self._dashboard or await self._home_assistant.add_dashboard()
        await self.browser.open(self._dashboard, shows="At the door")

    async def show_engine(self) -> None:
        """Open the engine's own page. Raises: StageError."""
        await self.browser.open(self._stage.engine.url, shows="Voice Processor")

    async def show_device(self) -> None:
        """Open the page of the engine's device. Raises: StageError."""
        await self.browser.open(await self._home_assistant.device_url(), shows="Telephone system")

    async def shows(self, key: str, text: str) -> None:
        """Wait until ``text`` stands in the row of the entity with this translation key. Raises: StageError."""
        await self.browser.reads(row(self._states.entity(key)), text)

    async def press(self, key: str) -> None:
        """Press the button entity with this translation key on the page of its device. Raises: StageError."""
        await self.browser.click(button("Press", row(self._states.entity(key))))

    async def automate(self, telephone: Telephone) -> None:
        """Import the blueprint that asks on a telephone and make an automation of it. Raises: StageError."""
        async with _served(BLUEPRINTS) as url:
            imported = await self._states.ask("blueprint/import", url=f"{url}/{ASKS}.yaml")
        path = f"{DOMAIN}/{ASKS}.yaml"
        await self._states.ask("blueprint/save", domain="automation", path=path, yaml=imported["raw_data"])
        automation = {
            "alias": "Ask on the telephone",
            "use_blueprint": {"path": path, "input": {"telephones": [telephone.device_id], "units": [self.unit]}},
        }
        await self._home_assistant.post(f"/api/config/automation/config/{ASKS}", automation)

    async def visit(self, words: str = "") -> tuple[Phone, Phone]:
        """A visitor calls, by keypad or in ``words``, and talks to the resident for as long as both like: their phones.

        Raises: TimeoutError.
        """
        visitor, resident = self._stage.phones[self.station], self._stage.phones[self.unit]
        await visitor.dial(DOOR_EXTENSION)
        if words:
            sentence = await self._stage.speech.sentence(words)
            await visitor.hearing.prompt(CALL_SECONDS)
            await visitor.say(sentence)
        else:
            await visitor.press(f"{self.unit}#")
        await resident.rings(CALL_SECONDS)
        await resident.answer()
        await resident.hearing.speech(CALL_SECONDS)
        await resident.press("3")
        await self._states.until(lambda: self._states.state("call_in_progress") == "on", CALL_SECONDS)
        return visitor, resident


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[str]:
    """Serve the files of a folder, as GitHub does; their address."""
    application = web.Application()
    application.router.add_static("/", folder)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()

"""A real Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium")
_START_SECONDS = 120
"""A cold browser reads hundreds of megabytes, from a memory card at worst. One that cannot start ends, and is told."""
_ANSWER_SECONDS = 60
"""For a page to show what it should, on a busy machine."""
_QUIET = ("background-networking", "component-update", "sync", "default-apps", "extensions", "gpu", "dev-shm-usage")
"""What the browser would do besides showing the page, most of it on the network."""


class Tab:
    """One page of the browser."""

    def __init__(self, devtools: aiohttp.ClientWebSocketResponse) -> None:
        self._devtools = devtools
        self._numbers = itertools.count(1)
        self._session: dict[str, str] = {}
        self._loaded: set[str] = set()
        """The documents that were read to their end, by the browser's names for them."""

    async def open(self, url: str, language: str, scheme: str = "light") -> None:
        """Load a page as someone who reads ``language`` and likes pages ``light`` or ``dark``."""
        if not self._session:
            target = await self._send("Target.createTarget", url="about:blank")
            attached = await self._send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            self._session = {"sessionId": attached["sessionId"]}
            await self._send("Page.enable")
            await self._send("Page.setLifecycleEventsEnabled", enabled=True)
        await self._send("Emulation.setUserAgentOverride", userAgent="a browser", acceptLanguage=language)
        await self._send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        document = (await self._send("Page.navigate", url=url))["loaderId"]
        # Until then, what is asked of the page may be asked of the one before it, and go with that.
        while document not in self._loaded:
            await self._receive()

    async def picture(self, selector: str) -> str:
        """Wait until a picture is drawn; gives where it came from."""
        return str(
            await self._evaluate(
                f"""new Promise((resolve) => {{
                    const look = () => {{
                        const picture = document.querySelector({json.dumps(selector)});
                        if (picture?.complete && picture.naturalWidth) resolve(picture.currentSrc);
                        else setTimeout(look, 10);
                    }};
                    look();
                }})"""
            )
        )

    async def text(self, selector: str, containing: str = "") -> str:
        """Wait until an element is shown and contains some words; gives all its words."""
        return str(
            await self._evaluate(
                f"""new Promise((resolve) => {{
                    const look = () => {{
                        const element = document.querySelector({json.dumps(selector)});
                        if (element?.checkVisibility() && element.innerText.includes({json.dumps(containing)}))
                            resolve(element.innerText);
                        else setTimeout(look, 10);
                    }};
                    look();
                }})"""
            )
        )

    async def widths(self, selector: str) -> list[float]:
        """How wide elements are drawn, as multiples of the narrowest."""
        every = f"[...document.querySelectorAll({json.dumps(selector)})]"
        widths = await self._evaluate(f"{every}.map((element) => element.getBoundingClientRect().width)")
        return [width / min(widths) for width in widths]

    async def fill_in(self, selector: str, value: str) -> None:
        """Write into a field and send its form."""
        field = f"document.querySelector({json.dumps(selector)})"
        await self._evaluate(f"{field}.value = {json.dumps(value)}; {field}.form.requestSubmit()")

    async def click(self, selector: str) -> None:
        """Press a button."""
        await self._evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def _evaluate(self, expression: str) -> Any:
        answer = await self._send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._devtools.send_json({"id": number, "method": method, "params": parameters, **self._session})
        while (message := await self._receive()).get("id") != number:
            pass
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    async def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._devtools.receive_json(timeout=_ANSWER_SECONDS)
        told = message.get("params", {})
        if message.get("method") == "Page.lifecycleEvent" and told["name"] == "DOMContentLoaded":
            self._loaded.add(told["loaderId"])
        return message


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Tab]:
    """Run a browser that keeps its profile in ``folder``."""
    assert CHROMIUM
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *("--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{feature}" for feature in _QUIET)),
        *(f"--user-data-dir={folder}", "--remote-debugging-port=0"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
            try:
                async with asyncio.timeout(_START_SECONDS):
                    address = await _devtools_address(process.stderr)
                tasks.create_task(process.stderr.read())  # until the browser ends
                async with client.ws_connect(address) as devtools:
                    yield Tab(devtools)
            finally:
                with suppress(ProcessLookupError):
                    process.terminate()
    finally:
        await process.wait()


async def _devtools_address(stderr: asyncio.StreamReader) -> str:
    async for line in stderr:
        if found := re.search(rb"ws://\S+", line):
            return found[0].decode()
    raise AssertionError("Chromium did not start")

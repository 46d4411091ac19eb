"""A real Chromium without a screen, driven over its DevTools socket: opens pages and takes their picture."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, Self

import aiohttp

from dev.stage.pointing import EVERY
from dev.stage.processes import Processes, StageError
from dev.stage.waiting import eventually

START_SECONDS = 120.0
ANSWER_SECONDS = 60.0
PAGE_SECONDS = 120.0
"""The first page of Home Assistant compiles megabytes of script."""
REST_SECONDS = 0.5
"""An animation that does not move for so long has ended."""
# Pages of Home Assistant are nested shadow trees, where innerText ends at every border.
VISIBLE_TEXT = """
((start) => {
  const texts = [];
  if (!start) return null;
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
    if (["SCRIPT", "STYLE"].includes(node.nodeName)) return;
    if (node.shadowRoot) walk(node.shadowRoot);
    for (const child of node.childNodes) walk(child);
  };
  walk(start);
  return texts.join(" ").replace(/\\s+/g, " ").trim();
})
"""
# Where its middle is, once it is on the screen and nothing lies above it.
MIDDLE = """
((element) => {
  if (!element) return null;
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, width, height } = element.getBoundingClientRect();
  if (!width || !height || element.disabled) return null;
  const [x, y] = [left + width / 2, top + height / 2];
  let hit = document.elementFromPoint(x, y);
  while (hit?.shadowRoot?.elementFromPoint(x, y) && hit.shadowRoot.elementFromPoint(x, y) !== hit)
    hit = hit.shadowRoot.elementFromPoint(x, y);
  for (let node = hit; node; node = node.assignedSlot ?? node.parentNode ?? node.host)
    if (node === element) return [x, y];
  return null;
})
"""


GOES = (
    "Inspected target navigated or closed",
    "Cannot find default execution context",
    "Execution context was destroyed",
)
"""What Chromium says to whoever asks a page that just gives way to another."""


class PageGoes(StageError):
    """There is no page to ask at this moment: the next is about to come."""


class Scheme(StrEnum):
    """What the person prefers."""

    LIGHT = "light"
    DARK = "dark"


class Storage(StrEnum):
    """Where pages keep what they remember."""

    LOCAL = "localStorage"
    SESSION = "sessionStorage"


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page is shown on."""

    width: int
    height: int
    scale: float = 1.0
    mobile: bool = False


DESKTOP = Screen(1280, 860)
TELEPHONE = Screen(390, 844, scale=2.0, mobile=True)


class Browser:
    """One browser with one tab."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._folder = folder
        self._session = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ids = count(1)

    async def __aenter__(self) -> Self:
        """Start it. Raises: StageError, TimeoutError."""
        child = await self._processes.start(
            "chromium",
            "chromium",
            "--headless",
            "--no-sandbox",  # refused to root otherwise
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            f"--user-data-dir={self._folder}",
            "about:blank",
        )

        async def announced_port() -> str | None:
            child.check()
            port, line_end, _ = (self._folder / "DevToolsActivePort").read_text().partition("\n")
            return port if line_end else None

        port = await eventually(announced_port, START_SECONDS, FileNotFoundError)

        async def only_tab() -> str | None:
            """Its address; the port may be there before the tab is."""
            async with self._session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = [target for target in await answer.json() if target["type"] == "page"]
            return tabs[0]["webSocketDebuggerUrl"] if tabs else None

        self._socket = await self._session.ws_connect(await eventually(only_tab, START_SECONDS), max_msg_size=0)
        await self._ask("Page.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of it; its process ends with the stage."""
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()

    async def remember(self, origin: str, storage: Storage, key: str, value: str) -> None:
        """Let the pages of ``origin`` find ``value`` in their storage, as if left there by an earlier login."""
        await self._ask(
            "Page.addScriptToEvaluateOnNewDocument",
            source=f"if (location.origin === {json.dumps(origin)}) {storage}[{json.dumps(key)}] = {json.dumps(value)};",
        )

    async def clear_ground(self) -> None:
        """Let pictures of pages without a ground of their own be transparent."""
        await self._ask("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})

    async def open(self, url: str, shows: str, screen: Screen = DESKTOP, scheme: Scheme = Scheme.LIGHT) -> None:
        """Open a page and wait until the text ``shows`` stands on it. Raises: StageError."""
        await self.look(screen, scheme)
        await self._ask("Page.navigate", url=url)
        await self.until_shown(shows)

    async def look(self, screen: Screen, scheme: Scheme) -> None:
        """Show the open page on another screen, or to somebody of other taste. What can, stands still."""
        await self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=screen.width,
            height=screen.height,
            deviceScaleFactor=screen.scale,
            mobile=screen.mobile,
        )
        features = {"prefers-color-scheme": str(scheme), "prefers-reduced-motion": "reduce"}
        await self._ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": name, "value": value} for name, value in features.items()],
        )

    async def until_shown(self, text: str) -> None:
        """Wait until ``text`` stands on the page. Raises: StageError."""
        await self._until(repr(text), self.text, lambda found: text in found)

    async def text(self, element: str = "document.documentElement") -> str:
        """All that the page says, or an element of it; empty where there is none."""
        return await self._evaluate(f"{VISIBLE_TEXT}({element})") or ""

    async def reads(self, element: str, text: str) -> None:
        """Wait until ``text`` stands in an element. Raises: StageError."""
        await self._until(f"{text!r} in {element}", lambda: self.text(element), lambda found: text in found)

    async def click(self, element: str) -> None:
        """Press the mouse on an element, once it is there and has come to rest. Raises: StageError."""
        previous: list[float] | None = None

        async def at_rest() -> bool:
            nonlocal previous
            before, previous = previous, await self._evaluate(f"{MIDDLE}({element})")
            return previous is not None and previous == before

        await self._until(element, at_rest, bool)
        assert previous is not None
        where = {"x": previous[0], "y": previous[1], "button": "left", "clickCount": 1}
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self._ask("Input.dispatchMouseEvent", type=kind, **where)

    async def write(self, element: str, text: str) -> None:
        """Type something into an input. Raises: StageError."""
        await self.click(element)
        await self._ask("Input.insertText", text=text)

    async def picture(self) -> bytes:
        """A picture (PNG) of the page once it has come to rest: when two in a row are the same."""
        previous = ""

        async def at_rest() -> str | None:
            nonlocal previous
            await asyncio.sleep(REST_SECONDS)
            before, previous = previous, (await self._ask("Page.captureScreenshot", format="png"))["data"]
            return previous if previous == before else None

        return base64.b64decode(await eventually(at_rest, PAGE_SECONDS))

    async def _until[Seen](self, what: str, look: Callable[[], Awaitable[Seen]], fits: Callable[[Seen], bool]) -> None:
        async def seen() -> bool | None:
            return fits(await look()) or None

        try:
            await eventually(seen, PAGE_SECONDS, PageGoes)
        except TimeoutError:
            raise StageError(f"the page never showed {what}, only: {await self.text()}") from None

    async def _evaluate(self, expression: str) -> Any:
        answer = await self._ask("Runtime.evaluate", expression=f"{{{EVERY} {expression}}}", returnByValue=True)
        if "exceptionDetails" in answer:
            raise StageError(f"the page's script failed: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        assert self._socket is not None
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                message = await self._socket.receive_json()
                if message.get("id") == number:
                    if error := message.get("error"):
                        kind = PageGoes if str(error.get("message")).startswith(GOES) else StageError
                        raise kind(f"Chromium refused {method}: {error}")
                    result: dict[str, Any] = message["result"]
                    return result

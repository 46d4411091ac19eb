"""Takes the pictures of the documents on a walk as people take it: python -m dev.screenshots [REVIEW_FOLDER].

The folder, where one is named, gets all pages in the light, in the dark and on a telephone, for whoever reviews them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from dev.demo import SETTINGS
from dev.stage.browser import DESKTOP, TELEPHONE, Browser, Scheme, Screen
from dev.stage.stage import Stage, put_up
from dev.stage.telephone import Telephone
from dev.stage.tour import CALL_SECONDS, Tour
from dev.terminal import Terminal
from dev.visit import VISITOR_SAYS, Visit

REPOSITORY = Path(__file__).parents[1]
PICTURES = REPOSITORY / "docs" / "images"
VARIANTS: dict[str, tuple[Screen, Scheme]] = {
    "light": (DESKTOP, Scheme.LIGHT),
    "dark": (DESKTOP, Scheme.DARK),
    "telephone": (TELEPHONE, Scheme.LIGHT),
    "telephone-dark": (TELEPHONE, Scheme.DARK),
}
SHOWN = {
    "discovered": ("light", "dark"),
    "device": ("light", "dark"),
    "dashboard": ("light", "dark", "telephone", "telephone-dark"),
    "engine": ("light", "dark", "telephone", "telephone-dark"),
}
"""Which of them the documents show; those in the light carry the page's name alone."""
SHRINK_SECONDS = 60.0
"""Half a second on an idle machine."""
COLOURS = "split[whole][sample];[sample]palettegen=stats_mode=single[colours];[whole][colours]paletteuse=dither=none"
"""Pages have few colours: those of a palette make a picture a third of its size, and nobody sees it."""


class Camera:
    """Takes the page that is open in every variant that is wanted."""

    def __init__(self, browser: Browser, review: Path | None) -> None:
        self._browser = browser
        self._review = review

    async def take(self, page: str) -> None:
        """Take all pictures of a page."""
        for variant, (screen, scheme) in VARIANTS.items():
            places = [PICTURES / f"{page if variant == 'light' else f'{page}-{variant}'}.png"]
            if variant not in SHOWN.get(page, ()):
                places = []
            if self._review is not None:
                places.append(self._review / f"{page}-{variant}.png")
            if places:
                await self._browser.look(screen, scheme)
                picture = await _shrunk(await self._browser.picture())
                for place in places:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(picture)
        await self._browser.look(DESKTOP, Scheme.LIGHT)


async def main(review: Path | None) -> None:
    """Walk and take all pictures."""
    terminal = Terminal()
    with tempfile.TemporaryDirectory(prefix="stage-") as name:
        folder = Path(name)
        async with (
            put_up(folder, REPOSITORY / ".cache" / "run", SETTINGS, terminal.ready, discovers=True) as stage,
            Browser(stage.processes, folder / "chromium") as browser,
        ):
            await _walk(stage, Tour(stage, browser), Camera(browser, review), terminal)


async def _walk(stage: Stage, tour: Tour, camera: Camera, terminal: Terminal) -> None:
    await tour.log_in()
    # That this instance runs on no operating system of its own is a warning on every page, and no concern of ours.
    states = stage.home_assistant.states
    for issue in (await states.ask("repairs/list_issues"))["issues"]:
        await states.ask("repairs/ignore_issue", domain=issue["domain"], issue_id=issue["issue_id"], ignore=True)
    card = await tour.discover()
    await tour.ignore_others(card)
    await camera.take("discovered")
    await tour.add(card)
    await Visit(stage, terminal).play()
    async with Telephone(stage.home_assistant, "Daniel's telephone") as telephone:
        await tour.automate(telephone)
        phones = await tour.visit(VISITOR_SAYS)
        await telephone.asks(CALL_SECONDS)
        await tour.show_dashboard()
        await tour.browser.until_shown("Turn away")
        await camera.take("dashboard")
        await tour.show_engine()
        await tour.browser.until_shown(tour.unit)
        await camera.take("engine")
        await telephone.press("Let in")
        await asyncio.gather(*(phone.call.ends(CALL_SECONDS) for phone in phones))
    await tour.show_device()
    await tour.shows("last_disposition", "Granted")
    await camera.take("device")


async def _shrunk(picture: bytes) -> bytes:
    """The picture in the 256 colours that it needs most."""
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-hide_banner", "-loglevel", "error", "-f", "png_pipe", "-i", "pipe:0"),
        *("-vf", COLOURS, "-pred", "mixed", "-compression_level", "9", "-f", "image2pipe", "-c:v", "png", "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SHRINK_SECONDS):
        shrunk, _ = await process.communicate(picture)
    if process.returncode:
        raise RuntimeError("ffmpeg could not shrink a picture")
    return min(shrunk, picture, key=len)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))

"""Draws the pictures of the brand from docs/brand/*.svg: script/box python -m dev.brand."""

from __future__ import annotations

import asyncio
import re
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

from dev.stage.browser import Browser, Scheme, Screen
from dev.stage.processes import Processes

REPOSITORY = Path(__file__).parents[1]
SOURCES = REPOSITORY / "docs" / "brand"
INTEGRATION = Path("custom_components/voice_processor/brand")
APP = Path("addon")
PAGE = APP / "voice_engine/servers/page"
SVG = "http://www.w3.org/2000/svg"
DARK_RULES = re.compile(r"@media \(prefers-color-scheme: dark\) \{((?:[^{}]+\{[^{}]*\})*)\s*\}")
FILL_RULE = re.compile(r"\.(\w+)\s*\{\s*fill:\s*(#[0-9a-f]{6})\s*\}")


class Picture(NamedTuple):
    """One picture: what it is made from, for which ground, and how large."""

    source: str
    scheme: Scheme
    width: int
    height: int


# The sizes are Home Assistant's: icons of 256 pixels, logos with a shortest side of 128 to 256, both also twice as
# large; for an app an icon of 128 and a logo of about 250 by 100.
PICTURES = {
    INTEGRATION / f"{prefix}{source}{suffix}.png": Picture(source, scheme, width * scale, height * scale)
    for prefix, scheme in (("", Scheme.LIGHT), ("dark_", Scheme.DARK))
    for source, width, height in (("icon", 256, 256), ("logo", 320, 128))
    for suffix, scale in (("", 1), ("@2x", 2))
} | {
    APP / "icon.png": Picture("icon", Scheme.LIGHT, 128, 128),
    APP / "logo.png": Picture("logo", Scheme.LIGHT, 250, 100),
}

MARKS = {PAGE / "icon.svg": Scheme.LIGHT, PAGE / "icon-dark.svg": Scheme.DARK}
"""The page's own, one for each ground: its content security policy lets no picture bring a style sheet."""


async def main() -> None:
    """Draw all of them."""
    for path, scheme in MARKS.items():
        (REPOSITORY / path).write_text(plain_mark(scheme), encoding="utf-8")
        print(path)
    with tempfile.TemporaryDirectory(prefix="brand-") as name:
        async with Processes(Path(name)) as processes, Browser(processes, Path(name) / "chromium") as browser:
            for path, picture in PICTURES.items():
                (REPOSITORY / path).write_bytes(await _draw(browser, picture))
                print(path)


def plain_mark(scheme: Scheme) -> str:
    """The icon for one ground as SVG without a style sheet: every shape has its colour itself."""
    ET.register_namespace("", SVG)
    mark = ET.parse(SOURCES / "icon.svg").getroot()  # noqa: S314 - a file of ours
    (sheet,) = mark.findall(f"{{{SVG}}}style")
    rules = sheet.text or ""
    mark.remove(sheet)
    colours = dict(FILL_RULE.findall(DARK_RULES.sub("", rules)))
    if scheme is Scheme.DARK:
        colours |= dict(FILL_RULE.findall(" ".join(DARK_RULES.findall(rules))))
    for shape in mark.iter():
        if name := shape.attrib.pop("class", None):
            shape.set("fill", colours[name])
    ET.indent(mark)
    return ET.tostring(mark, encoding="unicode") + "\n"


async def _draw(browser: Browser, picture: Picture) -> bytes:
    await browser.clear_ground()
    source = SOURCES / f"{picture.source}.svg"
    await browser.open(source.as_uri(), "", Screen(picture.width, picture.height), picture.scheme)
    return await browser.picture()


if __name__ == "__main__":
    asyncio.run(main())

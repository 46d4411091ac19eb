"""The mark on the page: the brand's, for light and dark ground, within what the page's security policy lets in."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from dev.brand import MARKS, REPOSITORY, SVG, plain_mark
from dev.stage.browser import Scheme
from tests.engine.servers.browser import CHROMIUM, browsing
from tests.engine.servers.serving import serving

FILES = {scheme: REPOSITORY / path for path, scheme in MARKS.items()}


def shapes(scheme: Scheme) -> list[ET.Element]:
    """All elements of a mark."""
    return list(ET.parse(FILES[scheme]).getroot().iter())  # noqa: S314 - a file of ours


@pytest.mark.parametrize("scheme", Scheme)
def test_mark_is_drawn_from_the_brand(scheme: Scheme) -> None:
    """Who changes docs/brand/icon.svg draws all pictures anew with dev.brand."""
    assert FILES[scheme].read_text(encoding="utf-8") == plain_mark(scheme)


@pytest.mark.parametrize("scheme", Scheme)
def test_mark_brings_no_style_of_its_own(scheme: Scheme) -> None:
    """The policy refuses style sheets and style attributes in it: shapes would be black."""
    assert not {"style", "class"} & {name for shape in shapes(scheme) for name in shape.attrib}
    assert {shape.tag.removeprefix(f"{{{SVG}}}") for shape in shapes(scheme)} == {"svg", "g", "rect", "circle"}


def test_marks_have_the_colours_of_their_ground() -> None:
    """The voice is the same on both; the door station is lighter on dark ground."""
    assert {scheme: {fill for shape in shapes(scheme) if (fill := shape.get("fill"))} for scheme in Scheme} == {
        Scheme.LIGHT: {"#14565b", "#f2a33a", "#8fc9c5"},
        Scheme.DARK: {"#2f8c8c", "#f2a33a", "#bfe6e2"},
    }


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_page_shows_the_mark_of_its_ground(tmp_path: Path) -> None:
    async with serving() as served, browsing(tmp_path) as tab:
        for scheme, name in ((Scheme.DARK, "icon-dark.svg"), (Scheme.LIGHT, "icon.svg")):
            await tab.open(f"{served.url}/?{scheme}", "en-US", scheme)
            assert (await tab.picture("header img")).endswith(f"/{name}")

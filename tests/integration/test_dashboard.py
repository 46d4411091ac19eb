"""The ready dashboards speak of what a set-up of the integration has, each in the language of a Home Assistant.

Their templates are rendered as their cards do it: strictly.
"""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor.const import DOMAIN

from .fake_engine import FakeEngine, call_message

FOLDER = Path(__file__).parents[2] / "dashboards"
ENTITY = re.compile(r"\b(?:binary_sensor|button|event|sensor)\.voice_processor_\w+")


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the dashboard."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(child)


class Dashboard:
    """A dashboard, and what it says of a visit in its language."""

    def __init__(self, language: str, name: str, visitor: str, rang: str, nobody: str) -> None:
        """Read it; ``rang`` is a pattern whose group is the door."""
        self.language = language
        self.text = (FOLDER / name).read_text(encoding="utf-8")
        self.tree: dict[str, Any] = load_yaml_dict(FOLDER / name)
        self.cards = [card for section in self.tree["views"][0]["sections"] for card in section["cards"]]
        self.contents = [card["content"] for card in self.cards if card["type"] == "markdown"]
        self.visitor = visitor
        self.rang = rang
        self.nobody = nobody


ENGLISH = Dashboard(
    "en",
    "voice_processor.yaml",
    visitor="**Carlos** from iFood is at **Front door** for **501**.",
    rang=r"\*\*(.+?)\*\* rang \d+ seconds? ago\.",
    nobody="Nobody has rung yet.",
)
PORTUGUESE = Dashboard(
    "pt-BR",
    "voice_processor.pt-BR.yaml",
    visitor="**Carlos** (iFood) está na porta **Front door** para **501**.",
    rang=r"\*\*(.+?)\*\* tocou em \d\d/\d\d às \d\d:\d\d\.",
    nobody="Ninguém tocou ainda.",
)


@pytest.fixture(params=[ENGLISH, PORTUGUESE], ids=lambda dashboard: dashboard.language)
def dashboard(request: pytest.FixtureRequest, hass: HomeAssistant) -> Dashboard:
    """One of them, in a Home Assistant of its language, which names entities in it too."""
    dashboard: Dashboard = request.param
    hass.config.language = dashboard.language
    return dashboard


@pytest.fixture
async def dashboard_entry(dashboard: Dashboard, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """The config entry, loaded once the language is set."""
    return loaded_entry


@pytest.fixture(params=[1, 2])
def doors(request: pytest.FixtureRequest, engine: FakeEngine) -> list[str]:
    """As many doors as there may be: with several, each has a doorbell of its own."""
    names = ["Front door", "Garage"][: request.param]
    engine.opening[1]["status"]["doors"] = [{"name": name, "language": "en"} for name in names]
    return names


async def test_it_names_entities_that_exist(
    hass: HomeAssistant, dashboard: Dashboard, doors: list[str], dashboard_entry: MockConfigEntry
) -> None:
    """Also in templates, and also those that are hidden or disabled for now; whatever doors there are."""
    named = set(ENTITY.findall(re.sub(r"states\.(\w+\.\w+)\.attributes", r"\1", dashboard.text)))
    assert named
    assert named <= set(er.async_get(hass).entities)


async def test_it_shows_what_events_tell(
    hass: HomeAssistant, dashboard: Dashboard, dashboard_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """Its rows are attributes of the event, its text is about the visitor."""
    await engine.send(call_message("stage", visitor="Carlos", company="iFood"))
    for row in nodes(dashboard.cards):
        if row.get("type") == "attribute":
            state = hass.states.get(row["entity"])
            assert state is not None
            assert row["attribute"] in state.attributes
    rendered = Template(dashboard.contents[0], hass).async_render(strict=True)
    assert rendered == dashboard.visitor


async def test_it_shows_who_rang_last(
    hass: HomeAssistant,
    dashboard: Dashboard,
    doors: list[str],
    dashboard_entry: MockConfigEntry,
    engine: FakeEngine,
) -> None:
    """At each door that has rung, the latest first; nothing of doorbells that are not ours."""
    hass.states.async_set("event.other", "2026-11-20T09:00:00+00:00", {"device_class": "doorbell", "door": "Other"})
    assert Template(dashboard.contents[1], hass).async_render(strict=True) == dashboard.nobody
    for number, door in enumerate(doors):
        await engine.send(call_message("rang", call_id=f"call-{number}", door=door))
    rendered = str(Template(dashboard.contents[1], hass).async_render(strict=True))
    assert re.findall(dashboard.rang, rendered) == doors[::-1]


async def test_its_buttons_do_what_there_is_to_do(
    hass: HomeAssistant, dashboard: Dashboard, dashboard_entry: MockConfigEntry
) -> None:
    """The actions take their data: what is missing here is only a visitor. None is done without asking."""
    cleared = [card for card in dashboard.cards if re.search("clear|limpar", card.get("entity", ""))]
    assert cleared
    assert all(card["tap_action"]["confirmation"]["text"] for card in cleared)
    taps = [node for node in nodes(dashboard.tree) if node.get("action") == "perform-action"]
    assert len(taps) == 3
    for tap in taps:
        domain, action = tap["perform_action"].split(".")
        assert domain == DOMAIN
        assert tap["confirmation"]["text"]
        with pytest.raises(ServiceValidationError) as raised:
            await hass.services.async_call(domain, action, tap.get("data", {}), blocking=True)
        assert raised.value.translation_key == "no_call"


def test_all_languages_have_the_same_dashboard() -> None:
    """But for names and words: what one gains the other does too."""
    shapes = [
        [(card["type"], card.get("tap_action", {}).get("action"), len(list(nodes(card)))) for card in dashboard.cards]
        for dashboard in (ENGLISH, PORTUGUESE)
    ]
    assert shapes[0] == shapes[1]
    assert {dashboard.language for dashboard in (ENGLISH, PORTUGUESE)} == {
        path.stem for path in FOLDER.parent.glob(f"custom_components/{DOMAIN}/translations/*.json")
    }

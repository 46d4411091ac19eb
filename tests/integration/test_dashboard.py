"""The ready dashboard speaks of what a set-up of the integration has.

Its templates are rendered as its cards do it: strictly.
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

PATH = Path(__file__).parents[2] / "dashboards" / "voice_processor.yaml"
ENTITY = re.compile(r"\b(?:binary_sensor|button|event|sensor)\.voice_processor_\w+")


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the dashboard."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(child)


DASHBOARD = load_yaml_dict(PATH)
CARDS = [card for section in DASHBOARD["views"][0]["sections"] for card in section["cards"]]
TEXTS = [card["content"] for card in CARDS if card["type"] == "markdown"]


@pytest.fixture(params=[1, 2])
def doors(request: pytest.FixtureRequest, engine: FakeEngine) -> list[str]:
    """As many doors as there may be: with several, each has a doorbell of its own."""
    names = ["Front door", "Garage"][: request.param]
    engine.opening[1]["status"]["doors"] = [{"name": name, "language": "en"} for name in names]
    return names


async def test_it_names_entities_that_exist(
    hass: HomeAssistant, doors: list[str], loaded_entry: MockConfigEntry
) -> None:
    """Also in templates, and also those that are hidden or disabled for now; whatever doors there are."""
    named = set(ENTITY.findall(re.sub(r"states\.(\w+\.\w+)\.attributes", r"\1", PATH.read_text(encoding="utf-8"))))
    assert named
    assert named <= set(er.async_get(hass).entities)


async def test_it_shows_what_events_tell(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """Its rows are attributes of the event, its text is about the visitor."""
    await engine.send(call_message("stage", visitor="Carlos", company="iFood"))
    for row in nodes(CARDS):
        if row.get("type") == "attribute":
            state = hass.states.get(row["entity"])
            assert state is not None
            assert row["attribute"] in state.attributes
    rendered = Template(TEXTS[0], hass).async_render(strict=True)
    assert rendered == "**Carlos** from iFood is at **Front door** for **501**."


async def test_it_shows_who_rang_last(
    hass: HomeAssistant, doors: list[str], loaded_entry: MockConfigEntry, engine: FakeEngine
) -> None:
    """At each door that has rung, the latest first; nothing of doorbells that are not ours."""
    hass.states.async_set("event.other", "2026-11-20T09:00:00+00:00", {"device_class": "doorbell", "door": "Other"})
    assert Template(TEXTS[1], hass).async_render(strict=True) == "Nobody has rung yet."
    for number, door in enumerate(doors):
        await engine.send(call_message("rang", call_id=f"call-{number}", door=door))
    rendered = str(Template(TEXTS[1], hass).async_render(strict=True))
    assert re.findall(r"\*\*(.+?)\*\* rang \d+ seconds? ago\.", rendered) == doors[::-1]


@pytest.mark.usefixtures("loaded_entry")
async def test_its_buttons_do_what_there_is_to_do(hass: HomeAssistant) -> None:
    """The actions take their data: what is missing here is only a visitor. None is done without asking."""
    cleared = [card for card in CARDS if "clear" in card.get("entity", "")]
    assert all(card["tap_action"]["confirmation"]["text"] for card in cleared)
    taps = [node for node in nodes(DASHBOARD) if node.get("action") == "perform-action"]
    assert len(taps) == 3
    for tap in taps:
        domain, action = tap["perform_action"].split(".")
        assert domain == DOMAIN
        assert tap["confirmation"]["text"]
        with pytest.raises(ServiceValidationError) as raised:
            await hass.services.async_call(domain, action, tap.get("data", {}), blocking=True)
        assert raised.value.translation_key == "no_call"

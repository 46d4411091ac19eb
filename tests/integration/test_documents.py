"""The user's documents tell what there is, and the quality scale claims no more than that."""

import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.voice_processor import const
from custom_components.voice_processor.config_flow import CONNECTION_SCHEMA
from custom_components.voice_processor.event import EVENT_DESCRIPTIONS
from custom_components.voice_processor.options_flow import OPTIONS_SCHEMA
from custom_components.voice_processor.sensor import SENSOR_DESCRIPTIONS

INTEGRATION = Path(const.__file__).parent
REPOSITORY = INTEGRATION.parents[1]
DOCUMENT = (REPOSITORY / "docs" / "home-assistant.md").read_text(encoding="utf-8")
TEXTS: dict[str, Any] = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
RULES: dict[str, Any] = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
HEADINGS = {
    "docs-actions": "Actions",
    "docs-configuration-parameters": "Configuration",
    "docs-data-update": "How data is updated",
    "docs-examples": "Examples",
    "docs-installation-instructions": "Installation",
    "docs-installation-parameters": "Installation parameters",
    "docs-known-limitations": "Known limitations",
    "docs-removal-instructions": "Removal",
    "docs-supported-devices": "What is supported",
    "docs-supported-functions": "What there is",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "Use cases",
}


def section(heading: str) -> str:
    """The text below a heading, up to the next of its rank or above; empty where there is none."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    return found[2].strip() if found else ""


@pytest.mark.parametrize(("rule", "heading"), HEADINGS.items())
def test_a_rule_that_is_done_is_written(rule: str, heading: str) -> None:
    assert RULES[rule] == "done"
    assert section(heading)


def test_rules_that_are_exempt_say_what_is_true() -> None:
    """No triggers and no conditions, so none to describe."""
    assert {rule for rule in RULES if rule.startswith("docs-")} == {
        *HEADINGS,
        "docs-conditions",
        "docs-high-level-description",
        "docs-triggers",
    }
    assert not {"triggers", "conditions"} & set(TEXTS)


def test_every_entity_is_described() -> None:
    """With its states, and the events with their attributes."""
    told = section("Entities")
    names = {re.sub(r" ?{\w+}", "", entity["name"]) for kind in TEXTS["entity"].values() for entity in kind.values()}
    rows = re.findall(
        r"^\| ([A-Z][^|]+?) \| (?:event|button|binary sensor|number|select|sensor|switch)", told, re.MULTILINE
    )
    assert {name for row in rows for name in row.split(", ")} == names
    states = {state for sensor in SENSOR_DESCRIPTIONS for state in sensor.options or ()}
    events = {event for described in EVENT_DESCRIPTIONS for event in described.event_types or ()}
    attributes = set(TEXTS["entity"]["event"]["call"]["state_attributes"]) - {"event_type"}
    assert states | events | attributes <= set(re.findall(r"`(\w+)`", told))


def test_every_action_is_described() -> None:
    """With its fields."""
    parts = re.split(r"^\*\*`voice_processor\.(\w+)`\*\*", section("Actions"), flags=re.MULTILINE)[1:]
    told = {name: set(re.findall(r"`(\w+)`", text)) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    fields = {name: set(action["fields"]) for name, action in TEXTS["services"].items()}
    assert set(told) == set(fields)
    assert [name for name, known in fields.items() if not known <= told[name]] == []


def test_every_parameter_of_the_installation_is_described() -> None:
    rows = re.findall(r"^\| (\w+) \| (\w*)", section("Installation parameters"), re.MULTILINE)
    labels = TEXTS["config"]["step"]["user"]["data"]
    assert [name for name, _ in rows[1:]] == [labels[str(key)] for key in CONNECTION_SCHEMA.schema]
    assert str(const.DEFAULT_PORT) in dict(rows).values()


def test_every_option_is_described() -> None:
    rows = re.findall(r"^\| ([^|]+?) \| (on|off) ", section("Configuration"), re.MULTILINE)
    labels = TEXTS["options"]["step"]["init"]["data"]
    defaults = {labels[str(key)]: "on" if key.default() else "off" for key in OPTIONS_SCHEMA.schema}
    assert dict(rows) == defaults


EXAMPLES = [
    example
    for document in ("README.md", "docs/home-assistant.md")
    for text in re.findall(r"```yaml\n(.*?)```", (REPOSITORY / document).read_text(encoding="utf-8"), re.DOTALL)
    if "actions" in (example := yaml.safe_load(text))
]


@pytest.mark.usefixtures("loaded_entry")
async def test_examples_are_automations(hass: HomeAssistant) -> None:
    """Home Assistant takes each as it stands, and ours of the actions take what they are given."""
    automations = [{"alias": f"example {number}", "triggers": []} | example for number, example in enumerate(EXAMPLES)]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()
    states = hass.states.async_all("automation")
    assert [state.state for state in states] == ["on"] * len(EXAMPLES)
    actions = [step for example in EXAMPLES for step in example["actions"] if "action" in step]
    ours = [step for step in actions if step["action"].startswith(f"{const.DOMAIN}.")]
    assert {step["action"].partition(".")[2] for step in ours} == set(TEXTS["services"])
    for step in ours:
        service = hass.services.async_services_for_domain(const.DOMAIN)[step["action"].partition(".")[2]]
        assert service.schema is not None
        service.schema(step.get("data", {}))


def test_links_lead_somewhere() -> None:
    """In every document of the tree that users read."""
    for name in ("README.md", "docs/home-assistant.md", "docs/asterisk.md", "blueprints/README.md"):
        document = REPOSITORY / name
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{name}: {target}"

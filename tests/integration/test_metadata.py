"""What hassfest would say, and whether code, translations and icons speak of the same things."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import pytest
import voluptuous as vol
import yaml

from custom_components.voice_processor import (
    cache_actions,
    config_flow,
    const,
    options_flow,
    resident_actions,
    services,
    speech_actions,
)
from custom_components.voice_processor.answers import CacheName
from custom_components.voice_processor.binary_sensor import BINARY_SENSOR_DESCRIPTIONS
from custom_components.voice_processor.button import BUTTON_DESCRIPTIONS
from custom_components.voice_processor.event import (
    DOORBELL_DESCRIPTION,
    DOORBELL_OF_DESCRIPTION,
    EVENT_DESCRIPTIONS,
    UTTERANCE_DESCRIPTION,
)
from custom_components.voice_processor.figure_sensors import CACHES, FIGURE_DESCRIPTIONS, cache_descriptions
from custom_components.voice_processor.issues import TROUBLES
from custom_components.voice_processor.microphone import MicrophoneProblem
from custom_components.voice_processor.models import DecidedBy, Decision, Disposition, Intent, Party, ProblemCode
from custom_components.voice_processor.number import NUMBER_DESCRIPTIONS
from custom_components.voice_processor.recording_event import RECORDING_DESCRIPTION
from custom_components.voice_processor.select import SELECT_DESCRIPTIONS
from custom_components.voice_processor.sensor import INBOX_SENSOR_DESCRIPTIONS, SENSOR_DESCRIPTIONS, SERVED_BY_NONE
from custom_components.voice_processor.switch import SWITCH_DESCRIPTIONS, unit_description

INTEGRATION = Path(const.__file__).parent
REPOSITORY = INTEGRATION.parents[1]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in INTEGRATION.glob("*.py"))
DESCRIPTIONS = {
    "binary_sensor": BINARY_SENSOR_DESCRIPTIONS,
    "button": BUTTON_DESCRIPTIONS,
    "event": (
        DOORBELL_DESCRIPTION,
        DOORBELL_OF_DESCRIPTION,
        *EVENT_DESCRIPTIONS,
        RECORDING_DESCRIPTION,
        UTTERANCE_DESCRIPTION,
    ),
    "number": NUMBER_DESCRIPTIONS,
    "select": SELECT_DESCRIPTIONS,
    "sensor": (
        *SENSOR_DESCRIPTIONS,
        *INBOX_SENSOR_DESCRIPTIONS,
        *FIGURE_DESCRIPTIONS,
        *(description for name in (*CACHES, "of a later engine") for description in cache_descriptions(name)),
    ),
    "switch": (*SWITCH_DESCRIPTIONS, unit_description("501")),
}
SERVED_BY = {"language_model", "speech_recognition", "voice"}
"""Their states are names, but for one."""
LANGUAGES = ("en", "pt-BR")
MANIFEST_KEYS = {
    "codeowners",
    "config_flow",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "version",
}
"""What hassfest of 2026.10 wants of a custom integration with a config flow."""
FURTHER_MANIFEST_KEYS = {"after_dependencies", "dependencies", "loggers", "requirements", "zeroconf"}
"""What it knows besides, of the kind that may be of use here."""
QUALITY_SCALE = {
    "bronze": "action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage"
    " dependency-transparency docs-actions docs-conditions docs-high-level-description docs-installation-instructions"
    " docs-removal-instructions docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data"
    " test-before-configure test-before-setup unique-config-entry",
    "silver": "action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters"
    " entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage",
    "gold": "devices diagnostics discovery discovery-update-info docs-data-update docs-examples docs-known-limitations"
    " docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices"
    " entity-category entity-device-class entity-disabled-by-default entity-translations exception-translations"
    " icon-translations reconfiguration-flow repair-issues stale-devices",
    "platinum": "async-dependency inject-websession strict-typing",
}
EVENT_ATTRIBUTES = {
    "recording": {"event_type", "file", "language", "problem", "text"},
    "call": {
        "call_id",
        "caller",
        "company",
        "decided_by",
        "disposition",
        "door",
        "event_type",
        "intent",
        "unit",
        "visitor",
    },
    "doorbell": {"call_id", "caller", "door", "event_type", "test"},
    "utterance": {"confidence", "event_type", "language", "text"},
}


def load(name: str) -> Any:
    """A JSON file of the integration."""
    return json.loads((INTEGRATION / name).read_text(encoding="utf-8"))


ENGLISH: dict[str, Any] = load("translations/en.json")


def texts(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a translation file with its dotted key."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from texts(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def test_manifest() -> None:
    """Custom integrations need these; the order is hassfest's."""
    manifest = load("manifest.json")
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]
    assert manifest["domain"] == const.DOMAIN == INTEGRATION.name
    assert set(keys) >= MANIFEST_KEYS
    assert set(keys) <= MANIFEST_KEYS | FURTHER_MANIFEST_KEYS
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])


def test_hacs_and_app_want_the_same_home_assistant() -> None:
    hacs = json.loads((REPOSITORY / "hacs.json").read_text(encoding="utf-8"))
    app = yaml.safe_load((REPOSITORY / "addon" / "config.yaml").read_text(encoding="utf-8"))
    assert hacs["homeassistant"] == app["homeassistant"]
    assert const.DOMAIN in app["discovery"]


def test_strings_are_the_english_translation() -> None:
    """Home Assistant shows translations/en.json; hassfest and translators read strings.json."""
    assert load("strings.json") == ENGLISH


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_complete(language: str) -> None:
    """The same keys in the same order, with the same placeholders."""
    translated = dict(texts(load(f"translations/{language}.json")))
    english = dict(texts(ENGLISH))
    assert list(translated) == sorted(translated, key=lambda key: key.split(".")) == list(english)
    assert {key: placeholders(text) for key, text in translated.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain(language: str) -> None:
    """No markup, addresses, references that only core resolves, or stray blanks."""
    for key, text in texts(load(f"translations/{language}.json")):
        assert not re.search(r"<[a-zA-Z/]|https?://|www\.|\[%key|'{", text), key
        assert text == text.strip() != "", key


def test_every_entity_is_translated_and_has_an_icon() -> None:
    """And nothing else is."""
    keys = {platform: {d.translation_key for d in descriptions} for platform, descriptions in DESCRIPTIONS.items()}
    assert {platform: set(entities) for platform, entities in ENGLISH["entity"].items()} == keys
    assert {platform: set(entities) for platform, entities in load("icons.json")["entity"].items()} == keys


def test_every_state_is_translated() -> None:
    for sensor in DESCRIPTIONS["sensor"]:
        states = ENGLISH["entity"]["sensor"][sensor.translation_key].get("state", {})
        assert set(states) == set(sensor.options or ({SERVED_BY_NONE} if sensor.key in SERVED_BY else ()))
    for event in DESCRIPTIONS["event"]:
        attributes = ENGLISH["entity"]["event"][event.translation_key]["state_attributes"]
        assert set(attributes) == EVENT_ATTRIBUTES[event.key]
        assert set(attributes["event_type"]["state"]) == set(event.event_types or ())
    attributes = ENGLISH["entity"]["event"]["call"]["state_attributes"]
    assert set(attributes["disposition"]["state"]) == set(Disposition)
    assert set(attributes["decided_by"]["state"]) == set(DecidedBy)
    assert set(attributes["intent"]["state"]) == set(Intent)
    codes = ENGLISH["entity"]["binary_sensor"]["telephone_system"]["state_attributes"]["problem_code"]["state"]
    assert set(codes) == set(ProblemCode) - {ProblemCode.FOREIGN_NETWORK, ProblemCode.UNKNOWN_LEG}
    codes = ENGLISH["entity"]["binary_sensor"]["microphone"]["state_attributes"]["problem_code"]["state"]
    assert set(codes) == set(MicrophoneProblem)


def test_icons_are_used() -> None:
    """State icons belong to states that exist, and say more than the default."""
    for platform, entities in load("icons.json")["entity"].items():
        for key, icons in entities.items():
            states = icons.get("state", {})
            assert all(icon.startswith("mdi:") for icon in [icons["default"], *states.values()])
            assert icons["default"] not in states.values()
            known = (
                {"on", "off"}
                if platform in ("binary_sensor", "switch")
                else set(ENGLISH["entity"][platform][key].get("state", {}))
            )
            assert set(states) <= known


def test_flow_texts_are_those_of_the_flow() -> None:
    flow = (INTEGRATION / "config_flow.py").read_text(encoding="utf-8")
    assert set(ENGLISH["config"]["step"]) == set(re.findall(r'step_id="(\w+)"', flow))
    assert set(ENGLISH["config"]["abort"]) == set(re.findall(r'reason="(\w+)"', flow))
    assert set(ENGLISH["config"]["error"]) == set(re.findall(r'"base": "(\w+)"', flow)) | {
        "engine_too_old",
        "engine_too_new",
    }
    fields = {str(key) for key in config_flow.CONNECTION_SCHEMA.schema}
    for step in ("user", "reconfigure"):
        assert set(ENGLISH["config"]["step"][step]["data"]) == fields
        assert set(ENGLISH["config"]["step"][step]["data_description"]) == fields
    options = {str(key) for key in options_flow.OPTIONS_SCHEMA.schema}
    for part in ("data", "data_description"):
        assert set(ENGLISH["options"]["step"]["init"][part]) == options


def test_exception_and_issue_texts_are_used() -> None:
    """Every key is named in the code; the repair issues are exceptions too."""
    named = set(re.findall(r'"(\w+)"', SOURCE))
    assert set(ENGLISH["exceptions"]) <= named
    assert set(
        re.findall(r'translation_key="(\w+)"', (INTEGRATION / "coordinator.py").read_text(encoding="utf-8"))
    ) <= set(ENGLISH["exceptions"])
    of_versions = {key for key in ENGLISH["exceptions"] if key.startswith("engine_too_")}
    assert set(ENGLISH["issues"]) == of_versions | {trouble.key for trouble in TROUBLES}
    for trouble in TROUBLES:
        assert (REPOSITORY / trouble.learn_more).is_file()


def test_every_error_that_is_raised_has_a_text() -> None:
    """With the placeholders that it is raised with."""
    mistakes = re.search(r"_MISTAKES = \((.*?)\)", SOURCE, re.DOTALL)
    assert mistakes
    refusals = set(re.findall(r'"(\w+)"', mistakes[1]))
    raised: dict[str, set[str]] = {key: set() for key in refusals | set(re.findall(r'_mistake\("(\w+)"\)', SOURCE))}
    raised |= {key: {"error"} for key in re.findall(r'_error\("(\w+)", err\)', SOURCE) if key != "invalid_auth"}
    raised |= {key: {name} for key, name in re.findall(r'_mistake\("(\w+)", (\w+)=', SOURCE)}
    assert raised == {key: placeholders(ENGLISH["exceptions"][key]["message"]) for key in raised}


def test_icons_are_of_what_there_is() -> None:
    """Triggers and conditions have none, for there are none."""
    assert set(load("icons.json")) == {"entity", "services"}
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", icon["service"]) for icon in load("icons.json")["services"].values())


def test_every_translation_is_shown() -> None:
    """No other part of a translation file than those that Home Assistant reads, and no other language half done."""
    parts = {"config", "entity", "exceptions", "issues", "options", "selector", "services", "system_health"}
    assert set(ENGLISH) <= parts
    assert {path.stem for path in (INTEGRATION / "translations").iterdir()} == set(LANGUAGES)
    for key, text in ENGLISH["services"].items():
        assert text["name"], key
        assert text["description"], key


def test_actions_are_described() -> None:
    """The form, its texts and the icons speak of the fields that the schemas take."""
    fields = {
        "answer_visitor": services.ANSWER_VISITOR_SCHEMA,
        "call_resident": resident_actions.CALL_RESIDENT_SCHEMA,
        "clear_cache": cache_actions.CACHE_SCHEMA,
        "generate": speech_actions.GENERATE_SCHEMA,
        "get_calls": services.GET_CALLS_SCHEMA,
        "hang_up": services.HANG_UP_SCHEMA,
        "say": services.SAY_SCHEMA,
        "transcribe": speech_actions.TRANSCRIBE_SCHEMA,
        "warm_cache": cache_actions.CACHE_SCHEMA,
    }
    taken = {action: {str(key) for key in schema.schema} for action, schema in fields.items()}
    form = yaml.safe_load((INTEGRATION / "services.yaml").read_text(encoding="utf-8"))
    assert {action: set(described["fields"]) for action, described in form.items()} == taken
    assert {action: set(texts["fields"]) for action, texts in ENGLISH["services"].items()} == taken
    assert set(load("icons.json")["services"]) == set(taken)
    for action, schema in fields.items():
        required = {str(key) for key in schema.schema if isinstance(key, vol.Required)}
        assert required == {name for name, field in form[action]["fields"].items() if field.get("required")}
    selects = [
        field["selector"]["select"]
        for described in form.values()
        for field in described["fields"].values()
        if "select" in field["selector"]
    ]
    assert {select["translation_key"]: set(select["options"]) for select in selects} == {
        key: set(texts["options"]) for key, texts in ENGLISH["selector"].items()
    }
    assert set(ENGLISH["selector"]["decision"]["options"]) == set(Decision)
    assert set(ENGLISH["selector"]["party"]["options"]) == set(Party)
    assert set(ENGLISH["selector"]["cache"]["options"]) == set(CacheName)
    assert form["transcribe"]["fields"]["language"]["selector"]["language"]["languages"] == [*speech_actions.LANGUAGES]


def test_quality_scale_knows_every_rule() -> None:
    """All 54, in the order of the tiers, each kept or exempt for a reason."""
    rules = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
    assert list(rules) == [rule for tier in QUALITY_SCALE.values() for rule in tier.split()]
    assert len(rules) == 54
    for rule, verdict in rules.items():
        if verdict != "done":
            assert verdict["status"] in {"done", "exempt"}, rule
            assert verdict["comment"].endswith("."), rule


def test_every_exemption_is_earned() -> None:
    """What an exemption says is missing is missing indeed."""
    manifest = load("manifest.json")
    assert "requirements" not in manifest
    assert manifest["iot_class"] == "local_push"
    assert "update_interval" not in SOURCE
    assert not {"trigger.py", "condition.py"} & {path.name for path in INTEGRATION.iterdir()}


def test_hacs_and_the_marketplace_find_the_integration() -> None:
    """They take the first folder of custom_components, and the archive of a release that the workflow makes."""
    hacs = json.loads((REPOSITORY / "hacs.json").read_text(encoding="utf-8"))
    assert hacs == {
        "name": load("manifest.json")["name"],
        "filename": f"{const.DOMAIN}.zip",
        "hide_default_branch": True,
        "homeassistant": "2026.10.0",
        "render_readme": True,
        "zip_release": True,
    }
    folders = [path.name for path in INTEGRATION.parent.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert folders == [const.DOMAIN]

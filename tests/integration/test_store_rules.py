"""The rules by which hassfest and HACS judge an integration, as far as they concern this one.

Hassfest is not among what Home Assistant is installed with; its rules are stated here anew, after its source of 2026,
and HACS's after theirs (``hacs/integration``, August 2026).
"""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import string
from typing import Any

from awesomeversion import AwesomeVersion
from homeassistant.const import Platform
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import selector
from homeassistant.util.yaml import load_yaml_dict
import pytest
import voluptuous as vol

from custom_components.voice_processor import const

INTEGRATION = Path(const.__file__).parent
REPOSITORY = INTEGRATION.parents[1]
TEXTS = [INTEGRATION / "strings.json", *sorted((INTEGRATION / "translations").glob("*.json"))]
KEY = re.compile(r"(?!.+[_-]{2})(?![_-])[a-z0-9_-]+(?<![_-])")
URL = re.compile(r"((ftps?|scp|https?|mqtts?|socket|socks5)://|www\.)[a-z0-9]", re.IGNORECASE)
SECTIONS = {
    *("title", "config", "options", "entity", "services", "selector", "exceptions", "issues", "system_health"),
    *("device", "device_automation", "config_subentries", "triggers", "conditions", "common"),
}
MANIFEST = vol.Schema(
    {
        vol.Required("domain"): INTEGRATION.name,
        vol.Required("name"): str,
        vol.Required("codeowners"): [vol.Match(r"@[\w/-]+$")],
        vol.Required("config_flow"): True,
        vol.Required("documentation"): vol.All(vol.Url(), vol.Match("https://")),
        vol.Required("integration_type"): vol.In({"device", "hub", "service"}),
        vol.Required("iot_class"): vol.In({"local_push", "local_polling"}),
        vol.Required("issue_tracker"): vol.Url(),
        vol.Required("version"): vol.Coerce(AwesomeVersion),
        vol.Optional("after_dependencies"): [str],
        vol.Optional("dependencies"): [str],
        vol.Optional("zeroconf"): [vol.Match(r"_[a-z-]{1,15}\._tcp\.local\.$")],
    }
)
HACS = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Optional("content_in_root"): bool,
        vol.Optional("country"): vol.Any(str, [str]),
        vol.Optional("filename"): str,
        vol.Optional("hacs"): str,
        vol.Optional("hide_default_branch"): bool,
        vol.Optional("homeassistant"): str,
        vol.Optional("persistent_directory"): str,
        vol.Optional("render_readme"): bool,
        vol.Optional("zip_release"): bool,
    }
)


def read(path: Path) -> dict[str, Any]:
    """A file of JSON."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def texts_of(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """All texts, with the way to each."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts_of(value, (*path, key))
    else:
        yield path, node


def test_manifest() -> None:
    MANIFEST(read(INTEGRATION / "manifest.json"))
    assert AwesomeVersion(read(INTEGRATION / "manifest.json")["version"]).valid


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_texts(path: Path) -> None:
    """No markup, no address, nothing around them, and placeholders that are names and stand outside single quotes."""
    texts = read(path)
    assert set(texts) <= SECTIONS
    for way, text in texts_of(texts):
        cv.string_with_no_html(text)
        assert text == text.strip(), way
        assert not URL.search(text), way
        assert not re.search(r"'\{\w+\}'", text), way
        assert not re.search(r".+\[%|%\].+", text), way
        assert all(name.isidentifier() for _, name, _, _ in string.Formatter().parse(text) if name), way
        assert all(KEY.fullmatch(key) or key == "_" for key in way), way


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_flows_and_issues(path: Path) -> None:
    texts = read(path)
    flows = [texts["config"], *(issue["fix_flow"] for issue in texts["issues"].values() if "fix_flow" in issue)]
    for flow in flows:
        for step in flow["step"].values():
            assert set(step.get("data_description", {})) <= set(step.get("data", {}))
    assert "title" not in texts["config"]
    for issue in texts["issues"].values():
        assert "title" in issue
        assert ("description" in issue) != ("fix_flow" in issue)
    assert all(set(exception) == {"message"} for exception in texts["exceptions"].values())


def test_icons() -> None:
    """A platform each, keys that can be translated, icons of Material Design; a state's differs from the default."""
    icons = read(INTEGRATION / "icons.json")
    assert set(icons) <= {"entity", "services"}
    assert set(icons["entity"]) <= set(Platform)
    for way, icon in texts_of(icons):
        assert icon.startswith("mdi:"), way
        assert all(KEY.fullmatch(key) for key in way), way
    for entities in icons["entity"].values():
        for entity in entities.values():
            assert entity["default"] not in entity.get("state", {}).values()
    assert all("service" in service for service in icons["services"].values())


def test_actions() -> None:
    """Home Assistant itself judges their selectors; fields have a name and a description, selectors their texts."""
    actions = load_yaml_dict(str(INTEGRATION / "services.yaml"))
    texts = read(INTEGRATION / "translations" / "en.json")
    assert set(actions) == set(texts["services"]) == set(read(INTEGRATION / "icons.json")["services"])
    for name, action in actions.items():
        assert set(action or {}) <= {"target", "fields"}
        for field, described in ((action or {}).get("fields") or {}).items():
            assert set(described) <= {"example", "default", "required", "advanced", "selector"}
            selector.validate_selector(described["selector"])
            assert {"name", "description"} <= set(texts["services"][name]["fields"][field])
            if key := (described["selector"].get("select") or {}).get("translation_key"):
                assert key in texts["selector"]


def test_hacs() -> None:
    """What it asks of the repository; the archive's name is that of the release."""
    hacs = read(REPOSITORY / "hacs.json")
    HACS(hacs)
    assert hacs["zip_release"] is False or hacs["filename"].endswith(".zip")
    assert (INTEGRATION / "brand" / "icon.png").is_file()
    assert (REPOSITORY / "README.md").is_file()
    assert (REPOSITORY / "LICENSE").is_file()
    assert [path.name for path in INTEGRATION.parent.iterdir() if (path / "manifest.json").is_file()] == [
        INTEGRATION.name
    ]

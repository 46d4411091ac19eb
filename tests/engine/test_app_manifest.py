"""The app's manifest: the Supervisor's options are the engine's settings, under the same names and rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from voice_engine import __version__
from voice_engine.assembly.local_backends import MODELS_FOLDER
from voice_engine.backends.sound_store import FOLDER as SPEECH_FOLDER
from voice_engine.backends.supervisor import SERVICE, WYOMING
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings, UnitSettings, masked, parse_settings
from voice_engine.core.settings_doors import EntranceSettings, SentenceSettings

ADDON = Path(__file__).parents[2] / "addon"
MANIFEST: dict[str, Any] = yaml.safe_load((ADDON / "config.yaml").read_text())
DEFAULTS = masked(Settings())
LANGUAGES = ["en", "pt-BR"]

FIXED_IN_THE_CONTAINER = {
    ("audiosocket", "host"),
    ("audiosocket", "visitor_port"),
    ("audiosocket", "resident_port"),
    ("http", "announce"),
    ("http", "host"),
    ("http", "port"),
    ("wyoming", "host"),
    ("wyoming", "port"),
}
"""Settings that are no options: the Supervisor maps the container's ports, and is told of the engine itself."""
KEPT_BY_THE_SUPERVISOR = {
    "advanced": False,
    "apparmor": True,
    "audio": False,
    "auth_api": False,
    "backup": "hot",
    "boot": "auto",
    "devicetree": False,
    "docker_api": False,
    "full_access": False,
    "gpio": False,
    "hassio_api": False,
    "hassio_role": "default",
    "homeassistant_api": False,
    "host_dbus": False,
    "host_ipc": False,
    "host_network": False,
    "host_pid": False,
    "host_uts": False,
    "ingress_port": 8099,
    "ingress_stream": False,
    "init": True,
    "journald": False,
    "kernel_modules": False,
    "legacy": False,
    "panel_admin": True,
    "realtime": False,
    "stage": "stable",
    "startup": "application",
    "stdin": False,
    "timeout": 10,
    "tmpfs": False,
    "uart": False,
    "udev": False,
    "usb": False,
    "video": False,
}
"""What the Supervisor takes for granted; stating it is an error to the store's linter."""


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All keys of nested mappings that hold something else than a mapping."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _options_with(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Options with one value set, calls long enough for any ringing, and a device that any source may be."""
    options: dict[str, Any] = {
        "door": {"ring_attempts": 1, "max_call_seconds": 3600},
        "microphone": {"device": "/run/room"},
    }
    section = options
    for key in path[:-1]:
        section = section.setdefault(key, {})
    section[path[-1]] = value
    return options


def test_default_options_are_the_default_settings() -> None:
    settings, warnings = parse_settings(MANIFEST["options"])
    assert settings == Settings()
    assert warnings == ()


def test_options_and_settings_have_the_same_keys() -> None:
    """Both ways, but for what cannot vary inside the container."""
    options = {path for path, _ in _leaves(MANIFEST["schema"])}
    assert options | FIXED_IN_THE_CONTAINER == {path for path, _ in _leaves(DEFAULTS)}
    for name, entry in (("units", UnitSettings), ("doors", EntranceSettings), ("sentences", SentenceSettings)):
        assert set(MANIFEST["schema"][name][0]) == set(entry.__slots__)


def test_every_section_has_options() -> None:
    """The Supervisor refuses to start an app whose saved options lack a section of its schema."""
    assert set(MANIFEST["options"]) == set(MANIFEST["schema"])
    for path, _ in _leaves(MANIFEST["options"]):
        assert path in dict(_leaves(MANIFEST["schema"]))


def test_every_option_may_be_left_out() -> None:
    """An option that a new version demands would keep the app from starting after the update."""
    demanded = [path for path, kind in _leaves(MANIFEST["schema"]) if isinstance(kind, str) and not kind.endswith("?")]
    assert demanded == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [(path, kind) for path, kind in _leaves(MANIFEST["schema"]) if re.match(r"(int|float)\(", str(kind))],
)
def test_ranges_are_those_of_the_settings(path: tuple[str, ...], kind: str) -> None:
    """What the options page takes the engine takes, and no more."""
    match = re.fullmatch(r"(int|float)\((.+),(.+)\)\?", kind)
    assert match is not None
    number = int if match[1] == "int" else float
    lowest, highest = number(match[2]), number(match[3])
    for value in (lowest, highest):
        parse_settings(_options_with(path, value))
    for value in (lowest - number(1), highest + number(1)):
        with pytest.raises(SettingsError) as caught:
            parse_settings(_options_with(path, value))
        assert caught.value.key == ".".join(path)


@pytest.mark.parametrize(
    ("path", "kind"), [(path, kind) for path, kind in _leaves(MANIFEST["schema"]) if str(kind).startswith("list(")]
)
def test_choices_are_those_of_the_settings(path: tuple[str, ...], kind: str) -> None:
    choices = kind.removeprefix("list(").removesuffix(")?").split("|")
    for choice in choices:
        parse_settings(_options_with(path, choice))
    with pytest.raises(SettingsError) as caught:
        parse_settings(_options_with(path, "another"))
    assert f"must be one of {', '.join(choices)}," in str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_and_port_is_told_in_every_language(language: str) -> None:
    """Neither more nor less than there is."""
    told = yaml.safe_load((ADDON / "translations" / f"{language}.yaml").read_text())
    assert set(told) == {"configuration", "network"}
    _assert_told(MANIFEST["schema"], told["configuration"])
    assert set(told["network"]) == set(MANIFEST["ports"])


def _assert_told(schema: dict[str, Any], told: dict[str, Any]) -> None:
    assert list(told) == list(schema)
    for key, entry in told.items():
        kind = schema[key][0] if isinstance(schema[key], list) else schema[key]
        assert entry["name"].strip()
        assert entry["description"].strip()
        if isinstance(kind, dict):
            _assert_told(kind, entry["fields"])
        else:
            assert "fields" not in entry


def test_manifest_states_nothing_that_goes_without_saying() -> None:
    stated = {key: value for key, value in MANIFEST.items() if key in KEPT_BY_THE_SUPERVISOR}
    assert [key for key, value in stated.items() if value == KEPT_BY_THE_SUPERVISOR[key]] == []


def test_manifest_fits_the_engine() -> None:
    """Its version, its ports, and where ingress and the integration look for it."""
    assert MANIFEST["version"] == __version__
    defaults = Settings()
    assert MANIFEST["ports"] == {
        f"{port}/tcp": port for port in (defaults.audiosocket.visitor_port, defaults.audiosocket.resident_port)
    }
    assert MANIFEST.get("ingress_port", 8099) == defaults.http.port
    assert MANIFEST["discovery"] == [SERVICE, WYOMING]


def test_backups_hold_nothing_that_comes_again_by_itself() -> None:
    """Models are downloaded and sentences synthesised anew; calls, recordings and the identity are kept."""
    assert MANIFEST["backup_exclude"] == [f"{folder}/*" for folder in (MODELS_FOLDER, SPEECH_FOLDER)]


def test_store_finds_what_it_shows() -> None:
    for name in ("README.md", "DOCS.md", "CHANGELOG.md", "icon.png", "logo.png"):
        assert (ADDON / name).stat().st_size > 0


def test_documentation_tells_every_option() -> None:
    """One section each, in the order of the options page; none twice."""
    text = (ADDON / "DOCS.md").read_text()
    assert re.findall(r"^### Option: `(.+)`$", text, re.MULTILINE) == list(MANIFEST["schema"])
    for path, _ in _leaves(MANIFEST["schema"]):
        assert f"`{path[-1]}`" in text, path
    for section in re.findall(r"^### Option: (.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL):
        rows = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
        assert len(rows) == len(set(rows)), rows

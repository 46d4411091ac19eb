"""One version, wherever it is written."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def first(pattern: str, name: str) -> str:
    """What the pattern's group finds first in a file of the tree."""
    found = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{name} has no version"
    return found[1]


def test_every_version_is_the_engines() -> None:
    engine = first(r'^__version__ = "(.+)"$', "addon/voice_engine/__init__.py")
    manifest = json.loads((ROOT / "custom_components/voice_processor/manifest.json").read_text(encoding="utf-8"))
    versions = {
        "addon/config.yaml": first(r'^version: "?([^"\s]+)"?$', "addon/config.yaml"),
        "manifest.json": manifest["version"],
        "CHANGELOG.md": first(r"^## \[?(\d[^\]\s]*)\]?", "CHANGELOG.md"),
    }
    assert versions == dict.fromkeys(versions, engine)

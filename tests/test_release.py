"""What a release is made of."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest
import yaml

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "voice_processor"
VERSION = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))["version"]


@pytest.fixture
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "dev" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_release_of_this_version(release: ModuleType, tmp_path: Path) -> None:
    """The archive has the integration at its root and nothing else; the notes are the version's own."""
    release.main(f"v{VERSION}", tmp_path)
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    assert hacs["zip_release"] is True
    with ZipFile(tmp_path / hacs["filename"]) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    files = (path for path in INTEGRATION.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert packed == {path.relative_to(INTEGRATION).as_posix(): path.read_bytes() for path in files}
    notes = (tmp_path / "notes.md").read_text(encoding="utf-8")
    assert notes.startswith("### ")
    assert "\n## " not in notes


def test_the_same_tree_makes_the_same_archive(release: ModuleType, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    release.write_archive(first)
    release.write_archive(second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("tag", ["v0.0.0", VERSION, f"v{VERSION}.1", "vmain"])
def test_another_tag_makes_nothing(release: ModuleType, tmp_path: Path, tag: str) -> None:
    with pytest.raises(SystemExit, match="The tag is"):
        release.main(tag, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("changelog", ["", "## [Unreleased]\n\n- One\n", "## [1.2.3]\n\n## [1.2.2]\n\n- Two\n"])
def test_a_version_without_notes_is_not_released(release: ModuleType, changelog: str) -> None:
    with pytest.raises(SystemExit, match=r"tells nothing about 1\.2\.3"):
        release.notes_of("1.2.3", changelog)


def test_workflows_are_read_as_meant() -> None:
    """Each says what it may do and how long it may take; the release runs on a tag and publishes last."""
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert "permissions" in workflow, path.name
        assert all("timeout-minutes" in job for job in workflow["jobs"].values()), path.name
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert release[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 takes the key for a truth
    assert release["permissions"] == {}
    jobs = release["jobs"]
    assert jobs["image"]["needs"] == "check"
    assert set(jobs["publish"]["needs"]) == {"check", "manifest"}


def test_the_release_builds_for_every_machine_of_the_app() -> None:
    app = yaml.safe_load((ROOT / "addon" / "config.yaml").read_text(encoding="utf-8"))
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    built = [json.loads(line.split("'")[1]) for line in text.splitlines() if "architectures: '" in line]
    assert len(built) == 2
    assert [sorted(architectures) for architectures in built] == [sorted(app["arch"])] * 2

"""The shape of the tree: small modules that say what they are for, and names that mislead nobody."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (ROOT / "addon/voice_engine", ROOT / "custom_components/voice_processor")
MODULES = sorted(module for package in PACKAGES for module in package.rglob("*.py"))
LONGEST = 400  # lines; beyond that a module is about two things


def tree() -> list[Path]:
    """Every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """The files of the tree that hold text, by name."""
    found = {}
    for path in tree():
        try:
            found[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_module_is_short_and_says_what_it_is_for(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST
    assert ast.get_docstring(ast.parse(source))


def test_only_the_app_has_an_app_configuration() -> None:
    """The Supervisor takes every file of these names, anywhere in a repository, for an app."""
    names = {str(path.relative_to(ROOT)) for path in tree() if re.fullmatch(r"config\.(ya?ml|json)", path.name)}
    assert names == {"addon/config.yaml"}


def test_nothing_is_left_for_later() -> None:
    unfinished = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
    assert [name for name, text in texts().items() if unfinished.search(text)] == []


def test_no_package_source_is_written_down() -> None:
    """Where packages come from is each machine's own business; a lock names versions and hashes."""
    hosts = re.compile(
        r"(deb|security|ftp\.\w+)\.debian\.org|pypi\.org/simple|pythonhosted\.org|registry\.npmjs|^--(extra-)?index-url",
        re.MULTILINE,
    )
    assert [name for name, text in texts().items() if name != "tests/test_shape.py" and hosts.search(text)] == []


def test_the_app_is_built_from_its_own_folder() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "addon/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    sources = [source for line in copied for source in line.split()]
    assert sources
    assert [source for source in sources if not (ROOT / "addon" / source).exists()] == []
    admitted = (ROOT / "addon/.dockerignore").read_text(encoding="utf-8").splitlines()
    assert [source for source in sources if f"!{source}" not in admitted] == []

"""Makes what a release consists of: python3 dev/release.py v1.2.3 FOLDER.

The folder gets ``voice_processor.zip``, with the integration's files at its root as the Marketplace and HACS unpack it,
and ``notes.md``, the version's section of the changelog. Nothing is made of a tag that is not the tree's version.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

REPOSITORY = Path(__file__).parents[1]
INTEGRATION = REPOSITORY / "custom_components" / "voice_processor"
SUFFIXES = {".json", ".png", ".py", ".yaml"}
"""Of what belongs to the integration; caches do not."""
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The only time that every file of an archive has, so that the same tree makes the same archive."""


def check_version(tag: str) -> str:
    """The version of a tag. Raises SystemExit where the integration has another; a test holds all others to that."""
    version = tag.removeprefix("v")
    manifest = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))
    if f"v{manifest['version']}" != tag:
        raise SystemExit(f"The tag is {tag}, but the integration's version is {manifest['version']}.")
    return version


def notes_of(version: str, changelog: str) -> str:
    """The changelog's section of a version, without its heading. Raises SystemExit where there is none."""
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None or not (notes := found[1].strip()):
        raise SystemExit(f"CHANGELOG.md tells nothing about {version}.")
    return f"{notes}\n"


def write_archive(path: Path) -> None:
    """Pack the integration, its files at the archive's root."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in sorted(INTEGRATION.rglob("*")):
            if file.suffix in SUFFIXES:
                archive.writestr(
                    ZipInfo(file.relative_to(INTEGRATION).as_posix(), OLDEST), file.read_bytes(), ZIP_DEFLATED
                )


def main(tag: str, folder: Path) -> None:
    """Make both."""
    notes = notes_of(check_version(tag), (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notes.md").write_text(notes, encoding="utf-8")
    write_archive(folder / "voice_processor.zip")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

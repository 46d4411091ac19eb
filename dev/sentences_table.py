"""Writes the table of sentences into addon/DOCS.md from the engine's own packs.

    script/box /opt/dev/engine/bin/python dev/sentences_table.py

The engine's suite compares the document with what this would write.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "addon"))

from voice_engine.backends.prompt_packs import load_pack  # noqa: E402 - found only after the path above
from voice_engine.core.prompts import Prompt, optional_names, required_names  # noqa: E402
from voice_engine.core.transcript import Language  # noqa: E402

DOCUMENT = ROOT / "addon" / "DOCS.md"
TABLE = re.compile(r"(?<=<!-- sentences -->\n).*?(?=<!-- /sentences -->)", re.DOTALL)
"""What is drawn stands between these marks."""


def document() -> str:
    """The whole of addon/DOCS.md."""
    rows = "".join(_row(prompt) for prompt in Prompt)
    table = f"\n| Sentence | Must hold | May hold, in brackets | In English |\n| --- | --- | --- | --- |\n{rows}\n"
    return TABLE.sub(lambda _: table, DOCUMENT.read_text(encoding="utf-8"))


def _row(prompt: Prompt) -> str:
    text = load_pack(Language.ENGLISH).sentences[prompt].replace("|", "\\|")
    return f"| `{prompt}` | {_listed(required_names(prompt))} | {_listed(optional_names(prompt))} | {text} |\n"


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"`{{{name}}}`" for name in sorted(names))


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"{DOCUMENT.relative_to(ROOT)} written")

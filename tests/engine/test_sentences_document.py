"""The documentation's table of sentences is the one of the packs."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_documentation_lists_every_sentence_and_what_it_may_hold() -> None:
    """``dev/sentences_table.py`` would write what stands there."""
    drawn = runpy.run_path(str(ROOT / "dev" / "sentences_table.py"))["document"]()
    assert (ROOT / "addon" / "DOCS.md").read_text(encoding="utf-8") == drawn, "run dev/sentences_table.py"

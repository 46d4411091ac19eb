"""The drawing of the dialog is true."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_drawing_is_what_the_code_does() -> None:
    """``dev/dialog_diagram.py`` would write what stands there."""
    drawn = runpy.run_path(str(ROOT / "dev" / "dialog_diagram.py"))["document"]()
    assert (ROOT / "docs" / "dialog.md").read_text(encoding="utf-8") == drawn, "run dev/dialog_diagram.py"

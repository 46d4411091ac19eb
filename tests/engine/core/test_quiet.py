"""Who is not to be disturbed."""

from __future__ import annotations

from voice_engine.core.quiet import Quiet


def test_units_are_muted_one_by_one_and_the_house_beside_them() -> None:
    """Switching the house off again leaves units as they were."""
    quiet = Quiet().changed(None, {"501": True, "502": True}).changed(True, {"502": False})
    assert [quiet.covers(unit) for unit in ("501", "502", "503")] == [True, True, True]
    quiet = quiet.changed(False, {})
    assert [quiet.covers(unit) for unit in ("501", "502", "503")] == [True, False, False]
    assert quiet == Quiet(units=frozenset({"501"}))

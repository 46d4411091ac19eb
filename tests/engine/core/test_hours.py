"""Hours of the day: their spelling, their ends, and midnight."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.hours import Hours


@pytest.mark.parametrize(
    ("hours", "moment", "within"),
    [
        ("22:00-07:00", time(22), True),
        ("22:00-07:00", time(21, 59, 59), False),
        ("22:00-07:00", time(0), True),
        ("22:00-07:00", time(6, 59, 59), True),
        ("22:00-07:00", time(7), False),
        ("22:00-07:00", time(12), False),
        ("13:00 - 14:30", time(13), True),
        ("13:00 - 14:30", time(14, 30), False),
        ("13:00 - 14:30", time(0), False),
        ("00:00-06:00", time(0), True),
        ("18:00-00:00", time(23, 59), True),
        ("18:00-00:00", time(0), False),
    ],
)
def test_the_start_is_within_and_the_end_is_not(hours: str, moment: time, within: bool) -> None:
    """By day and over midnight."""
    assert (moment in Hours.from_text(hours)) is within


@pytest.mark.parametrize(
    "text",
    ["", "22-7", "7:00-8:00", "24:00-07:00", "22:60-07:00", "22:00", "22:00-07:00-08:00", "always", "09:00-09:00"],
)
def test_anything_else_is_refused(text: str) -> None:
    """Also an end that is the start: it may mean never, or always."""
    with pytest.raises(ValueError, match=r"times|end"):
        Hours.from_text(text)


@given(st.times(), st.times(), st.times())
def test_every_moment_lies_on_one_side(start: time, end: time, moment: time) -> None:
    """Quiet hours and the hours between them share the day."""
    if start != end:
        assert (moment in Hours(start, end)) is not (moment in Hours(end, start))

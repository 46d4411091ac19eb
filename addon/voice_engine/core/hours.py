"""Hours of the day, such as those in which a home is not to be disturbed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]) ?- ?([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Hours:
    """From ``start`` up to, but not including, ``end``; over midnight where ``end`` is the earlier one."""

    start: time
    end: time

    @classmethod
    def from_text(cls, text: str) -> Hours:
        """Read ``22:00-07:00``. Raises: ValueError for anything else, and for an end that is the start."""
        match = _HOURS.fullmatch(text)
        if match is None:
            raise ValueError("not two times of the day")
        from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
        start, end = time(from_hour, from_minute), time(to_hour, to_minute)
        if start == end:
            raise ValueError("the end is the start")
        return cls(start, end)

    def __contains__(self, moment: time) -> bool:
        """Whether ``moment``, a local time, lies within."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

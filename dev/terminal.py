"""What the demonstration writes: steps that tick, a conversation with its times, a table."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

_BOLD, _DIM, _GREEN, _RED, _CYAN, _PLAIN = "1", "2", "32", "31", "36", "0"


class Terminal:
    """Standard output, in colours where it is a terminal."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._started = time.monotonic()

    def title(self, text: str) -> None:
        """Begin a chapter; its times count from here."""
        self._started = time.monotonic()
        self.line(f"\n{self._in(text, _BOLD)}")

    def ready(self, part: str, seconds: float) -> None:
        """A part is ready."""
        self.line(f"  {self._in('✔', _GREEN)} {part:<24}{self._in(f'{seconds:6.1f} s', _DIM)}")

    def told(self, who: str, what: str, after: str = "") -> None:
        """Somebody did or said something; ``after`` is how long it took."""
        at = self._in(f"{time.monotonic() - self._started:6.1f} s", _DIM)
        self.line(f"{at}  {self._in(f'{who:<15}', _CYAN)} {what}{self._in(f'  ({after})', _DIM) if after else ''}")

    def table(self, rows: Mapping[str, tuple[str, bool]]) -> None:
        """Names, their values and whether each is as it should be."""
        for name, (value, right) in rows.items():
            mark = self._in("✔", _GREEN) if right else self._in("✘", _RED)
            self.line(f"  {mark} {name:<44} {value}")

    def success(self, text: str) -> None:
        """Something went as it should."""
        self.line(f"  {self._in('✔', _GREEN)} {text}")

    def failure(self, text: str) -> None:
        """Something did not."""
        self.line(f"  {self._in('✘', _RED)} {text}")

    def line(self, text: str = "") -> None:
        """A line as it is."""
        print(text, flush=True)

    def _in(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[{_PLAIN}m" if self._colours else text

"""The file a local server lives on: whether it is there and looks like a model, found out without starting anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voice_engine.core.errors import BackendWithoutModel


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model on disk, of which every file of its form begins with the same bytes."""

    path: Path
    kind: str
    """For messages, such as ``a model of whisper.cpp``."""
    magic: bytes
    advice: str
    """Where such files come from, in half a sentence."""

    def check(self) -> None:
        """See that it may be one. Raises: BackendWithoutModel, which says what to do."""
        try:
            with self.path.open("rb") as file:
                begins = file.read(len(self.magic))
        except FileNotFoundError:
            raise BackendWithoutModel(
                f"{self.path} is not there: put {self.kind} there ({self.advice}), or name another in backends[].model"
            ) from None
        except OSError as error:
            raise BackendWithoutModel(
                f"{self.path} cannot be read ({error.strerror}): {self.kind} is wanted there ({self.advice})"
            ) from error
        if begins != self.magic:
            raise BackendWithoutModel(
                f"{self.path} is not {self.kind}: put one there ({self.advice}), or name another in backends[].model"
            )

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes when another file comes in its place; None: there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

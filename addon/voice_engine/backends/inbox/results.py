"""What is written beside recordings: their words, and whose words they are, or why there are none."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voice_engine.core.errors import ResultInTheWay
from voice_engine.core.inbox import (
    DETAILS_SUFFIX,
    PROBLEM_SUFFIX,
    TEMPORARY_PREFIX,
    TEXT_SUFFIX,
    Recording,
    RecordingResult,
)

_VERSION = "of_version"
"""Which version of the recording a file of ours is about; by this it is known for ours, too."""
_LONGEST_DETAILS_BYTES = 8_000_000
"""More than hours of speech take; what is longer is not ours."""
_LONGEST_NAME_BYTES = 255
"""Of Linux's file systems."""


def may_have_results(name: str) -> bool:
    """Whether the name leaves room for what is added to it."""
    return len(os.fsencode(name + PROBLEM_SUFFIX)) <= _LONGEST_NAME_BYTES


@dataclass(frozen=True, slots=True)
class Results:
    """Those in one folder."""

    folder: Path

    def verdict(self, recording: Recording) -> bool | None:
        """Whether this version was written down (True), or cannot be (False). None: neither."""
        for suffix, verdict in ((DETAILS_SUFFIX, True), (PROBLEM_SUFFIX, False)):
            details = self._ours(recording.name + suffix)
            if details is not None and details[_VERSION] == _version(recording):
                return verdict
        return None

    def keep(self, recording: Recording, result: RecordingResult) -> None:
        """Write all of a result, each file whole or not at all. Raises: ResultInTheWay."""
        name = recording.name
        if result.problem is not None:
            self._check_is_free(name + PROBLEM_SUFFIX)
            self._write(name + PROBLEM_SUFFIX, _json({**result.problem.to_wire(), _VERSION: _version(recording)}))
            return
        text = f"{result.text or ''}\n"
        self._check_is_free(name + DETAILS_SUFFIX)
        if self._ours(name + DETAILS_SUFFIX) is None:
            self._check_holds(name + TEXT_SUFFIX, text)
        fields = {key: value for key, value in result.to_wire().items() if key != "problem"}
        self._write(name + TEXT_SUFFIX, text)
        self._write(name + DETAILS_SUFFIX, _json({**fields, _VERSION: _version(recording)}))
        if self._ours(name + PROBLEM_SUFFIX) is not None:
            (self.folder / (name + PROBLEM_SUFFIX)).unlink(missing_ok=True)

    def tidy(self, names: Iterable[str]) -> None:
        """Delete what a killed engine had begun to write."""
        for name in names:
            if name.startswith(TEMPORARY_PREFIX):
                (self.folder / name).unlink(missing_ok=True)

    def _ours(self, name: str) -> dict[str, Any] | None:
        """What a file of ours tells; None: there is none, or it is somebody else's."""
        try:
            with (self.folder / name).open("rb") as file:
                details = json.loads(file.read(_LONGEST_DETAILS_BYTES))
        except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError):
            return None
        return details if isinstance(details, dict) and _VERSION in details else None

    def _check_is_free(self, name: str) -> None:
        if os.path.lexists(self.folder / name) and self._ours(name) is None:
            raise _in_the_way(name)

    def _check_holds(self, name: str, text: str) -> None:
        """Where we were killed between the words and whose they are, the words stand there alone."""
        path = self.folder / name
        if not os.path.lexists(path):
            return
        wanted = text.encode()
        try:
            with path.open("rb") as file:
                is_ours = file.read(len(wanted) + 1) == wanted
        except (FileNotFoundError, IsADirectoryError):
            is_ours = False
        if not is_ours:
            raise _in_the_way(name)

    def _write(self, name: str, content: str) -> None:
        temporary = self.folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / name)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _version(recording: Recording) -> dict[str, int]:
    return {"size_bytes": recording.size_bytes, "modified_ns": recording.modified_ns}


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


def _in_the_way(name: str) -> ResultInTheWay:
    shown = name.encode(errors="surrogateescape").decode(errors="replace")
    return ResultInTheWay(f"The engine did not write {shown}, and does not overwrite it; move it away.")

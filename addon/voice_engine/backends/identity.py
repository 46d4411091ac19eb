"""Who this engine is: an instance id and a bearer token, made at first start and kept in the data directory."""

from __future__ import annotations

import json
import logging
import re
import secrets
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voice_engine.backends.whole_file import write_whole
from voice_engine.core.errors import SettingsError

_LOGGER = logging.getLogger(__name__)

FILE_NAME = "identity.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """What clients know this engine by, and what they show to be served."""

    instance_id: str
    """32 hexadecimal digits."""
    token: str = field(repr=False)
    """Made here: 64 hexadecimal digits, which no command line takes for an option."""


def load_identity(directory: Path) -> Identity:
    """Read the identity kept in ``directory``; what is missing or damaged there is made anew and kept.

    Raises: SettingsError when the directory cannot be read or written.
    """
    path = directory / FILE_NAME
    try:
        stored = _read(path)
        identity = Identity(
            instance_id=_matching(stored.get("instance_id"), r"[0-9a-f]{32}") or uuid.uuid4().hex,
            token=_matching(stored.get("token"), r"[A-Za-z0-9_-]{32,200}") or secrets.token_hex(32),
        )
        if stored != asdict(identity):
            _write(path, identity)
    except OSError as error:
        raise SettingsError("", f"the data directory {directory} cannot be used: {error.strerror}") from error
    return identity


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        stored = None
    if not isinstance(stored, dict):
        _LOGGER.warning("%s was damaged; a new identity is made and Home Assistant has to be connected anew", path)
        return {}
    return stored


def _matching(value: object, pattern: str) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else None


def _write(path: Path, identity: Identity) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(identity)).encode())

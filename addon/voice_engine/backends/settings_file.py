"""The settings file: YAML or JSON, written by hand, by the Supervisor's options page or over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from voice_engine.backends.whole_file import write_whole
from voice_engine.core.errors import BackendUnavailable, SettingsError
from voice_engine.core.settings import ParsedSettings, parse_settings


def load_settings(path: Path) -> ParsedSettings:
    """Read settings from one file: JSON where its name ends in ``.json``, else YAML. An empty file means defaults.

    Raises: SettingsError, naming the file and the line, or the key.
    """
    return parse_settings(read_settings(path))


def read_settings(path: Path) -> Any:
    """Read one file as it is written; an empty one is an empty mapping. Raises: SettingsError."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SettingsError("", f"{path} does not exist") from None
    except OSError as error:
        raise SettingsError("", f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError("", f"{path} is not UTF-8 text (byte {error.start})") from error
    raw = _from_json(content, path) if path.suffix == ".json" else _from_yaml(content, path)
    return {} if raw is None else raw


class SettingsFile:
    """A ``SettingsStore`` over one YAML or JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> Mapping[str, Any]:
        """The file as it is written. Raises: BackendUnavailable where it cannot be read."""
        try:
            settings = await asyncio.to_thread(read_settings, self._path)
        except SettingsError as error:
            raise BackendUnavailable(str(error)) from error
        if not isinstance(settings, Mapping):
            raise BackendUnavailable(f"{self._path} holds no settings")
        return settings

    async def write(self, settings: Mapping[str, Any]) -> None:
        """Put ``settings`` in the file's place; the file before, with its comments, becomes ``….before``.

        Raises: BackendUnavailable where it cannot be written, SettingsError for what the file would not hold.
        """
        try:
            await asyncio.to_thread(self._write, settings)
        except OSError as error:
            raise BackendUnavailable(f"{self._path} cannot be written: {error.strerror}") from error

    def _write(self, settings: Mapping[str, Any]) -> None:
        content = _written(self._path, settings).encode()
        path = self._path.resolve()  # a link stays one
        before = path.read_bytes()
        if content == before:
            return
        mode = stat.S_IMODE(path.stat().st_mode)
        write_whole(path.with_name(f"{path.name}.before"), before, mode)
        write_whole(path, content, mode)


def _written(path: Path, settings: Mapping[str, Any]) -> str:
    """What the file is to hold, in its own form. Raises: SettingsError for what it would not hold as it is."""
    if path.suffix == ".json":
        return json.dumps(settings, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    content = yaml.safe_dump(dict(settings), allow_unicode=True, sort_keys=False, width=120)
    if _from_yaml(content, path) != settings:
        raise SettingsError("", f"{path} cannot hold these settings; edit it by hand")
    return content


def _from_json(content: str, path: Path) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise SettingsError("", f"{path}: {key} is written twice")
            found[key] = value
        return found

    try:
        return json.loads(content or "null", object_pairs_hook=members)
    except json.JSONDecodeError as error:
        raise SettingsError("", f"{path}, line {error.lineno}: {error.msg}") from None


def _from_yaml(content: str, path: Path) -> Any:
    try:
        return yaml.load(content, _Loader)  # noqa: S506 - a SafeLoader with fewer types
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError("", f"{path}{line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise SettingsError("", f"{path}: {error}") from None


class _Loader(yaml.SafeLoader):
    """YAML whose plain words stay words.

    PyYAML's own rules read apartment 0501 as the octal number 321, 10:30 as 630 and a resident called No as false.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key written twice: PyYAML would silently take the last."""
        written: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in written:
                    raise yaml.MarkedYAMLError(problem=f"{key.value} is written twice", problem_mark=key.start_mark)
                written.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first_characters in (
    ("bool", r"true|True|TRUE|false|False|FALSE", ["t", "T", "f", "F"]),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), _first_characters)

"""Changes to the settings as they are written: partial, and with secrets that are written but never read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import MASK, Settings, parse_settings

_DESTINATION = ("kind", "url", "region")
"""Where a backend's key is sent: who changes settings must not come by a secret by having it sent elsewhere."""


class Changed(NamedTuple):
    """Settings as they are to be written, and what they mean."""

    raw: dict[str, Any]
    settings: Settings


def change_settings(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> Changed:
    """Merge ``changes`` into ``raw``: groups key by key, null for the default, lists as a whole.

    A secret that is given as it is shown (masked) stays as it was. Raises: SettingsError that names the key.
    """
    before = parse_settings(raw)
    _check_groups(raw, changes)
    merged = _merged(raw, changes)
    _keep_keys(raw, merged, "backends" in changes)
    _keep_login(raw, merged, changes)
    _check_masks(merged, "")
    after = parse_settings(merged)
    if changes.get("units") and not after.settings.units:
        raise SettingsError("units", "has only blank homes, and would leave none; send an empty list for none")
    added = [warning for warning in after.warnings if warning not in before.warnings]
    if added:
        key, _, message = added[0].partition(" ")
        raise SettingsError(key, message)
    return Changed(merged, after.settings)


def _check_groups(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(raw.get(key), Mapping) and not isinstance(value, Mapping) and value is not None:
            raise SettingsError(key, "must be a group of settings, or null for the defaults")


def _merged(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(raw)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            old = raw.get(key)
            inner = {name: item for name, item in value.items() if item != MASK}
            merged[key] = _merged(old if isinstance(old, Mapping) else {}, inner)
        else:
            merged[key] = value
    return merged


def _keep_keys(raw: Mapping[str, Any], merged: dict[str, Any], given: bool) -> None:
    """Put the keys of backends back where they were masked."""
    if not given or not isinstance(merged.get("backends"), list):
        return
    stored = raw.get("backends")
    known = {entry.get("name"): entry for entry in stored or () if isinstance(entry, Mapping)}
    kept = []
    for index, entry in enumerate(merged["backends"]):
        if not isinstance(entry, Mapping) or entry.get("api_key") != MASK:
            kept.append(entry)
            continue
        name = entry.get("name")
        old = known.get(name) if isinstance(name, str) else None
        if old is None or any((entry.get(part) or "") != (old.get(part) or "") for part in _DESTINATION):
            raise SettingsError(f"backends[{index}].api_key", "must be given anew, for it would be sent elsewhere")
        kept.append({**entry, "api_key": old.get("api_key", "")})
    merged["backends"] = kept


def _keep_login(raw: Mapping[str, Any], merged: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Refuse to have a password sent elsewhere than it was given for."""
    old, new, given = (source.get("asterisk") for source in (raw, merged, changes))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or not isinstance(given, Mapping):
        return
    moved = any(old.get(part) != new.get(part) for part in ("host", "port") if part in given)
    if moved and old.get("password") and given.get("password") in (None, "", MASK) and new.get("password"):
        raise SettingsError("asterisk.password", "must be given anew, for it would be sent elsewhere")


def _check_masks(value: Any, path: str) -> None:
    """Refuse a mask where no secret was kept: as a secret it would only be wrong."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_masks(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_masks(item, f"{path}[{index}]")
    elif value == MASK:
        raise SettingsError(path, "is masked; leave it out to keep what there is")

"""Settings that may also come from the environment, as containers are often configured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import Settings
from voice_engine.core.settings_machine import MOST_JOBS

_LIMITS = {"MAX_CONCURRENT_TRANSCRIPTIONS": "transcriptions", "MAX_CONCURRENT_SYNTHESIS": "syntheses"}
"""Variables, and the limit that each overrides."""


def with_environment(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The settings, with those in place that ``environ`` overrides. Raises: SettingsError naming the variable."""
    limits = {limit: _jobs(name, environ[name]) for name, limit in _LIMITS.items() if environ.get(name, "").strip()}
    return replace(settings, limits=replace(settings.limits, **limits))


def _jobs(name: str, value: str) -> int:
    digits = value.strip()
    if not re.fullmatch(r"[0-9]{1,2}", digits) or int(digits) > MOST_JOBS:
        raise SettingsError(name, f"must be a whole number from 0 (by hardware) to {MOST_JOBS}, not {value[:20]!r}")
    return int(digits)

"""JSON schemas as language models take them: strict about objects, without limits they cannot be held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LIMITS = frozenset(
    {
        "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength", "maximum", "minItems", "minLength",
        "minimum", "multipleOf", "pattern", "uniqueItems",
    }
)  # fmt: skip
"""Refused by some services; whoever asked checks the answer against the whole schema anyway."""


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` with closed objects and without limits of values, all the way down."""
    strict: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            strict[key] = {name: strict_schema(inner) for name, inner in value.items()}
        elif key == "items":
            strict[key] = strict_schema(value)
        elif key in {"anyOf", "allOf", "oneOf"}:
            strict[key] = [strict_schema(inner) for inner in value]
        elif key not in _LIMITS:
            strict[key] = value
    if "properties" in schema:
        strict["additionalProperties"] = False
    return strict

"""Schemas that requests may hold a language model to."""

from __future__ import annotations

import re
from typing import Any

import pytest

from voice_engine.core.answer_schema import WrongSchema, check_schema, conforms

HOME = {
    "type": "object",
    "properties": {
        "unit": {"type": "string"},
        "floor": {"type": "integer"},
        "wing": {"type": "string", "enum": ["north", "south"]},
        "names": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["unit"],
}


def test_answers_are_held_to_it() -> None:
    schema = check_schema(HOME)
    assert conforms({"unit": "501", "floor": 5, "wing": "north", "names": ["Ana"], "more": 1}, schema)
    for wrong in (
        {},
        {"unit": 501},
        {"unit": "1", "floor": True},
        {"unit": "1", "wing": "east"},
        {"unit": "1", "names": [1]},
        [],
        "501",
        None,
    ):
        assert not conforms(wrong, schema)


def nested(levels: int) -> dict[str, Any]:
    return {"type": "object", "properties": {"in": nested(levels - 1) if levels else {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ([], "schema must be a JSON schema of the type object"),
        ({"type": "string"}, "of the type object"),
        ({"type": "object"}, "1 to 32 properties"),
        ({"type": "object", "properties": {"a b": {"type": "string"}}}, "names of letters"),
        ({"type": "object", "properties": {"a": {}}}, "schema.properties.a must have a type"),
        ({"type": "object", "properties": {"a": {"type": ["string"]}}}, "must have a type"),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, "must have items"),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+"}}}, "may only have"),
        ({"type": "object", "properties": {"a": {"type": "string", "enum": []}}}, "enum must list"),
        ({"type": "object", "properties": {"a": {"type": "string", "enum": [{}]}}}, "enum must list"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}, "required must list"),
        (nested(9), "deeper than 4 levels"),
    ],
)
def test_what_a_service_might_refuse_is_refused_here(schema: object, message: str) -> None:
    """A service that refuses a schema would be left out, for the calls too."""
    with pytest.raises(WrongSchema, match=re.escape(message)):
        check_schema(schema)

"""Schemas as language models take them."""

from __future__ import annotations

from voice_engine.core.json_schema import strict_schema


def test_objects_are_closed_and_limits_left_out_all_the_way_down() -> None:
    schema = {
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "pattern": "^a", "minLength": 1},
            "people": {
                "type": "array",
                "maxItems": 3,
                "items": {"type": "object", "properties": {"age": {"minimum": 0}}},
            },
            "either": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
        },
        "required": ["pattern"],
    }
    before = str(schema)
    assert strict_schema(schema) == {
        "type": "object",
        "properties": {
            "pattern": {"type": "string"},
            "people": {
                "type": "array",
                "items": {"type": "object", "properties": {"age": {}}, "additionalProperties": False},
            },
            "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["pattern"],
        "additionalProperties": False,
    }
    assert str(schema) == before

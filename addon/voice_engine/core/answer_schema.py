"""The JSON schemas that requests may hold a language model to: few kinds of values, and small."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_KEYS = {"type", "properties", "required", "items", "enum", "description", "additionalProperties"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DEEPEST = 4
_MOST_PROPERTIES = 32
_MOST_OPTIONS = 64


class WrongSchema(ValueError):
    """A schema models are not asked to keep; the message says why."""


def check_schema(schema: object) -> Mapping[str, Any]:
    """Take a schema of an object. Raises: WrongSchema.

    Strict, because a service that refuses a schema is left out for a while, for the calls too.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise WrongSchema("schema must be a JSON schema of the type object")
    _check(schema, "schema", 1)
    return schema


def conforms(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether an answer keeps a schema that was taken."""
    if not _is_of(value, schema):
        return False
    if isinstance(value, list) and "items" in schema:
        return all(conforms(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        if any(name not in value for name in schema.get("required", ())):
            return False
        return all(conforms(item, properties[name]) for name, item in value.items() if name in properties)
    return True


def _is_of(value: object, schema: Mapping[str, Any]) -> bool:
    wanted = schema["type"]
    if isinstance(value, bool) and wanted != "boolean":
        return False
    return isinstance(value, _TYPES[wanted]) and ("enum" not in schema or value in schema["enum"])


def _check(schema: object, path: str, depth: int) -> None:
    if not isinstance(schema, dict) or not isinstance(schema.get("type"), str) or schema["type"] not in _TYPES:
        raise WrongSchema(f"{path} must have a type, one of: {', '.join(_TYPES)}")
    if depth > _DEEPEST:
        raise WrongSchema(f"{path} lies deeper than {_DEEPEST} levels")
    unknown = [key for key in schema if key not in _KEYS]
    if unknown:
        raise WrongSchema(f"{path} may only have: {', '.join(sorted(_KEYS))}")
    if not isinstance(schema.get("description", ""), str):
        raise WrongSchema(f"{path}.description must be a text")
    if not isinstance(schema.get("additionalProperties", False), bool):
        raise WrongSchema(f"{path}.additionalProperties must be true or false")
    _check_options(schema, path)
    _check_properties(schema, path, depth)
    if schema["type"] == "array":
        if "items" not in schema:
            raise WrongSchema(f"{path} must have items")
        _check(schema["items"], f"{path}.items", depth + 1)


def _check_options(schema: Mapping[str, Any], path: str) -> None:
    if "enum" not in schema:
        return
    options = schema["enum"]
    if schema["type"] != "string" or not isinstance(options, list) or not 0 < len(options) <= _MOST_OPTIONS:
        raise WrongSchema(f"{path}.enum must list 1 to {_MOST_OPTIONS} texts")
    if not all(isinstance(option, str) and option for option in options) or len(set(options)) < len(options):
        raise WrongSchema(f"{path}.enum must list different texts")


def _check_properties(schema: Mapping[str, Any], path: str, depth: int) -> None:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if schema["type"] != "object":
        if properties or required:
            raise WrongSchema(f"{path} has properties, but is no object")
        return
    if not isinstance(properties, dict) or not 0 < len(properties) <= _MOST_PROPERTIES:
        raise WrongSchema(f"{path} must have 1 to {_MOST_PROPERTIES} properties")
    for name, value in properties.items():
        if not _NAME.fullmatch(name):
            raise WrongSchema(f"{path}.properties must have names of letters, digits and _")
        _check(value, f"{path}.properties.{name}", depth + 1)
    if not isinstance(required, list) or not all(isinstance(name, str) and name in properties for name in required):
        raise WrongSchema(f"{path}.required must list names of its properties")

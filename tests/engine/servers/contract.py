"""The wire contract as the tests hold it against what the engine says."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012


@cache
def contract() -> dict[str, Any]:
    """Read ``openapi.yaml``."""
    document: dict[str, Any] = yaml.safe_load(files("voice_engine.servers").joinpath("openapi.yaml").read_text())
    return document


def assert_conforms(value: object, schema: str) -> None:
    """Fail unless ``value`` is a ``schema`` of the contract, as strictly as it can be read.

    The contract lets readers meet fields they do not know; the engine itself may send none that it does not state.
    """
    registry = Registry().with_resource("urn:contract", DRAFT202012.create_resource(_closed(contract())))
    validator = Draft202012Validator(
        {"$ref": f"urn:contract#/components/schemas/{schema}"}, registry=registry, format_checker=FormatChecker()
    )
    validator.validate(value)


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(item) for key, item in node.items()}
    return {**closed, "additionalProperties": False} if isinstance(node.get("properties"), dict) else closed

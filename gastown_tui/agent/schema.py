"""A small check of a value against a JSON schema. Pure.

Knows what structured answers use: type, enum, const, properties, required, additionalProperties, items, anyOf, and the
bounds of numbers and lists. Other keywords are not checked.
"""

from __future__ import annotations

from collections.abc import Mapping


def mismatch(value: object, schema: object, at: str = "answer") -> str:
    """Where and how `value` does not fit, "" when it does."""
    if schema is True or not isinstance(schema, Mapping):
        return "" if schema is not False else f"{at} is not allowed"
    if "anyOf" in schema and isinstance(schema["anyOf"], list):
        return "" if any(not mismatch(value, option, at) for option in schema["anyOf"]) else f"{at} fits none of its shapes"
    if "const" in schema and value != schema["const"]:
        return f"{at} must be {schema['const']!r}"
    if isinstance(schema.get("enum"), list) and value not in schema["enum"]:
        return f"{at} must be one of {schema['enum']!r}"
    kinds = schema.get("type")
    wanted = kinds if isinstance(kinds, list) else [kinds] if isinstance(kinds, str) else []
    if wanted and not any(_is_kind(value, kind) for kind in wanted):
        return f"{at} must be {' or '.join(map(str, wanted))}"
    return _inside(value, schema, at)


def _inside(value: object, schema: Mapping[str, object], at: str) -> str:
    if isinstance(value, dict):
        return _object(value, schema, at)
    if isinstance(value, list):
        return _list(value, schema, at)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = schema.get("minimum"), schema.get("maximum")
        if isinstance(low, (int, float)) and value < low:
            return f"{at} must be at least {low}"
        if isinstance(high, (int, float)) and value > high:
            return f"{at} must be at most {high}"
    return ""


def _object(value: Mapping[str, object], schema: Mapping[str, object], at: str) -> str:
    required = schema.get("required")
    for key in required if isinstance(required, list) else []:
        if key not in value:
            return f"{at}.{key} is missing"
    declared = schema.get("properties")
    properties = declared if isinstance(declared, Mapping) else {}
    for key, inner in value.items():
        wrong = mismatch(inner, properties.get(key, schema.get("additionalProperties", True)), f"{at}.{key}")
        if wrong:
            return wrong
    return ""


def _list(value: list[object], schema: Mapping[str, object], at: str) -> str:
    low, high = schema.get("minItems"), schema.get("maxItems")
    if isinstance(low, int) and len(value) < low:
        return f"{at} needs at least {low} items"
    if isinstance(high, int) and len(value) > high:
        return f"{at} may have at most {high} items"
    for index, inner in enumerate(value):
        wrong = mismatch(inner, schema.get("items", True), f"{at}[{index}]")
        if wrong:
            return wrong
    return ""


def _is_kind(value: object, kind: object) -> bool:
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "null":
            return value is None
    return False

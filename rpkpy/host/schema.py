"""The JSON schemas of the Admin API's transform requests, and the text that a violation is answered with.

A small part of JSON Schema is enough: types, required and unknown keys, enums. A violation is reported as the
object that RapidJSON's GenericSchemaValidator makes (include/rapidjson/schema.h, error codes of error/error.h).
"""

import json
from typing import Any

from rpkpy.config.host_options import CHOICES
from rpkpy.host.rejection import bad_request
from rpkpy.redpanda.cluster import COMPRESSIONS

# RapidJSON's ValidateErrorCode.
_REQUIRED = 15
_ADDITIONAL_PROPERTIES = 16
_ENUM = 19
_TYPE = 20

_STRING = {"type": "string"}
_VARIABLES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"key": _STRING, "value": _STRING},
        "required": ["key", "value"],
        "additionalProperties": False,
    },
}
_COMPRESSION = {"type": "string", "enum": list(COMPRESSIONS)}
# Of this host alone: a broker refuses the key.
_OPTIONS = {
    "type": "object",
    "properties": {
        "dead_letter_topic": _STRING,
        **{name: {"type": "string", "enum": list(words)} for name, words in CHOICES.items()},
    },
    "additionalProperties": False,
}

DEPLOY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": _STRING,
        "input_topic": _STRING,
        "output_topics": {"type": "array", "items": _STRING},
        "environment": _VARIABLES,
        "compression": _COMPRESSION,
        "offset": {
            "type": "object",
            "properties": {
                "format": {"type": "string", "enum": ["timestamp", "from_start", "from_end"]},
                "value": {"type": "integer"},
            },
            "required": ["format", "value"],
            "additionalProperties": False,
        },
        "rpkpy": _OPTIONS,
    },
    "required": ["name", "input_topic", "output_topics"],
    "additionalProperties": False,
}

PATCH: dict[str, Any] = {
    "type": "object",
    "properties": {"is_paused": {"type": "boolean"}, "env": _VARIABLES, "compression": _COMPRESSION, "rpkpy": _OPTIONS},
    "additionalProperties": False,
}


def check(value: Any, schema: dict[str, Any]) -> None:
    """Return when `value` fits `schema`; else raise Rejected (400, `invalid JSON request body: {...}`)."""
    violation = _violation(value, schema, "#", "#")
    if violation is not None:
        text = json.dumps(violation, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace").decode()
        raise bad_request(f"invalid JSON request body: {text}")


def _violation(value: Any, schema: dict[str, Any], at: str, rule: str) -> dict[str, Any] | None:
    expected, actual = schema["type"], _type_of(value)
    if actual != expected:
        return {"type": {"expected": [expected], "actual": actual, **_place(_TYPE, at, rule)}}
    if expected == "object":
        return _object_violation(value, schema, at, rule)
    if expected == "array":
        for index, item in enumerate(value):
            found = _violation(item, schema["items"], f"{at}/{index}", f"{rule}/items")
            if found is not None:
                return found
    elif "enum" in schema and value not in schema["enum"]:
        return {"enum": _place(_ENUM, at, rule)}
    return None


def _object_violation(value: dict[str, Any], schema: dict[str, Any], at: str, rule: str) -> dict[str, Any] | None:
    properties = schema["properties"]
    for key, item in value.items():
        if key not in properties:
            return {"additionalProperties": {"disallowed": key, **_place(_ADDITIONAL_PROPERTIES, at, rule)}}
        found = _violation(item, properties[key], f"{at}/{key}", f"{rule}/properties/{key}")
        if found is not None:
            return found
    missing = [key for key in schema.get("required", ()) if key not in value]
    if missing:
        return {"required": {"missing": missing, **_place(_REQUIRED, at, rule)}}
    return None


def _place(code: int, at: str, rule: str) -> dict[str, Any]:
    return {"errorCode": code, "instanceRef": at, "schemaRef": rule}


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():  # beyond 64 bits a number is a double to RapidJSON
            return "integer" if -(2**63) <= value < 2**64 else "number"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"

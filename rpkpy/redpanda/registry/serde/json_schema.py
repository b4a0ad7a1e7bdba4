"""Records by a JSON Schema: JSON behind the header, checked where it is written."""

from typing import Any

from rpkpy.errors import InvalidError, MissingExtraError
from rpkpy.redpanda.registry.definitions import Definition
from rpkpy.redpanda.registry.serde import json_text


class JsonSerde:
    """Passes JSON through; what is encoded must fit the schema.

    What is decoded must be JSON, no more: whoever wrote it has checked it, and a schema's expressions could keep a
    reader busy for ever.
    """

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._validator: Any = None

    def decode(self, payload: bytes) -> bytes:
        """The payload. Raises InvalidError."""
        json_text.load(payload)
        return payload

    def encode(self, text: bytes) -> bytes:
        """`text`. Raises InvalidError, and MissingExtraError without the package that knows JSON Schema."""
        value = json_text.load(text)
        if self._validator is None:
            self._validator = _validator(self._definition)
        from referencing.exceptions import Unresolvable

        try:
            for error in self._validator.iter_errors(value):
                raise InvalidError(
                    f"It does not fit the schema: {error.message[:300]}.", cause=f"At {error.json_path}."
                )
        except (RecursionError, Unresolvable, ValueError) as error:  # ValueError: an expression that is none
            raise InvalidError("The JSON Schema cannot be applied.", cause=str(error)[:300]) from None
        return text


def _validator(definition: Definition) -> Any:
    """jsonschema's validator, which reads nothing that the registry does not have."""
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import validator_for
        from referencing import Registry, Resource
        from referencing.jsonschema import DRAFT202012
    except ImportError as error:
        raise MissingExtraError("Encoding by a JSON Schema", "schema") from error
    schema = json_text.load(definition.schema.text.encode())
    known: Any = Registry()
    for name, each in definition.imports:
        contents = json_text.load(each.text.encode())
        known = known.with_resource(name, Resource.from_contents(contents, default_specification=DRAFT202012))
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise InvalidError("The JSON Schema cannot be used.", cause=str(error)[:300]) from None
    return kind(schema, registry=known)

"""The codecs of a run: made from the registry's schemas when first asked for, and kept."""

from collections import OrderedDict
from typing import Protocol

from rpkpy.errors import InvalidError, RefusedError, UsageError
from rpkpy.redpanda.registry import definitions
from rpkpy.redpanda.registry.definitions import Definition
from rpkpy.redpanda.registry.serde.wire import frame, unframe
from rpkpy.redpanda.registry.session import Registry

_MAX_KEPT = 1000


class Serde(Protocol):
    """Encodes and decodes by one schema; payloads are what stands behind the schema's id."""

    def decode(self, payload: bytes) -> bytes:
        """The payload as JSON."""
        ...

    def encode(self, text: bytes) -> bytes:
        """JSON as a payload."""
        ...


class Encoder:
    """Encodes JSON by one schema: `encode` gives the whole key or value."""

    def __init__(self, definition: Definition, message: str) -> None:
        self._id = definition.id
        self._serde = _serde(definition, message)

    def encode(self, text: bytes) -> bytes:
        """JSON in the wire format. Raises InvalidError for what is not JSON, or does not fit."""
        return frame(self._id, self._serde.encode(text))


class Serdes:
    """Decodes by the ids in the data, and gives encoders.

    Beside what is said below, AuthError and UnreachableError are raised where the registry gives no schema.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept: OrderedDict[int, Serde | InvalidError | RefusedError] = OrderedDict()

    def decode(self, data: bytes) -> bytes:
        """A key or value as JSON.

        Raises InvalidError for what does not fit its schema or has none, RefusedError for an unknown schema.
        """
        schema_id, payload = unframe(data)
        if schema_id not in self._kept:
            self._kept[schema_id] = self._by_id(schema_id)
            if len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
        found = self._kept[schema_id]
        if isinstance(found, InvalidError | RefusedError):
            raise found
        return found.decode(payload)

    def encoder(self, schema_id: int, message: str = "") -> Encoder:
        """The encoder of a schema; `message` is a Protobuf message's full name. Raises InvalidError, UsageError."""
        return Encoder(definitions.by_id(self._registry, schema_id), message)

    def latest(self, subject: str, message: str = "") -> Encoder:
        """The encoder of a subject's latest schema."""
        return Encoder(definitions.latest(self._registry, subject), message)

    def _by_id(self, schema_id: int) -> Serde | InvalidError | RefusedError:
        """A schema that cannot be had or used is asked for once as well: many records may name it."""
        try:
            return _serde(definitions.by_id(self._registry, schema_id))
        except (InvalidError, RefusedError) as error:
            return error


def _serde(definition: Definition, message: str = "") -> Serde:
    kind = definition.schema.type
    if message and kind != "PROTOBUF":
        raise UsageError(f"Schema {definition.id} has no messages: it is of the type {kind}.")
    if kind == "AVRO":
        from rpkpy.redpanda.registry.serde.avro import AvroSerde

        return AvroSerde(definition)
    if kind == "JSON":
        from rpkpy.redpanda.registry.serde.json_schema import JsonSerde

        return JsonSerde(definition)
    if kind == "PROTOBUF":
        from rpkpy.redpanda.registry.serde.protobuf import ProtobufSerde

        return ProtobufSerde(definition, message)
    raise InvalidError(f"Schema {definition.id} is of the type {kind[:60]}, which rpkpy does not know.")

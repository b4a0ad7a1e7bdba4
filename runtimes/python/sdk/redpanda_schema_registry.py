"""The cluster's schema registry, for transforms.

Every call asks the registry, so keep what is asked for again and again.
"""

import struct

import _schema_registry

AVRO, PROTOBUF, JSON = 0, 1, 2
LATEST = -1
_HEADER_BYTES = 5


class Reference:
    """What a schema refers to: the name it uses for it, and the subject and version that it is."""

    def __init__(self, name, subject, version):
        self.name, self.subject, self.version = name, subject, version


class Schema:
    """A schema: its text, its format (AVRO, PROTOBUF or JSON), and the schemas that it refers to."""

    def __init__(self, text, format=AVRO, references=()):
        self.text, self.format, self.references = text, format, list(references)


class SubjectSchema:
    """A schema of a subject: its id in the registry and its version."""

    def __init__(self, schema, subject, id, version):
        self.schema, self.subject, self.id, self.version = schema, subject, id, version


class SchemaRegistryClient:
    """Asks the registry. OSError when it has not what is asked for, refuses, or is not enabled."""

    def schema_by_id(self, id):
        """The Schema with that id."""
        return _read_schema(_Reader(_schema_registry.definition(id)))

    def latest_schema(self, subject):
        """The SubjectSchema of the newest version."""
        return self.schema_by_version(subject, LATEST)

    def schema_by_version(self, subject, version):
        """The SubjectSchema of that version."""
        reader = _Reader(_schema_registry.subject(subject, version))
        id, version = reader.number(), reader.number()
        return SubjectSchema(_read_schema(reader), subject, id, version)

    def create_schema(self, subject, schema):
        """Register `schema`; the SubjectSchema that it is then."""
        if not isinstance(schema, Schema):
            raise TypeError(f"create_schema takes a Schema, not {type(schema).__name__}")
        parts = [_number(schema.format), _text(schema.text), _number(len(schema.references))]
        for reference in schema.references:
            parts += [_text(reference.name), _text(reference.subject), _number(reference.version)]
        id = _schema_registry.create(subject, b"".join(parts))
        latest = self.latest_schema(subject)
        return SubjectSchema(schema, subject, id, latest.version if latest.id == id else None)


def decode_schema_id(data):
    """The schema id before `data`, as serializers write it (a zero byte and four bytes), and what comes after it."""
    if len(data) < _HEADER_BYTES:
        raise ValueError(f"a schema id takes 5 bytes, there are {len(data)}")
    magic, id = struct.unpack(">bi", data[:_HEADER_BYTES])
    if magic != 0:
        raise ValueError(f"the data begins with {magic}, so there is no schema id before it")
    return id, data[_HEADER_BYTES:]


def encode_schema_id(id, data):
    """`data` with the schema id before it."""
    return struct.pack(">bi", 0, id) + data


class _Reader:
    def __init__(self, data):
        self._data, self._at = data, 0

    def number(self):
        """A zigzag varint."""
        bits = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            bits |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (bits >> 1) ^ -(bits & 1)

    def text(self):
        size = self.number()
        self._at += size
        return self._data[self._at - size : self._at].decode()


def _read_schema(reader):
    format, text, count = reader.number(), reader.text(), reader.number()
    return Schema(text, format, [Reference(reader.text(), reader.text(), reader.number()) for _ in range(count)])


def _number(value):
    bits = (value << 1) ^ (value >> 63)
    out = bytearray()
    while bits >= 0x80:
        out.append(bits & 0x7F | 0x80)
        bits >>= 7
    out.append(bits)
    return bytes(out)


def _text(value):
    if not isinstance(value, str):
        raise TypeError(f"a schema's text and names are str, not {type(value).__name__}")
    data = value.encode()
    return _number(len(data)) + data

# The types of the schema registry's module that rpkpy builds in when a transform imports it.
from collections.abc import Iterable

AVRO: int
PROTOBUF: int
JSON: int
LATEST: int

class Reference:
    name: str
    subject: str
    version: int
    def __init__(self, name: str, subject: str, version: int) -> None: ...

class Schema:
    text: str
    format: int
    references: list[Reference]
    def __init__(self, text: str, format: int = ..., references: Iterable[Reference] = ()) -> None: ...

class SubjectSchema:
    schema: Schema
    subject: str
    id: int
    version: int | None

class SchemaRegistryClient:
    """Asks the registry, each time. OSError when it has not what is asked for, refuses, or is not enabled."""

    def schema_by_id(self, id: int) -> Schema: ...
    def latest_schema(self, subject: str) -> SubjectSchema: ...
    def schema_by_version(self, subject: str, version: int) -> SubjectSchema: ...
    def create_schema(self, subject: str, schema: Schema) -> SubjectSchema: ...

def decode_schema_id(data: bytes) -> tuple[int, bytes]:
    """The schema id before `data`, as serializers write it, and what comes after it."""

def encode_schema_id(id: int, data: bytes) -> bytes:
    """`data` with the schema id before it."""

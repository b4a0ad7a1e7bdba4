"""The module `redpanda_schema_registry`, ABI version 0: schemas for a guest (src/v/wasm/schema_registry_module.cc).

Buffers hold zigzag varints and, for texts, their length and bytes. A definition is its type, its text, the count of
its references, and for each of those name, subject, version. A subject schema is its id, its version and its
definition.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeVar

from rpkpy.batches import varint
from rpkpy.engine.fiber import HostFunction
from rpkpy.engine.memory import GuestMemory
from rpkpy.errors import RpkpyError
from rpkpy.wasm.abi import SCHEMA_REGISTRY_ABI_MARKER

SUCCESS = 0
NOT_ENABLED = -1
FAILED = -2
"""Results of the ABI's functions. FAILED says nothing of the reason: not found, a small buffer, a refused schema."""

LATEST = -1
"""The version with which a guest asks for a subject's latest one."""

T = TypeVar("T")
Pause = Callable[[], None]

_SHOWN_CHARS = 100
_MOST_SAID = 100
_U32 = struct.Struct("<I")
_I32 = struct.Struct("<i")


class SchemaType(IntEnum):
    """The kinds of schemas, as the ABI numbers them."""

    AVRO = 0
    PROTOBUF = 1
    JSON = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """How a definition names a schema that it uses: `name` stands in its text, `subject` and `version` find it."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A schema."""

    type: SchemaType
    text: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectSchema:
    """A schema as one version of a subject."""

    id: int
    version: int
    definition: Definition


class SchemaNotAvailable(Exception):
    """What was asked of a registry cannot be had; the message says why, for a person."""


class SchemaRegistryAway(SchemaNotAvailable):
    """The registry did not answer as one: whether there is such a schema is not known."""


class SchemaRegistryNotEnabled(Exception):
    """There is no registry: the guest gets NOT_ENABLED."""


class SchemaRegistry(Protocol):
    """Where a guest's schemas come from; may be asked by several threads at once.

    The first three methods raise SchemaNotAvailable, or an RpkpyError; the guest then gets FAILED (and NOT_ENABLED for
    SchemaRegistryNotEnabled). An implementation
    that waits bounds the wait, and calls `pause` every tenth of a second meanwhile: what that raises (Ctrl-C) must
    come out.
    """

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        """The schema with this id."""
        ...

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        """A version of a subject, the latest for None."""
        ...

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        """Register a version of a subject, unless it has this definition already; its id."""
        ...

    def failed(self, what: str) -> None:
        """Is told of each call that failed, for a guest learns no reason. Runs in the guest's thread."""
        ...


class NoRegistry:
    """As none at all, but `say` is told once that a guest asked."""

    def __init__(self, say: Callable[[], None]) -> None:
        self._say: Callable[[], None] | None = say

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        """See SchemaRegistry."""
        raise SchemaRegistryNotEnabled

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        """See SchemaRegistry."""
        raise SchemaRegistryNotEnabled

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        """See SchemaRegistry."""
        raise SchemaRegistryNotEnabled

    def failed(self, what: str) -> None:
        """See SchemaRegistry."""
        say, self._say = self._say, None
        if say is not None:
            say()


class Failures:
    """A registry's `failed`: tells `say` of each failure once, and of no more than a hundred."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()

    def __call__(self, what: str) -> None:
        """See SchemaRegistry.failed."""
        if what in self._said or len(self._said) > _MOST_SAID:
            return
        self._said.add(what)
        if len(self._said) > _MOST_SAID:
            what = "further failures are not shown."
        self._say(f"Schema registry: {what}")


def encode_definition(definition: Definition) -> bytes:
    """`definition` as the guest reads it. ValueError for text that is not Unicode (a lone surrogate)."""
    parts = [varint.zigzag(definition.type), _sized(definition.text), varint.zigzag(len(definition.references))]
    for reference in definition.references:
        parts += [_sized(reference.name), _sized(reference.subject), varint.zigzag(reference.version)]
    return b"".join(parts)


def encode_subject_schema(schema: SubjectSchema) -> bytes:
    """`schema` as the guest reads it; the subject is not part of it."""
    return varint.zigzag(schema.id) + varint.zigzag(schema.version) + encode_definition(schema.definition)


def decode_definition(data: bytes) -> Definition:
    """The definition that a guest wrote. Raises ValueError.

    As on the broker, a varint at the very end of `data` reads as 0, and what follows the definition is ignored.
    """
    number, position = _varint(data, 0)
    try:
        type = SchemaType(number)
    except ValueError:
        raise ValueError(f"{number} is no schema type") from None
    text, position = _text(data, position)
    count, position = _varint(data, position)
    if not 0 <= count <= len(data):  # a reference takes some bytes
        raise ValueError(f"{count} references")
    references = []
    for _ in range(count):
        name, position = _text(data, position)
        subject, position = _text(data, position)
        version, position = _varint(data, position)
        references.append(Reference(name, subject, version))
    return Definition(type, text, tuple(references))


def functions(memory: GuestMemory, registry: SchemaRegistry | None, pause: Pause) -> dict[str, HostFunction]:
    """The host functions by name. Without a registry they answer NOT_ENABLED; see SchemaRegistry for `pause`."""
    abi = _SchemaRegistryAbi(memory, registry, pause)
    return {
        SCHEMA_REGISTRY_ABI_MARKER: _marker,
        "get_schema_definition_len": abi.get_schema_definition_len,
        "get_schema_definition": abi.get_schema_definition,
        "get_subject_schema_len": abi.get_subject_schema_len,
        "get_subject_schema": abi.get_subject_schema,
        "create_subject_schema": abi.create_subject_schema,
    }


class _SchemaRegistryAbi:
    """One guest's calls. Pointers are checked before anything else, as the broker's calling layer does."""

    def __init__(self, memory: GuestMemory, registry: SchemaRegistry | None, pause: Pause) -> None:
        self._memory = memory
        self._registry = registry
        self._interrupts = pause

    def get_schema_definition_len(self, values: Any) -> int:
        schema_id, length_at = _signed(values[0]), values[4]
        self._memory.require(length_at, _U32.size)
        return self._length(f"get_schema_definition_len({schema_id})", self._definition(schema_id), length_at)

    def get_schema_definition(self, values: Any) -> int:
        schema_id, buffer, capacity = _signed(values[0]), values[4], values[8]
        self._memory.require(buffer, capacity)
        return self._content(f"get_schema_definition({schema_id})", self._definition(schema_id), buffer, capacity)

    def get_subject_schema_len(self, values: Any) -> int:
        subject_at, subject_length, version, length_at = values[0], values[4], _signed(values[8]), values[12]
        self._memory.require(subject_at, subject_length)
        self._memory.require(length_at, _U32.size)
        subject = self._bytes(subject_at, subject_length)
        what = f"get_subject_schema_len({_shown(subject)}, {_version(version)})"
        return self._length(what, self._subject_schema(subject, version), length_at)

    def get_subject_schema(self, values: Any) -> int:
        subject_at, subject_length, version, buffer, capacity = (
            values[0],
            values[4],
            _signed(values[8]),
            values[12],
            values[16],
        )
        self._memory.require(subject_at, subject_length)
        self._memory.require(buffer, capacity)
        subject = self._bytes(subject_at, subject_length)
        what = f"get_subject_schema({_shown(subject)}, {_version(version)})"
        return self._content(what, self._subject_schema(subject, version), buffer, capacity)

    def create_subject_schema(self, values: Any) -> int:
        subject_at, subject_length, buffer, length, id_at = values[0], values[4], values[8], values[12], values[16]
        self._memory.require(subject_at, subject_length)
        self._memory.require(buffer, length)
        self._memory.require(id_at, _I32.size)
        subject, data = self._bytes(subject_at, subject_length), self._bytes(buffer, length)

        def create(registry: SchemaRegistry) -> bytes:
            created = registry.create(subject.decode(), decode_definition(data), self._pause)
            return _I32.pack(created)

        return self._answer(f"create_subject_schema({_shown(subject)})", create, lambda made: self._write(id_at, made))

    def _definition(self, schema_id: int) -> "Callable[[SchemaRegistry], bytes]":
        return lambda registry: encode_definition(registry.definition(schema_id, self._pause))

    def _subject_schema(self, subject: bytes, version: int) -> "Callable[[SchemaRegistry], bytes]":
        wanted = None if version == LATEST else version
        return lambda registry: encode_subject_schema(registry.subject_schema(subject.decode(), wanted, self._pause))

    def _length(self, what: str, encoded: "Callable[[SchemaRegistry], bytes]", length_at: int) -> int:
        return self._answer(what, encoded, lambda content: self._write(length_at, _U32.pack(len(content))))

    def _content(self, what: str, encoded: "Callable[[SchemaRegistry], bytes]", buffer: int, capacity: int) -> int:
        def write(content: bytes) -> int:
            if len(content) > capacity:
                raise SchemaNotAvailable(f"the buffer has {capacity} bytes, the answer {len(content)}")
            self._write(buffer, content)
            return len(content)

        return self._answer(what, encoded, write)

    def _answer(self, what: str, ask: "Callable[[SchemaRegistry], bytes]", finish: "Callable[[bytes], int]") -> int:
        """What `finish` makes of the registry's answer; FAILED, and a word to the registry, where anything fails."""
        registry = self._registry
        if registry is None:
            return NOT_ENABLED
        try:
            return finish(ask(registry))
        except _Interrupted as interrupted:
            raise interrupted.error from None
        except SchemaRegistryNotEnabled:
            registry.failed(f"{what}: not enabled")
            return NOT_ENABLED
        except RpkpyError as error:
            reason = " ".join(filter(None, (error.message, error.cause)))
        except UnicodeDecodeError:
            reason = "the guest's text is not UTF-8"
        except (SchemaNotAvailable, ValueError) as error:
            reason = str(error)
        except Exception as error:  # a guest is not to die of a registry's answer
            reason = f"{type(error).__name__}: {error}"
        registry.failed(f"{what}: {reason}")
        return FAILED

    def _pause(self) -> None:
        try:
            self._interrupts()
        except BaseException as error:
            raise _Interrupted(error) from error

    def _bytes(self, pointer: int, length: int) -> bytes:
        return self._memory.view[pointer : pointer + length].tobytes()

    def _write(self, pointer: int, content: bytes) -> int:
        self._memory.view[pointer : pointer + len(content)] = content
        return SUCCESS


class _Interrupted(BaseException):
    """Carries what `pause` raised past every `except Exception` on the way."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def _marker(_values: Any) -> None:
    return None


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value


def _shown(subject: bytes) -> str:
    text = subject.decode("utf-8", "replace")
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}...")


def _version(version: int) -> str:
    return "latest" if version == LATEST else str(version)


def _sized(text: str) -> bytes:
    content = text.encode()
    return varint.zigzag(len(content)) + content


def _varint(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data):
        return 0, position
    try:
        return varint.read(data, position)
    except IndexError:
        raise ValueError("the definition is cut short") from None


def _text(data: bytes, position: int) -> tuple[str, int]:
    length, position = _varint(data, position)
    if not 0 <= length <= len(data) - position:
        raise ValueError("the definition is cut short")
    return data[position : position + length].decode(), position + length

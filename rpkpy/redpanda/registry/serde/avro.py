"""Avro's binary encoding to and from its JSON encoding.

Source: "Apache Avro Specification", 1.12, Binary Encoding and JSON Encoding: bytes are strings of code points up to
U+00FF, a union's value is tagged with its type unless null. Written here rather than with a library because records
come from others: libraries follow a linked list into the end of the stack, and an array of nulls for ever.
"""

import json
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

from rpkpy.errors import InvalidError
from rpkpy.redpanda.registry.definitions import Definition
from rpkpy.redpanda.registry.serde import json_text
from rpkpy.redpanda.registry.serde.avro_schema import Type, parse
from rpkpy.redpanda.registry.serde.wire import unzigzag, zigzag

_MAX_DEPTH = 100
_MAX_COST = 64 * 1024 * 1024
_COST = 16
"""Of a value, in characters; what stands in the schema (names, tags, symbols) costs its length beside."""
_BITS = {"int": 32, "long": 64}
_FLOATS = {"float": "<f", "double": "<d"}
_NOT_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class AvroSerde:
    """Encodes and decodes by one schema."""

    def __init__(self, definition: Definition) -> None:
        self._type = parse(definition.schema.text, [schema.text for _, schema in definition.imports])

    def decode(self, payload: bytes) -> bytes:
        """The payload as JSON. Raises InvalidError."""
        reader = _Reader(payload)
        value = reader.value(self._type, 0)
        if reader.position < len(payload):
            raise InvalidError(f"{len(payload) - reader.position} bytes are left over after the schema's last value.")
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def encode(self, text: bytes) -> bytes:
        """JSON as a payload; a union's value may also stand without its tag. Raises InvalidError."""
        writer = _Writer()
        writer.value(self._type, json_text.load(text), "", 0)
        return bytes(writer.out)


class _Budget:
    def __init__(self) -> None:
        self._left = _MAX_COST

    def spend(self, depth: int, chars: int = 0) -> None:
        if depth > _MAX_DEPTH:
            raise InvalidError(f"Its values are nested more than {_MAX_DEPTH} deep.")
        self._left -= _COST + chars
        if self._left < 0:
            raise InvalidError(f"As JSON it is larger than {_MAX_COST >> 20} Mi characters.")


class _Reader(_Budget):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self.position = 0
        self._kinds: dict[str, Callable[[Type, int], Any]] = {
            "null": lambda type_, depth: None,
            "boolean": lambda type_, depth: self._boolean(),
            "int": self._whole,
            "long": self._whole,
            "float": self._float,
            "double": self._float,
            "bytes": lambda type_, depth: self._take(self._long()).decode("latin-1"),
            "string": lambda type_, depth: self._string(),
            "fixed": lambda type_, depth: self._take(type_.size).decode("latin-1"),
            "enum": lambda type_, depth: self._chosen(type_.symbols, depth),
            "array": lambda type_, depth: [self.value(type_.of(), depth + 1) for _ in self._blocks()],
            "map": lambda type_, depth: {self._string(): self.value(type_.of(), depth + 1) for _ in self._blocks()},
            "union": self._union,
            "record": self._record,
        }

    def value(self, type_: Type, depth: int) -> Any:
        self.spend(depth)
        return self._kinds[type_.kind](type_, depth)

    def _take(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self.position:
            raise InvalidError(f"It ends before the {size} bytes that should follow byte {self.position}.")
        self.position += size
        return self._data[self.position - size : self.position]

    def _long(self) -> int:
        number, self.position = unzigzag(self._data, self.position)
        return number

    def _whole(self, type_: Type, depth: int) -> int:
        number = self._long()
        if type_.kind == "int" and not -(1 << 31) <= number < 1 << 31:
            raise InvalidError(f"{number} is not an int.")
        return number

    def _boolean(self) -> bool:
        byte = self._take(1)[0]
        if byte > 1:
            raise InvalidError(f"The byte {byte} is not a boolean.")
        return bool(byte)

    def _float(self, type_: Type, depth: int) -> float | str:
        layout = _FLOATS[type_.kind]
        (number,) = struct.unpack(layout, self._take(struct.calcsize(layout)))
        if math.isfinite(number):
            return float(number)
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"

    def _string(self) -> str:
        try:
            return self._take(self._long()).decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidError("A string is not UTF-8.") from None

    def _chosen(self, symbols: tuple[str, ...], depth: int) -> str:
        index = self._long()
        if not 0 <= index < len(symbols):
            raise InvalidError(f"{index} is none of the schema's {len(symbols)} choices.")
        self.spend(depth, len(symbols[index]))
        return symbols[index]

    def _blocks(self) -> Iterator[int]:
        """One step for each item of an array's or map's blocks; `value` bounds how many there may be."""
        while count := self._long():
            if count < 0:  # then the block's size in bytes follows
                self._long()
            yield from range(abs(count))

    def _union(self, type_: Type, depth: int) -> Any:
        index = self._long()
        if not 0 <= index < len(type_.branches):
            raise InvalidError(f"{index} is none of the schema's {len(type_.branches)} choices.")
        branch = type_.branches[index]
        if branch.kind == "null":
            return None
        self.spend(depth, len(branch.name))
        return {branch.name: self.value(branch, depth + 1)}

    def _record(self, type_: Type, depth: int) -> dict[str, Any]:
        found = {}
        for each in type_.fields:
            self.spend(depth, len(each.name))
            found[each.name] = self.value(each.type, depth + 1)
        return found


class _Writer(_Budget):
    def __init__(self) -> None:
        super().__init__()
        self.out = bytearray()
        self._kinds: dict[str, Callable[[Type, Any, str, int], None]] = {
            "array": self._array,
            "map": self._map,
            "union": self._union,
            "record": self._record,
        }

    def value(self, type_: Type, value: Any, path: str, depth: int) -> None:
        """Write a value; `path` says where it stands."""
        self.spend(depth)
        write = self._kinds.get(type_.kind)
        if write is not None:
            write(type_, value, path, depth)
            return
        data = _plain(type_, value)
        if data is None:
            raise _misfit(type_, value, path)
        self.out += data

    def _array(self, type_: Type, value: Any, path: str, depth: int) -> None:
        if not isinstance(value, list):
            raise _misfit(type_, value, path)
        if value:
            self.out += zigzag(len(value))
        for index, item in enumerate(value):
            self.value(type_.of(), item, f"{path}[{index}]", depth + 1)
        self.out += zigzag(0)

    def _map(self, type_: Type, value: Any, path: str, depth: int) -> None:
        if not isinstance(value, dict):
            raise _misfit(type_, value, path)
        if value:
            self.out += zigzag(len(value))
        for key, item in value.items():
            self.out += _sized(key.encode())
            self.value(type_.of(), item, f"{path}.{key}", depth + 1)
        self.out += zigzag(0)

    def _record(self, type_: Type, value: Any, path: str, depth: int) -> None:
        if not isinstance(value, dict):
            raise _misfit(type_, value, path)
        if unknown := value.keys() - {each.name for each in type_.fields}:
            raise InvalidError(f"{type_.name} has no field {min(unknown)[:200]!r}.", cause=_where(path))
        for each in type_.fields:
            if each.name not in value and not each.has_default:
                raise InvalidError(f"The field {each.name!r} of {type_.name} is missing.", cause=_where(path))
            self.value(each.type, value.get(each.name, each.default), f"{path}.{each.name}", depth + 1)

    def _union(self, type_: Type, value: Any, path: str, depth: int) -> None:
        tag = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None
        for index, branch in enumerate(type_.branches):
            if tag in (branch.name, f"{branch.kind}.{branch.logical}") and branch.kind != "null":
                self.out += zigzag(index)
                self.value(branch, value[tag], f"{path}.{tag}", depth + 1)
                return
        begun = len(self.out)
        for index, branch in enumerate(type_.branches):
            try:
                self.out += zigzag(index)
                self.value(branch, value, path, depth + 1)
                return
            except InvalidError:
                del self.out[begun:]
        raise _misfit(type_, value, path)


def _plain(type_: Type, value: Any) -> bytes | None:
    """A value that has no others in it; None where it is not of the type."""
    kind = type_.kind
    if kind == "null":
        return b"" if value is None else None
    if isinstance(value, bool):
        return bytes([value]) if kind == "boolean" else None
    if kind in _BITS:
        limit = 1 << _BITS[kind] - 1
        return zigzag(value) if isinstance(value, int) and -limit <= value < limit else None
    if kind in _FLOATS:
        number = _NOT_NUMBERS.get(value) if isinstance(value, str) else value
        return _float(_FLOATS[kind], number)
    return _text(type_, value) if isinstance(value, str) else None


def _float(layout: str, number: Any) -> bytes | None:
    try:
        return struct.pack(layout, number)
    except (struct.error, OverflowError):
        return None


def _text(type_: Type, value: str) -> bytes | None:
    if type_.kind == "string":
        return _sized(value.encode())
    if type_.kind == "enum":
        return zigzag(type_.symbols.index(value)) if value in type_.symbols else None
    try:
        data = value.encode("latin-1")
    except UnicodeEncodeError:
        return None
    if type_.kind == "bytes":
        return _sized(data)
    return data if type_.kind == "fixed" and len(data) == type_.size else None


def _sized(data: bytes) -> bytes:
    return zigzag(len(data)) + data


def _where(path: str) -> str | None:
    return f"It stands at {path[:500]}." if path else None


def _misfit(type_: Type, value: Any, path: str) -> InvalidError:
    names = " or ".join(each.name for each in type_.branches) if type_.kind == "union" else type_.name
    return InvalidError(f"{json.dumps(value)[:60]} is not of the type {names[:300]}.", cause=_where(path))

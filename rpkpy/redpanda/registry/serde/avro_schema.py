"""Avro schemas: their JSON as a graph of types, names resolved.

Source: "Apache Avro Specification", 1.12, Schema Declaration and Names. Logical types are what they annotate.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rpkpy.errors import InvalidError

PRIMITIVES = frozenset(("null", "boolean", "int", "long", "float", "double", "bytes", "string"))
_MAX_DEPTH = 100
_MISSING = object()


@dataclass(eq=False, slots=True)
class Field:
    """A record's field; `default` is JSON."""

    name: str
    type: "Type"
    default: Any = _MISSING

    @property
    def has_default(self) -> bool:
        """Whether it may be left out of what is written."""
        return self.default is not _MISSING


@dataclass(eq=False, slots=True)
class Type:
    """A type. `name` is the full name of a record, enum or fixed, of others the kind: how a union's JSON tags it.

    `items` is what an array or map is of, `branches` a union's types, `size` the bytes of a fixed.
    """

    kind: str
    name: str
    logical: str = ""
    fields: list[Field] = field(default_factory=list)
    symbols: tuple[str, ...] = ()
    branches: tuple["Type", ...] = ()
    items: "Type | None" = None
    size: int = 0

    def of(self) -> "Type":
        """What an array or map is of."""
        assert self.items is not None  # noqa: S101  # the parser gives every array and map its items
        return self.items


def parse(text: str, imports: Sequence[str] = ()) -> Type:
    """The type that `text` declares; it may use the names that `imports` declare. Raises InvalidError."""
    parser = _Parser()
    for each in imports:
        parser.parse(each)
    return parser.parse(text)


def _wrong(cause: str) -> InvalidError:
    return InvalidError("The Avro schema cannot be read.", cause=cause)


class _Parser:
    def __init__(self) -> None:
        self._named: dict[str, Type] = {}

    def parse(self, text: str) -> Type:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _wrong(f"It is not JSON: {error}.") from None
        return self._type(data, "", 0)

    def _type(self, data: Any, space: str, depth: int) -> Type:
        if depth > _MAX_DEPTH:
            raise _wrong(f"Its types are nested more than {_MAX_DEPTH} deep.")
        if isinstance(data, str):
            return self._by_name(data, space)
        if isinstance(data, list):
            branches = tuple(self._type(each, space, depth + 1) for each in data)
            if len({each.name for each in branches}) < len(branches) or any(each.kind == "union" for each in branches):
                raise _wrong("A union has a type twice, or another union in it.")
            return Type("union", "union", branches=branches)
        if not isinstance(data, dict):
            raise _wrong(f"{json.dumps(data)[:60]} is not a type.")
        kind = data.get("type")
        if isinstance(kind, dict | list):
            return self._type(kind, space, depth + 1)
        if kind in ("array", "map"):
            items = self._type(data.get("items" if kind == "array" else "values"), space, depth + 1)
            return Type(kind, kind, items=items)
        if kind in ("record", "error", "enum", "fixed"):
            return self._declared(data, kind, space, depth)
        if not isinstance(kind, str):
            raise _wrong("A type has no name.")
        found = self._by_name(kind, space)
        logical = data.get("logicalType")
        return Type(kind, kind, logical) if kind in PRIMITIVES and isinstance(logical, str) else found

    def _by_name(self, name: str, space: str) -> Type:
        if name in PRIMITIVES:
            return Type(name, name)
        found = self._named.get(_full(name, space)) or self._named.get(name)
        if found is None:
            raise _wrong(f'"{name[:200]}" is not declared.')
        return found

    def _declared(self, data: dict[str, Any], kind: str, space: str, depth: int) -> Type:
        own = data.get("namespace")
        name = _full(_text(data.get("name")), own if isinstance(own, str) else space)
        if name in self._named or name in PRIMITIVES:
            raise _wrong(f'"{name[:200]}" is declared twice.')
        made = Type("record" if kind == "error" else kind, name)
        self._named[name] = made
        if kind == "enum":
            made.symbols = tuple(map(_text, _list(data.get("symbols"))))
        elif kind == "fixed":
            size = data.get("size")
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise _wrong(f'"{name[:200]}" has no size.')
            made.size = size
        else:
            self._fields(made, data, name.rpartition(".")[0], depth)
        return made

    def _fields(self, made: Type, data: dict[str, Any], space: str, depth: int) -> None:
        for each in _list(data.get("fields")):
            if not isinstance(each, dict):
                raise _wrong("A field is not an object.")
            type_ = self._type(each.get("type"), space, depth + 1)
            made.fields.append(Field(_text(each.get("name")), type_, each.get("default", _MISSING)))
        if len({each.name for each in made.fields}) < len(made.fields):
            raise _wrong(f'"{made.name[:200]}" has a field twice.')


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong("A name is missing.")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong("A record has no fields, or an enum no symbols.")
    return value

"""What a module is made of: imports, exports, memory, sizes, and what its tools say of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rpkpy.errors import InvalidError
from rpkpy.wasm import abi, binary, custom, validate
from rpkpy.wasm.demangle import demangle
from rpkpy.wasm.limits import BROKER, WASM_PAGE_BYTES, Limits
from rpkpy.wasm.module import FuncType, Module
from rpkpy.wasm.reader import Reader
from rpkpy.wasm.releases import Releases, releases

_CODE = 10
LARGEST = 10
"""So many functions are listed."""


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """An import: its type, and what it is to a broker: `offered`, `idle` (always answers NOSYS) or `unknown`."""

    name: str
    type: str
    broker: str


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """The imports from one module."""

    module: str
    items: list[ImportedItem]


@dataclass(frozen=True, slots=True)
class ExportedItem:
    """An export: function, table, memory, global or tag, and its type."""

    name: str
    kind: str
    type: str


@dataclass(frozen=True, slots=True)
class Abi:
    """The versions that the module's markers name: of the transform's interface, and of the schema registry's."""

    name: str
    versions: list[int]
    schema_registry: list[int]


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory: what it starts with, and what it may grow to by its own declaration (None: no maximum).

    `limit_bytes` is what a transform is given (data_transforms_per_function_memory_limit) and `room_bytes` what is left
    of it for growth, negative when the module does not fit.
    """

    initial_pages: int
    initial_bytes: int
    maximum_pages: int | None
    limit_bytes: int
    room_bytes: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the file, framing included; sections of one name are one part."""

    name: str
    custom: bool
    bytes: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the module's own: its index, its name where the module has names, the bytes of its body."""

    index: int
    name: str | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Functions:
    """How many functions there are, and the largest."""

    imported: int
    defined: int
    named: bool
    largest: list[Function]


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that the module fails: a broker refuses it (`deploy`), or takes it and cannot start it (`start`)."""

    rule: str
    stage: str
    detail: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A module, taken apart.

    `redpanda` is the oldest release that has what it imports. `origin` is what `rpkpy transform build` wrote,
    `producers` and `features` are what compilers and linkers wrote; they prove nothing.
    """

    sha256: str
    bytes: int
    abi: Abi
    redpanda: Releases
    problems: list[Problem]
    memory: Memory
    imports: list[ImportedModule]
    exports: list[ExportedItem]
    sections: list[Part]
    functions: Functions
    producers: dict[str, list[str]]
    features: list[str]
    origin: dict[str, Any] | None = field(default=None, metadata={"omit_none": True})


def inspect(data: bytes, limits: Limits = BROKER) -> Inspection:
    """Take the module `data` apart. InvalidError, with what `validate` says of it, when it is no module."""
    report = validate.check(data, limits)
    first = report.verdicts[0]
    if first.status == "fail":
        raise InvalidError("The file is not a module that brokers run.", cause=first.detail, fix=first.fix)
    module = binary.parse(data)
    names = custom.function_names(module, data)
    return Inspection(
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        abi=_abi(module),
        redpanda=releases(module),
        problems=[Problem(item.rule, item.stage, item.detail) for item in report.failures],
        memory=_memory(module, limits),
        imports=_imports(module),
        exports=_exports(module),
        sections=_parts(module),
        functions=_functions(module, data, names),
        producers=custom.producers(module, data),
        features=custom.target_features(module, data),
        origin=custom.origin(module, data),
    )


def _abi(module: Module) -> Abi:
    def versions(origin: str) -> list[int]:
        markers = {item.name for item in module.imports if item.module == origin and item.kind == "function"}
        tails = (name.removeprefix("check_abi_version_") for name in markers if name.startswith("check_abi_version_"))
        return sorted(int(tail) for tail in tails if tail.isascii() and tail.isdigit() and len(tail) < 10)

    return Abi(abi.TRANSFORM, versions(abi.TRANSFORM), versions(abi.SCHEMA_REGISTRY))


def _memory(module: Module, limits: Limits) -> Memory:
    bounds = [item.bounds for item in module.memories]
    pages = sum(item.minimum for item in bounds)
    maxima = [item.maximum for item in bounds if item.maximum is not None]
    room = limits.memory_bytes - pages * WASM_PAGE_BYTES
    return Memory(
        initial_pages=pages,
        initial_bytes=pages * WASM_PAGE_BYTES,
        maximum_pages=min(maxima, default=None),
        limit_bytes=limits.memory_bytes,
        room_bytes=room,
        fits=room >= 0,
    )


def _imports(module: Module) -> list[ImportedModule]:
    found: dict[str, list[ImportedItem]] = {}
    for item in dict.fromkeys(module.imports):
        offered = abi.LINK_TABLE.get((item.module, item.name)) == item.type
        idle = item.module == abi.WASI and item.name in abi.WASI_NOSYS
        broker = ("idle" if idle else "offered") if offered else "unknown"
        found.setdefault(item.module, []).append(ImportedItem(item.name, str(item.type), broker))
    known = [name for name in abi.MODULES if name in found]
    return [ImportedModule(name, found[name]) for name in (*known, *sorted(found.keys() - set(known)))]


def _exports(module: Module) -> list[ExportedItem]:
    spaces: dict[str, Sequence[object]] = {
        "function": module.functions,
        "table": module.tables,
        "memory": module.memories,
        "global": module.globals,
        "tag": module.tags,
    }
    return [ExportedItem(item.name, item.kind, _type(spaces[item.kind][item.index])) for item in module.exports]


def _type(type: object) -> str:
    return str(type) if isinstance(type, FuncType) else str(type).rpartition(" of ")[2]


def _parts(module: Module) -> list[Part]:
    sizes: dict[tuple[str, bool], int] = {}
    for section in module.sections:
        key = (section.name, section.id == 0)
        sizes[key] = sizes.get(key, 0) + section.size
    return [Part(name, is_custom, size) for (name, is_custom), size in sorted(sizes.items(), key=lambda item: -item[1])]


def _functions(module: Module, data: bytes, names: dict[int, str]) -> Functions:
    imported = module.imported("function")
    bodies = _bodies(module, data)
    order = sorted(range(len(bodies)), key=lambda index: (-bodies[index], index))[:LARGEST]

    def function(number: int) -> Function:
        index = imported + number
        return Function(index, demangle(names[index]) if index in names else None, bodies[number])

    return Functions(imported, len(bodies), bool(names), [function(number) for number in order])


def _bodies(module: Module, data: bytes) -> list[int]:
    """The bytes of each function's body; the module has been parsed, so they are all there."""
    section = next((item for item in module.sections if item.id == _CODE), None)
    if section is None:
        return []
    reader = Reader(data, section.payload, section.end, "the code section")
    sizes = []
    for _ in range(reader.count("function bodies", 1)):
        sizes.append(reader.u32("a function body's size"))
        reader.skip(sizes[-1], "a function body")
    return sizes

"""Reads and writes WebAssembly binaries by section. Function bodies, elements and data are stepped over, not judged.

The work is bounded by the file's size: no count is trusted before the bytes for it are there, nothing recurses.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

from rpkpy.wasm.module import (
    SECTION_NAMES,
    SECTION_ORDER,
    VALUE_TYPES,
    Bounds,
    Export,
    FuncType,
    GlobalType,
    Import,
    Kind,
    MemoryType,
    Module,
    Section,
    TableType,
)
from rpkpy.wasm.preamble import PREAMBLE, check_preamble
from rpkpy.wasm.reader import MalformedModule, Reader

__all__ = ["PREAMBLE", "MalformedModule", "Module", "encode_name", "encode_section", "encode_u32", "parse", "sections"]

MAX_SECTIONS = 10_000
# The limits that engines share (WebAssembly JavaScript interface, "Implementation limits").
MAX_PARAMS = MAX_RESULTS = 1_000
MAX_INITIALISER_OPCODES = 1_000

_KINDS: tuple[Kind, ...] = ("function", "table", "memory", "global", "tag")
_END = 0x0B
# Constant instructions without an operand: i32 and i64 add, sub, mul of the extended-const proposal.
_CONST_ARITHMETIC = frozenset((0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E))


def parse(data: bytes) -> Module:
    """The declarations of the core module `data`.

    Raises MalformedModule, and nothing else, for anything that is not a well-formed module at section level.
    """
    module = Module(size=len(data))
    bodies = 0
    own_functions = 0
    for section in sections(data):
        module.sections.append(section)
        if section.id in _DECODERS:
            reader = Reader(data, section.payload, section.end, f"the {section.name} section")
            entries = _DECODERS[section.id](reader, module)
            if reader.left:
                raise reader.fail(f"{reader.left} bytes too many")
            if section.id == 3:
                own_functions = entries
            elif section.id == 10:
                bodies = entries
    if bodies != own_functions:
        problem = f"{own_functions} functions are declared but {bodies} have a body"
        raise MalformedModule(problem, len(data), flaw="engine")
    return module


def sections(data: bytes) -> Iterator[Section]:
    """The sections of `data` in order, their framing checked.

    Raises MalformedModule for another kind of file, an unknown or repeated section, a wrong order, a wrong size.
    """
    check_preamble(data)
    reader = Reader(data, len(PREAMBLE), len(data), "the module")
    last: Section | None = None
    for _ in range(MAX_SECTIONS):
        if not reader.left:
            return
        start = reader.pos
        id = reader.byte("a section's id")
        kind = SECTION_NAMES.get(id)
        if kind is None:
            raise MalformedModule(f"a section of unknown kind {id}", start)
        if id:
            _check_order(last, id, start)
        size = reader.u32(f"the size of the {kind} section")
        payload = reader.pos
        reader.skip(size, f"the {kind} section, which is {size} bytes long and starts at byte {payload}")
        name = kind
        if not id:
            inner = Reader(data, payload, reader.pos, "a custom section")
            name = inner.name("its name")
            payload = inner.pos
        section = Section(id, name, start, payload, reader.pos)
        last = section if id else last
        yield section
    if reader.left:
        raise reader.fail(f"more than {MAX_SECTIONS} sections")


def encode_u32(value: int) -> bytes:
    """`value` as an unsigned LEB128; 0 to 2**32 - 1."""
    if not 0 <= value < 1 << 32:
        raise ValueError(f"{value} does not fit 32 bits")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_name(name: str) -> bytes:
    """`name` as length-prefixed UTF-8."""
    raw = name.encode()
    return encode_u32(len(raw)) + raw


def encode_section(id: int, payload: bytes, name: str | None = None) -> bytes:
    """A section with its framing. A custom section (id 0) has a `name`, others have none."""
    if (id == 0) != (name is not None):
        raise ValueError("a custom section, and no other, has a name")
    content = payload if name is None else encode_name(name) + payload
    return bytes((id,)) + encode_u32(len(content)) + content


def _check_order(last: Section | None, id: int, offset: int) -> None:
    if last is None:
        return
    if last.id == id:
        raise MalformedModule(f"a second {last.name} section", offset, flaw="engine")
    if SECTION_ORDER.index(id) < SECTION_ORDER.index(last.id):
        raise MalformedModule(f"the {SECTION_NAMES[id]} section comes after the {last.name} section", offset)


# Decoders: each reads one section into the module and returns how many entries it had.


def _types(reader: Reader, module: Module) -> int:
    count = reader.count("types", 3)
    for _ in range(count):
        form = reader.byte("a type")
        if form != 0x60:
            raise reader.fail(f"a type of form 0x{form:02x}, which is not a function type", reader.pos - 1)
        params = _value_types(reader, "parameters", MAX_PARAMS)
        module.types.append(FuncType(params, _value_types(reader, "results", MAX_RESULTS)))
    return count


def _value_types(reader: Reader, what: str, most: int) -> tuple[str, ...]:
    start = reader.pos
    count = reader.count(what, 1)
    if count > most:
        raise reader.fail(f"{count} {what} of one function (at most {most})", start)
    try:
        return _named(reader.take(count, what))
    except KeyError as error:
        raise reader.fail(f"unknown value type 0x{error.args[0]:02x}", start) from None


@lru_cache(maxsize=1024)
def _named(bytes_: bytes) -> tuple[str, ...]:
    return tuple([VALUE_TYPES[byte] for byte in bytes_])


def _imports(reader: Reader, module: Module) -> int:
    count = reader.count("imports", 4)
    for _ in range(count):
        origin, name = reader.name("an import's module name"), reader.name("an import's name")
        kind = _kind(reader, "an import")
        type: FuncType | TableType | MemoryType | GlobalType
        if kind == "function":
            module.functions.append(type := _signature(reader, module))
        elif kind == "table":
            module.tables.append(type := _table(reader))
        elif kind == "memory":
            module.memories.append(type := MemoryType(_bounds(reader, "a memory")))
        elif kind == "global":
            module.globals.append(type := _global(reader))
        else:
            module.tags.append(type := _tag(reader, module))
        module.imports.append(Import(origin, name, kind, type))
    return count


def _functions(reader: Reader, module: Module) -> int:
    count = reader.count("functions", 1)
    module.functions.extend(_signature(reader, module) for _ in range(count))
    return count


def _tables(reader: Reader, module: Module) -> int:
    count = reader.count("tables", 3)
    for _ in range(count):
        initialised = reader.left > 0 and reader.data[reader.pos] == 0x40
        if initialised:
            reader.skip(1, "a table")
            if reader.byte("a table") != 0:
                raise reader.fail("unknown form of a table", reader.pos - 1)
        table = _table(reader)
        if initialised:
            _initialiser(reader)
            table = TableType(table.element, table.bounds, initialised=True)
        module.tables.append(table)
    return count


def _memories(reader: Reader, module: Module) -> int:
    count = reader.count("memories", 2)
    module.memories.extend(MemoryType(_bounds(reader, "a memory")) for _ in range(count))
    return count


def _tags(reader: Reader, module: Module) -> int:
    count = reader.count("tags", 2)
    module.tags.extend(_tag(reader, module) for _ in range(count))
    return count


def _globals(reader: Reader, module: Module) -> int:
    count = reader.count("globals", 4)
    for _ in range(count):
        bare = _global(reader)
        module.globals.append(GlobalType(bare.value, bare.mutable, _initialiser(reader)))
    return count


def _exports(reader: Reader, module: Module) -> int:
    spaces = (module.functions, module.tables, module.memories, module.globals, module.tags)
    count = reader.count("exports", 3)
    names: set[str] = set()
    for _ in range(count):
        offset = reader.pos
        name = reader.name("an export's name")
        if name in names:
            raise reader.fail(f"a second export called {name[:60]!r}", offset, flaw="engine")
        names.add(name)
        kind = _kind(reader, "an export")
        start = reader.pos
        index = reader.u32("an export's index")
        if index >= len(spaces[_KINDS.index(kind)]):
            raise reader.fail(f"an export of {kind} {index}, which does not exist,", start)
        module.exports.append(Export(name, kind, index))
    return count


def _start(reader: Reader, module: Module) -> int:
    offset = reader.pos
    module.start = reader.u32("the start function's index")
    if module.start >= len(module.functions):
        raise reader.fail(f"function {module.start}, which does not exist,", offset)
    if module.functions[module.start] != FuncType():
        problem = f"function {module.start} of type {module.functions[module.start]}, not () -> (),"
        raise reader.fail(problem, offset, flaw="engine")
    return 1


def _bodies(reader: Reader, module: Module) -> int:
    count = reader.count("function bodies", 1)
    for _ in range(count):
        reader.skip(reader.u32("a function body's size"), "a function body")
    return count


_DECODERS: dict[int, Callable[[Reader, Module], int]] = {
    1: _types,
    2: _imports,
    3: _functions,
    4: _tables,
    5: _memories,
    13: _tags,
    6: _globals,
    7: _exports,
    8: _start,
    10: _bodies,
}


def _kind(reader: Reader, what: str) -> Kind:
    byte = reader.byte(f"the kind of {what}")
    if byte >= len(_KINDS):
        raise reader.fail(f"{what} of unknown kind {byte}", reader.pos - 1)
    return _KINDS[byte]


def _signature(reader: Reader, module: Module) -> FuncType:
    start = reader.pos
    index = reader.u32("a function's type")
    if index >= len(module.types):
        raise reader.fail(f"type {index}, which does not exist,", start)
    return module.types[index]


def _tag(reader: Reader, module: Module) -> FuncType:
    if reader.byte("a tag") != 0:
        raise reader.fail("a tag of unknown form", reader.pos - 1)
    return _signature(reader, module)


def _value_type(reader: Reader, what: str) -> str:
    byte = reader.byte(what)
    if byte not in VALUE_TYPES:
        raise reader.fail(f"unknown value type 0x{byte:02x}", reader.pos - 1)
    return VALUE_TYPES[byte]


def _table(reader: Reader) -> TableType:
    element = _value_type(reader, "a table's element type")
    if not element.endswith("ref"):
        raise reader.fail(f"a table of {element}", reader.pos - 1)
    return TableType(element, _bounds(reader, "a table"))


def _global(reader: Reader) -> GlobalType:
    value = _value_type(reader, "a global's type")
    mutable = reader.byte("a global's mutability")
    if mutable > 1:
        raise reader.fail(f"a global of unknown mutability {mutable}", reader.pos - 1)
    return GlobalType(value, bool(mutable))


def _bounds(reader: Reader, what: str) -> Bounds:
    flags = reader.byte(f"the limits of {what}")
    if flags > 7:
        raise reader.fail(f"limits of unknown form 0x{flags:02x}", reader.pos - 1)
    start = reader.pos
    minimum = reader.u64(f"the minimum of {what}")
    maximum = reader.u64(f"the maximum of {what}") if flags & 1 else None
    if maximum is not None and minimum > maximum:
        raise reader.fail(f"{what} of at least {minimum} and at most {maximum}", start, flaw="engine")
    return Bounds(minimum, maximum, flags)


def _initialiser(reader: Reader) -> tuple[int, ...]:
    """The opcodes of a constant expression, its end not counted."""
    start = reader.pos
    opcodes: list[int] = []
    while len(opcodes) < MAX_INITIALISER_OPCODES:
        opcode = reader.byte("a constant expression")
        if opcode == _END:
            return tuple(opcodes)
        opcodes.append(opcode)
        if opcode in (0x41, 0x42):  # i32.const, i64.const
            reader.signed(32 if opcode == 0x41 else 64, "a constant")
        elif opcode in (0x43, 0x44):  # f32.const, f64.const
            reader.skip(4 if opcode == 0x43 else 8, "a constant")
        elif opcode in (0x23, 0xD2):  # global.get, ref.func
            reader.u32("an index")
        elif opcode == 0xD0:  # ref.null
            _value_type(reader, "a reference type")
        elif opcode == 0xFD and reader.u32("a vector instruction") == 12:  # v128.const
            reader.skip(16, "a constant")
        elif opcode not in _CONST_ARITHMETIC:
            raise reader.fail(f"instruction 0x{opcode:02x} cannot stand", reader.pos - 1)
    raise reader.fail(f"a constant expression of more than {MAX_INITIALISER_OPCODES} instructions", start)

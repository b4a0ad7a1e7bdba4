"""Guests made ready for compiling and linking: a guest's memory must be there before the shim, the shim before the
guest, so the guest gets its memory from outside instead of defining it. What stands in that memory at first is then
written by the host, too: modules that differ in their data alone, as an interpreter with one program and with the next
does, have the same code, which takes seconds to compile and is kept (see cache).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rpkpy.wasm import binary
from rpkpy.wasm.limits import WASM_PAGE_BYTES
from rpkpy.wasm.module import SECTION_ORDER, Bounds, Module, Section
from rpkpy.wasm.reader import MalformedModule, Reader

MEMORY = ("rpkpy.guest", "memory")
"""What a prepared guest imports: module and name."""

_CUSTOM, _IMPORTS, _MEMORIES, _DATA, _DATA_COUNT = 0, 2, 5, 11, 12
_MEMORY_KIND = b"\x02"
_ANY_SIZE = b"\x00\x00"  # no maximum, a minimum of 0 pages
_MAX_PAGES = 1 << 16
_I32_CONST, _END = 0x41, 0x0B
# Data pieces that are nearer than this are written as one, with zeros between them.
_NEAR_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Prepared:
    """A guest in parts: `code` is to be compiled, `data` to be written into its memory before it starts.

    `memory` has the limits, in pages, of the memory that `code` imports as `MEMORY`; None for a module that is left as
    it was, since it defines no memory, imports one or is none at all: it is for others to refuse.
    """

    code: bytes
    memory: Bounds | None = None
    data: tuple[tuple[int, bytes], ...] = ()


def prepare(wasm: bytes) -> Prepared:
    """The parts of `wasm`; its first memory's index stays 0."""
    try:
        module = binary.parse(wasm)
    except MalformedModule:
        return Prepared(wasm)
    own = _section(module, _MEMORIES)
    if own is None or not module.memories or any(item.kind == "memory" for item in module.imports):
        return Prepared(wasm)
    bounds = module.memories[0].bounds
    most = _MAX_PAGES if bounds.maximum is None else bounds.maximum
    if bounds.flags > 1 or not bounds.minimum <= most <= _MAX_PAGES:
        return Prepared(wasm)
    data = _data(wasm, module, bounds.minimum * WASM_PAGE_BYTES)
    parts = [binary.PREAMBLE]
    imported = False
    for section in module.sections:
        if section.id != _CUSTOM and not imported and _comes_after_imports(section.id):
            parts.append(_imports(wasm, module, None))
            imported = True
        if section.id == _IMPORTS:
            parts.append(_imports(wasm, module, section))
            imported = True
        elif section.id == _MEMORIES:
            parts.append(_others(wasm, section))
        elif section.id == _CUSTOM:
            if section.name == "name":  # functions' names, for traps
                parts.append(wasm[section.start : section.end])
        elif section.id != _DATA or data is None:
            parts.append(wasm[section.start : section.end])
    return Prepared(b"".join(parts), bounds, data or ())


def _imports(wasm: bytes, module: Module, section: Section | None) -> bytes:
    """The import section with the memory as its last entry."""
    entries = b""
    if section is not None:
        reader = Reader(wasm, section.payload, section.end, "the import section")
        reader.u32("a count")
        entries = wasm[reader.pos : section.end]
    memory = b"".join(map(binary.encode_name, MEMORY)) + _MEMORY_KIND + _ANY_SIZE
    return binary.encode_section(_IMPORTS, binary.encode_u32(len(module.imports) + 1) + entries + memory)


def _others(wasm: bytes, section: Section) -> bytes:
    """The memory section without its first memory; nothing when it was the only one."""
    reader = Reader(wasm, section.payload, section.end, "the memory section")
    count = reader.u32("a count")
    flags = reader.byte("limits")
    reader.u64("a minimum")
    if flags & 1:
        reader.u64("a maximum")
    rest = wasm[reader.pos : section.end]
    return binary.encode_section(_MEMORIES, binary.encode_u32(count - 1) + rest) if count > 1 else b""


def _data(wasm: bytes, module: Module, size: int) -> tuple[tuple[int, bytes], ...] | None:
    """Address and content of what the memory of `size` bytes starts with, in the order in which it is written.

    None where the data must stay: instructions may name it, it lies elsewhere, or instantiating is to fail on it.
    """
    section = _section(module, _DATA)
    if _section(module, _DATA_COUNT) is not None:
        return None
    if section is None:
        return ()
    pieces: list[tuple[int, bytearray]] = []
    top = 0  # nothing has been written from here on
    try:
        for address, content in _segments(Reader(wasm, section.payload, section.end, "the data section")):
            if address + len(content) > size:
                return None
            start, before = pieces[-1] if pieces else (-1, bytearray())
            if start + len(before) == top and 0 <= address - top < _NEAR_BYTES:
                before += bytes(address - top) + content
            else:
                pieces.append((address, bytearray(content)))
            top = max(top, address + len(content))
    except (MalformedModule, _Elsewhere):
        return None
    return tuple((address, bytes(content)) for address, content in pieces)


class _Elsewhere(Exception):
    """A segment that is not for the first memory at a constant address."""


def _segments(reader: Reader) -> Iterator[tuple[int, bytes]]:
    for _ in range(reader.count("data segments", 2)):
        if reader.u32("a segment's kind") or reader.byte("an address") != _I32_CONST:
            raise _Elsewhere
        address = reader.signed(32, "an address") & 0xFFFFFFFF
        if reader.byte("an address's end") != _END:
            raise _Elsewhere
        yield address, reader.take(reader.u32("a segment's size"), "a segment")
    if reader.left:
        raise reader.fail(f"{reader.left} bytes too many")


def _section(module: Module, id: int) -> Section | None:
    return next((section for section in module.sections if section.id == id), None)


def _comes_after_imports(id: int) -> bool:
    return SECTION_ORDER.index(id) > SECTION_ORDER.index(_IMPORTS)

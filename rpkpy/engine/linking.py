"""Guests made fit to be linked to the shim: a guest's memory must be there before the shim, the shim before the guest.

So the guest gets its memory from outside instead of defining it, which changes two sections and renumbers nothing.
"""

from rpkpy.wasm import binary
from rpkpy.wasm.module import SECTION_ORDER
from rpkpy.wasm.reader import MalformedModule, Reader

MEMORY = ("rpkpy.guest", "memory")
"""What a prepared guest imports: module and name."""

_IMPORTS, _MEMORIES = 2, 5
_MEMORY_KIND = b"\x02"


def with_imported_memory(wasm: bytes) -> bytes:
    """`wasm` with its first memory as an import, `MEMORY`, of the same limits; its index stays 0.

    A module that defines no memory, imports one, or is none at all, stays as it is: it is for others to refuse.
    """
    try:
        module = binary.parse(wasm)
    except MalformedModule:
        return wasm
    sections = [section for section in module.sections if section.id]
    own = next((section for section in sections if section.id == _MEMORIES), None)
    if own is None or not module.memories or any(item.kind == "memory" for item in module.imports):
        return wasm
    limits, others = _split_first(wasm[own.payload : own.end])
    imported = b"".join(map(binary.encode_name, MEMORY)) + _MEMORY_KIND + limits
    before = next((section for section in sections if section.id == _IMPORTS), None)
    count = len(module.imports)
    if before is None:
        entries = b""
        place = next(section for section in sections if _comes_after_imports(section.id)).start
    else:
        place = before.start
        entries = wasm[before.payload + len(_count(wasm, before.payload, before.end)) : before.end]
    section = binary.encode_section(_IMPORTS, binary.encode_u32(count + 1) + entries + imported)
    memories = binary.encode_section(_MEMORIES, others) if others else b""
    after = place if before is None else before.end
    return wasm[:place] + section + wasm[after : own.start] + memories + wasm[own.end :]


def _split_first(payload: bytes) -> tuple[bytes, bytes]:
    """The limits of the first memory, and a memory section's payload with the others (empty: there are none)."""
    reader = Reader(payload, 0, len(payload), "the memory section")
    count = reader.u32("a count")
    start = reader.pos
    flags = reader.byte("limits")
    reader.u64("a minimum")
    if flags & 1:
        reader.u64("a maximum")
    rest = payload[reader.pos :]
    return payload[start : reader.pos], binary.encode_u32(count - 1) + rest if count > 1 else b""


def _count(wasm: bytes, start: int, end: int) -> bytes:
    """A vector's count as it is written."""
    reader = Reader(wasm, start, end, "the import section")
    reader.u32("a count")
    return wasm[start : reader.pos]


def _comes_after_imports(id: int) -> bool:
    return SECTION_ORDER.index(id) > SECTION_ORDER.index(_IMPORTS)

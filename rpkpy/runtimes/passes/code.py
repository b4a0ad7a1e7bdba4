"""A module opened for rewriting: its sections, its functions' types and bodies, the instructions of a body.

Only what compilers of C make is read: core WebAssembly 2.0 without vectors, and of the exception proposal try_table,
throw and throw_ref, for a pass that takes them out. Encodings: core specification, chapter 5.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from rpkpy.wasm import binary
from rpkpy.wasm.binary import encode_section, encode_u32
from rpkpy.wasm.module import SECTION_ORDER, VALUE_TYPES, FuncType
from rpkpy.wasm.reader import MalformedModule, Reader

CALL, CALL_INDIRECT = 0x10, 0x11
RETURN, BLOCK, END = 0x0F, 0x02, 0x0B
LOCAL_GET = 0x20
GLOBAL_GET, GLOBAL_SET = 0x23, 0x24
I32_CONST, I32_ADD, I32_SUB = 0x41, 0x6A, 0x6B
TRY_TABLE = 0x1F
NO_RESULT = 0x40
"""The block type of a block without a result."""
VALUE_CODES = {name: byte for byte, name in VALUE_TYPES.items()}
"""Value types as the binary format writes them."""

_FUNCTION, _GLOBAL, _ELEMENT, _CODE, _DATA, _DATA_COUNT = 3, 6, 9, 10, 11, 12

# How many LEB128 immediates follow an opcode; the opcodes missing here have none, or are in `end_of`.
_LEBS = {
    **dict.fromkeys((0x02, 0x03, 0x04), 1),  # block, loop, if: a block type
    **dict.fromkeys((0x08, 0x0C, 0x0D, 0x10, 0x12), 1),  # throw, br, br_if, call, return_call
    **dict.fromkeys((0x11, 0x13), 2),  # call_indirect, return_call_indirect
    **dict.fromkeys(range(0x20, 0x27), 1),  # locals, globals, tables
    **dict.fromkeys(range(0x28, 0x3F), 2),  # loads and stores: alignment, offset
    **dict.fromkeys((0x3F, 0x40, 0x41, 0x42, 0xD0, 0xD2), 1),  # memory size, grow; i32, i64 const; ref.null, ref.func
}
# By the second number of the opcode 0xFC.
_FC_LEBS = {**dict.fromkeys(range(8), 0), 8: 2, 9: 1, 10: 2, 11: 1, 12: 2, 13: 1, 14: 2, 15: 1, 16: 1, 17: 1}
_PLAIN = frozenset(
    (0x00, 0x01, 0x05, 0x0A, 0x0B, 0x0F, 0x1A, 0x1B, 0xD1, *range(0x45, 0xC5)),
)


def encode_s32(value: int) -> bytes:
    """`value` as a signed LEB128; -2**31 to 2**31 - 1."""
    if not -(1 << 31) <= value < 1 << 31:
        raise ValueError(f"{value} does not fit 32 bits")
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if (value, byte & 0x40) in ((0, 0), (-1, 0x40)):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def read_u32(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned LEB128 at `at`, and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def read_s32(data: bytes, at: int) -> tuple[int, int]:
    """The signed LEB128 at `at`, and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value - ((byte & 0x40) << (shift - 6)), at


def end_of(body: bytes, at: int) -> int:
    """Where the instruction at `at` ends. MalformedModule for one that C compilers do not make."""
    opcode = body[at]
    at += 1
    count = _LEBS.get(opcode)
    if count is None:
        if opcode in _PLAIN:
            return at
        count, at = _rarer(body, opcode, at)
    for _ in range(count):
        while body[at] >= 0x80:
            at += 1
        at += 1
    return at


def _rarer(body: bytes, opcode: int, at: int) -> tuple[int, int]:
    """How many LEBs follow, and from where, for the opcodes of other shapes."""
    if opcode == 0x0E:  # br_table
        labels, at = read_u32(body, at)
        return labels + 1, at
    if opcode == 0x1C:  # select with types, a byte each
        types, at = read_u32(body, at)
        return 0, at + types
    if opcode in (0x43, 0x44):  # f32.const, f64.const
        return 0, at + (4 if opcode == 0x43 else 8)
    if opcode == 0xFC:
        number, at = read_u32(body, at)
        if number in _FC_LEBS:
            return _FC_LEBS[number], at
    if opcode == TRY_TABLE:
        _, at = read_s32(body, at)
        clauses, at = read_u32(body, at)
        for _ in range(clauses):
            kind = body[at]
            _, at = read_u32(body, at + 1)
            if kind < 2:  # with a tag before the label
                _, at = read_u32(body, at)
        return 0, at
    raise MalformedModule(f"the instruction 0x{opcode:02x} is not one of those that the passes read", at)


def locals_end(body: bytes) -> int:
    """Where the instructions of a body start: behind its declarations of locals."""
    groups, at = read_u32(body, 0)
    for _ in range(groups):
        _, at = read_u32(body, at)
        at += 1
    return at


def instructions(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Each instruction of a body: opcode, start, end."""
    at, size = locals_end(body), len(body)
    while at < size:
        end = end_of(body, at)
        yield body[at], at, end
        at = end


class OpenModule:
    """A module whose parts can be replaced.

    `types` are its function types; its own functions are those from index `imported` on.
    """

    def __init__(self, wasm: bytes) -> None:
        self.parsed = binary.parse(wasm)
        self._payloads = [
            (section.id, section.name, wasm[section.payload : section.end]) for section in binary.sections(wasm)
        ]
        self.types = list(self.parsed.types)
        self.imported = self.parsed.imported("function")

    @cached_property
    def type_of(self) -> list[int]:
        """The index of the type of each of the module's own functions."""
        return self._u32s(_FUNCTION)

    @cached_property
    def bodies(self) -> list[bytes]:
        """The body of each of the module's own functions: declarations of locals, then instructions."""
        return self._split_bodies()

    def payload(self, id: int) -> bytes | None:
        """The content of a section; None when there is none."""
        return next((payload for number, _, payload in self._payloads if number == id), None)

    def replace(self, id: int, payload: bytes) -> None:
        """Put `payload` in place of a section's content, or a new section in its place in the order."""
        for index, (number, name, _) in enumerate(self._payloads):
            if number == id:
                self._payloads[index] = (id, name, payload)
                return
        order = SECTION_ORDER.index(id)
        later = (i for i, (n, _, _) in enumerate(self._payloads) if n and SECTION_ORDER.index(n) > order)
        self._payloads.insert(next(later, len(self._payloads)), (id, "", payload))

    def remove(self, id: int) -> None:
        """Take a section out; every custom one for 0."""
        self._payloads = [entry for entry in self._payloads if entry[0] != id]

    def signature(self, function: int) -> FuncType:
        """The type of a function, counted with the imported ones."""
        return self.parsed.functions[function]

    def append_global(self) -> None:
        """A further global of the module's own, behind the others: a mutable i32 that starts as 0."""
        payload = self.payload(_GLOBAL) or b"\0"
        count, at = read_u32(payload, 0)
        self.replace(_GLOBAL, encode_u32(count + 1) + payload[at:] + bytes((0x7F, 1, I32_CONST, 0, END)))

    def elements(self) -> list[tuple[bytes, list[int]]]:
        """The tables' initial content: for each segment its offset expression and function indices."""
        payload = self.payload(_ELEMENT)
        if payload is None:
            return []
        found: list[tuple[bytes, list[int]]] = []
        count, at = read_u32(payload, 0)
        for _ in range(count):
            flags, at = read_u32(payload, at)
            if flags != 0 or payload[at] != I32_CONST:
                raise MalformedModule("an element segment of a kind that the passes do not read", at)
            start = at
            _, at = read_s32(payload, at + 1)
            offset, at = payload[start : at + 1], at + 1
            length, at = read_u32(payload, at)
            functions = []
            for _ in range(length):
                function, at = read_u32(payload, at)
                functions.append(function)
            found.append((offset, functions))
        return found

    def replace_elements(self, segments: Sequence[tuple[bytes, Sequence[int]]]) -> None:
        """The inverse of `elements`."""
        out = bytearray(encode_u32(len(segments)))
        for offset, functions in segments:
            out += b"\0" + offset + encode_u32(len(functions)) + b"".join(map(encode_u32, functions))
        self.replace(_ELEMENT, bytes(out))

    def replace_data(self, segments: Sequence[tuple[int, bytes]]) -> None:
        """Make (address, bytes) the memory's whole initial content."""
        out = bytearray(encode_u32(len(segments)))
        for address, content in segments:
            signed = address - (1 << 32) if address >> 31 else address
            out += b"\0" + bytes((I32_CONST,)) + encode_s32(signed) + bytes((END,)) + encode_u32(len(content)) + content
        self.replace(_DATA, bytes(out))
        if self.payload(_DATA_COUNT) is not None:
            self.replace(_DATA_COUNT, encode_u32(len(segments)))

    def to_bytes(self) -> bytes:
        """The module with what was replaced."""
        if "type_of" in self.__dict__:  # not read, not changed
            self.replace(_FUNCTION, encode_u32(len(self.type_of)) + b"".join(map(encode_u32, self.type_of)))
        if "bodies" in self.__dict__:
            code = [encode_u32(len(self.bodies))]
            for body in self.bodies:
                code += (encode_u32(len(body)), body)
            self.replace(_CODE, b"".join(code))
        parts = [binary.PREAMBLE]
        parts += (encode_section(id, payload, None if id else name) for id, name, payload in self._payloads)
        return b"".join(parts)

    def _u32s(self, id: int) -> list[int]:
        payload = self.payload(id) or b"\0"
        count, at = read_u32(payload, 0)
        found = []
        for _ in range(count):
            number, at = read_u32(payload, at)
            found.append(number)
        return found

    def _split_bodies(self) -> list[bytes]:
        payload = self.payload(_CODE) or b"\0"
        reader = Reader(payload, 0, len(payload), "the code section")
        count = reader.count("function bodies", 1)
        return [reader.take(reader.u32("a body's size"), "a function body") for _ in range(count)]

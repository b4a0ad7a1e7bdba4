"""Which words and which byte an error of the reader of binaries names. Written from mutants that survived
(bench/mutation/README.md)."""

import pytest

from rpkpy.wasm.binary import (
    MAX_INITIALISER_OPCODES,
    MAX_PARAMS,
    PREAMBLE,
    MalformedModule,
    encode_section,
    encode_u32,
    parse,
)
from rpkpy.wasm.module import Bounds
from rpkpy.wasm.reader import MAX_ENTRIES, Reader
from rpkpy.wasm.validate import check

TYPE = encode_section(1, b"\x01\x60\x00\x00")


def refused(data: bytes) -> MalformedModule:
    with pytest.raises(MalformedModule) as caught:
        parse(data)
    return caught.value


# A section's content that lacks its last bytes, in a section whose size says so: what the cut is inside of.
_CUT = [
    (1, b"\x01\x60\x05\x7f", "5 parameters are announced but only 1 bytes follow"),
    (1, b"\x01\x60\x00", "1 types are announced but only 2 bytes follow"),
    (1, b"\x02\x60\x00\x00\x60\x01\x7f", "ends inside the number of results"),
    (1, b"\x01\x60\x80\x80", "ends inside the number of parameters"),
    (2, b"\x01\x00\x00\x00", "1 imports are announced but only 3 bytes follow"),
    (2, b"\x01\x05a\x00\x00\x00", "ends inside an import's module name"),
    (2, b"\x01\x80\x80\x80\x80", "ends inside the length of an import's module name"),
    (2, b"\x01\x01a\x05b\x00", "ends inside an import's name"),
    (2, b"\x01\x01a\x01b", "ends inside the kind of an import"),
    (2, b"\x01\x01a\x01b\x02", "ends inside the limits of a memory"),
    (2, b"\x01\x01a\x01b\x02\x00", "ends inside the minimum of a memory"),
    (2, b"\x01\x01a\x01b\x02\x01\x01", "ends inside the maximum of a memory"),
    (2, b"\x01\x01a\x01b\x01", "ends inside a table's element type"),
    (2, b"\x01\x01a\x01b\x01\x70", "ends inside the limits of a table"),
    (2, b"\x01\x01a\x01b\x03", "ends inside a global's type"),
    (2, b"\x01\x01a\x01b\x03\x7f", "ends inside a global's mutability"),
    (2, b"\x01\x01a\x01b\x04", "ends inside a tag"),
    (3, b"", "ends inside the number of functions"),
    (3, b"\x01\x80", "ends inside a function's type"),
    (4, b"\x01\x40\x00\x70", "ends inside the limits of a table"),
    (4, b"\x02\x70\x01\x80\x80\x00\x01", "ends inside a table's element type"),
    (4, b"\x01\x70\x00\x00\x40", "1 bytes too many"),
    (4, b"\x01\x70\x00", "1 tables are announced but only 2 bytes follow"),
    (5, b"\x01\x00", "1 memories are announced but only 1 bytes follow"),
    (5, b"\x01\x00\x80", "ends inside the minimum of a memory"),
    (13, b"\x01\x00", "1 tags are announced but only 1 bytes follow"),
    (13, b"\x01\x00\x80", "ends inside a function's type"),
    (6, b"\x01\x7f\x00\x41", "1 globals are announced but only 3 bytes follow"),
    (6, b"\x01\x7f\x00\x41\x80", "ends inside a constant"),
    (6, b"\x01\x7f\x00\x41\x00", "ends inside a constant expression"),
    (6, b"\x01\x7f\x00\x43\x00\x00", "ends inside a constant"),
    (6, b"\x01\x7f\x00\x23\x80", "ends inside an index"),
    (6, b"\x01\x70\x00\xd0", "1 globals are announced but only 3 bytes follow"),
    (6, b"\x01\x7f\x00\x41\x00\xd0", "ends inside a reference type"),
    (6, b"\x01\x7b\x00\xfd\x8c", "ends inside a vector instruction"),
    (6, b"\x01\x7b\x00\xfd\x0c\x00", "ends inside a constant"),
    (7, b"\x01\x00\x02", "1 exports are announced but only 2 bytes follow"),
    (7, b"\x01\x05a\x00\x00", "ends inside an export's name"),
    (7, b"\x01\x02ab", "ends inside the kind of an export"),
    (7, b"\x01\x01a\x00", "ends inside an export's index"),
    (8, b"", "ends inside the start function's index"),
    (10, b"\x01\x02\x00", "ends inside a function body"),
    (10, b"\x01\x80", "ends inside a function body's size"),
]


@pytest.mark.parametrize(("id", "content", "words"), _CUT)
def test_a_section_that_ends_early_says_inside_of_what(id: int, content: bytes, words: str) -> None:
    place = {1: "type", 2: "import", 3: "function", 4: "table", 5: "memory", 13: "tag", 6: "global"}
    name = f"the {(place | {7: 'export', 8: 'start', 10: 'code'})[id]} section"
    section = encode_section(id, content)
    error = refused(PREAMBLE + section + encode_section(0, b"", "behind"))
    expected = f"{name} {words}" if words.startswith("ends") else f"{words} in {name}"
    assert error.problem == expected
    assert error.flaw == "malformed"
    if words.startswith("ends"):
        assert error.offset == len(PREAMBLE + section), "where the section ends"


_LONGER, _MEMORY = " is longer than", "the memory section"


@pytest.mark.parametrize(
    ("data", "problem", "offset"),
    [
        (b"\x01\x05\x01\x5f\x00\x00\x00", "a type of form 0x5f, which is not a function type in the type section", 3),
        (b"\x01\x06\x01\x60\x02\x7f\x01\x00", "unknown value type 0x01 in the type section", 4),
        (b"\x02\x07\x01\x01a\x01b\x05\x00", "an import of unknown kind 5 in the import section", 7),
        (b"\x02\x07\x01\x01a\x02b\xff\x00", "an import's name is not UTF-8 in the import section", 7),
        (b"\x02\x08\x01\x01a\x01b\x04\x01\x00", "a tag of unknown form in the import section", 8),
        (b"\x02\x08\x01\x01a\x01b\x04\x00\x00", "type 0, which does not exist, in the import section", 9),
        (b"\x02\x08\x01\x01a\x01b\x03\x01\x00", "unknown value type 0x01 in the import section", 8),
        (b"\x03\x03\x02\x00\x00", "type 0, which does not exist, in the function section", 3),
        (b"\x04\x04\x01\x7f\x00\x00", "a table of i32 in the table section", 3),
        (b"\x04\x04\x01\x40\x01\x00", "unknown form of a table in the table section", 4),
        (b"\x05\x03\x01\x08\x00", "limits of unknown form 0x08 in the memory section", 3),
        (b"\x05\x04\x01\x01\x02\x01", "a memory of at least 2 and at most 1 in the memory section", 4),
        (b"\x05\x0d\x01\x00" + b"\xff" * 10 + b"\0", f"the minimum of a memory{_LONGER} 64 bits in {_MEMORY}", 4),
        (b"\x06\x05\x01\x7f\x02\x41\x00", "a global of unknown mutability 2 in the global section", 4),
        (b"\x06\x05\x01\x7f\x00\x20\x00", "instruction 0x20 cannot stand in the global section", 5),
        (b"\x06\x0a\x01\x7f\x00\x41" + b"\xff" * 5 + b"\x0b", f"a constant{_LONGER} 32 bits in the global section", 6),
        (b"\x07\x05\x01\x01a\x00\x00", "an export of function 0, which does not exist, in the export section", 6),
        (b"\x07\x05\x01\x01a\x05\x00", "an export of unknown kind 5 in the export section", 5),
        (b"\x08\x01\x00", "function 0, which does not exist, in the start section", 2),
        (b"\x0e\x00", "a section of unknown kind 14", 0),
    ],
)  # fmt: skip
def test_the_byte_and_the_words(data: bytes, problem: str, offset: int) -> None:
    """`offset` counts from behind the preamble."""
    error = refused(PREAMBLE + data)
    assert (error.problem, error.offset) == (problem, len(PREAMBLE) + offset)
    assert error.message == f"Not a valid WebAssembly module: {error.problem} (byte {error.offset})."


def test_what_the_engine_alone_compares_names_its_place() -> None:
    memory = PREAMBLE + b"\x05\x03\x01\x00\x01"
    twice = refused(memory + b"\x07\x09\x02\x01a\x02\x00\x01a\x02\x00")
    assert (twice.offset, twice.flaw) == (len(memory) + 7, "engine")
    typed = PREAMBLE + b"\x01\x05\x01\x60\x01\x7f\x00" + b"\x03\x02\x01\x00"
    assert refused(typed + b"\x08\x01\x00").offset == len(typed) + 2
    assert refused(memory + b"\x05\x03\x01\x00\x01").offset == len(memory)


def test_limits_are_inclusive() -> None:
    def signature(count: int) -> bytes:
        return PREAMBLE + encode_section(1, b"\x01\x60" + encode_u32(count) + b"\x7f" * count + b"\x00")

    assert len(parse(signature(MAX_PARAMS)).types[0].params) == MAX_PARAMS
    many = refused(signature(MAX_PARAMS + 1))
    assert many.problem == f"{MAX_PARAMS + 1} parameters of one function (at most {MAX_PARAMS}) in the type section"
    assert many.offset == len(PREAMBLE) + 1 + 2 + 2
    assert len(
        parse(PREAMBLE + TYPE + encode_section(5, encode_u32(MAX_ENTRIES) + b"\0\1" * MAX_ENTRIES)).memories
    ) == (MAX_ENTRIES)
    assert parse(PREAMBLE + b"\x05\x04\x01\x07\x02\x02").memories[0].bounds == Bounds(2, 2, 7)

    def initialised(opcodes: int) -> bytes:
        return PREAMBLE + encode_section(6, b"\x01\x7f\0" + b"\x41\0" + b"\x6a" * (opcodes - 1) + b"\x0b")

    assert len(parse(initialised(MAX_INITIALISER_OPCODES - 1)).globals[0].initialiser) == MAX_INITIALISER_OPCODES - 1
    assert refused(initialised(MAX_INITIALISER_OPCODES)).offset == len(PREAMBLE) + 3 + 3


def test_least_entries_are_enough() -> None:
    """One entry of the smallest size each: what is announced is not taken for too much."""
    empty_import = parse(PREAMBLE + TYPE + encode_section(2, b"\x01\x00\x00\x00\x00"))
    assert empty_import.functions == empty_import.types
    memory = PREAMBLE + b"\x05\x03\x01\x00\x01"
    assert parse(memory + encode_section(7, b"\x01\x00\x02\x00")).exports[0].name == ""
    assert parse(PREAMBLE + encode_section(10, b"\x00")).functions == []


def test_an_initialised_table_keeps_its_type() -> None:
    (table,) = parse(PREAMBLE + encode_section(4, b"\x01\x40\x00\x70\x00\x02\xd0\x70\x0b")).tables
    assert (table.element, table.bounds, table.initialised) == ("funcref", Bounds(2), True)
    assert parse(PREAMBLE + encode_section(6, b"\x01\x7f\x00\x23\x00\x0b")).globals[0].initialiser == (0x23,)


@pytest.mark.parametrize("value", [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 2**31 - 1, -(2**31)])
def test_signed_numbers(value: int) -> None:
    encoded, rest = bytearray(), value
    while not -64 <= rest < 64:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest & 0x7F)
    assert Reader(bytes(encoded), 0, len(encoded), "a test").signed(32, "a number") == value


@pytest.mark.parametrize("value", [0, 1, 127, 128, 129, 2**32 - 1])
def test_the_writer_takes_all_of_its_range(value: int) -> None:
    encoded = encode_u32(value)
    assert len(encoded) == max(1, -(-value.bit_length() // 7))
    assert Reader(encoded, 0, len(encoded), "a test").u32("a number") == value


_WASIP1 = "Build for WASI preview 1: target wasm32-wasip1 (Rust), GOOS=wasip1 (Go), wasm32-wasi (Zig, C)."


@pytest.mark.parametrize(
    ("data", "offset", "fix"),
    [
        (b"", 0, "Build it again: rpkpy transform build."),
        (b"\x7fELF", 0, _WASIP1),
        (b"\0asm\x0d\0\x01\0", 6, _WASIP1),
        (b"\0asm\x02\0\0\0", 4, None),
        (b"a text", 0, "Name the compiled .wasm file, not its source."),
        (b"x" * 510 + "é".encode() * 9, 0, "Name the compiled .wasm file, not its source."),
        (b"x" * 511 + "é".encode() * 9, 0, "Name the compiled .wasm file, not its source."),
        (b"x" * 509 + b"\xff" + b"xx", 0, "Name the compiled .wasm file, not its source."),
        (b"x" * 508 + b"\xff" + b"xxx", 0, None),
    ],
)  # fmt: skip
def test_what_is_no_module_says_what_to_do(data: bytes, offset: int, fix: str | None) -> None:
    error = refused(data)
    assert (error.offset, error.fix) == (offset, fix)


def test_a_file_that_was_cut_is_told_from_one_that_is_damaged() -> None:
    cut, damaged = check(PREAMBLE + b"\x01\x09\x00"), check(PREAMBLE + b"\x01\x02\x00\x00")
    assert cut.failures[0].fix == "The file was cut off: copy or build it again."
    assert str(damaged.failures[0].fix).startswith("Build it again; if it stays so")

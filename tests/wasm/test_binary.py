"""The reader of WebAssembly binaries: what it reads, and that it fails in one way only."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rpkpy.wasm.binary import PREAMBLE, MalformedModule, encode_name, encode_section, encode_u32, parse, sections
from rpkpy.wasm.module import Bounds, Export, FuncType, Module
from rpkpy.wasm.reader import MAX_ENTRIES, Reader
from tests.wasm.modules import assemble, identity


def refused(data: bytes) -> MalformedModule:
    with pytest.raises(MalformedModule) as caught:
        parse(data)
    assert 0 <= caught.value.offset <= len(data)
    return caught.value


def parse_or_refuse(data: bytes) -> Module | None:
    """The one promise for any bytes: a Module, or MalformedModule with an offset inside the file."""
    try:
        return parse(data)
    except MalformedModule as error:
        assert 0 <= error.offset <= len(data)
        assert str(error.offset) in error.message
        return None


def test_reads_the_declarations_of_a_real_module() -> None:
    module = parse(identity())
    assert [str(item) for item in module.imports][:2] == [
        "redpanda_transform.check_abi_version_2",
        "redpanda_transform.read_batch_header",
    ]
    assert module.imports[1].type == FuncType(("i32",) * 10, ("i32",))
    assert module.imported("function") == 5
    assert len(module.functions) == 7
    assert module.exports == [Export("memory", "memory", 0), Export("_start", "function", 6)]
    assert module.memories[0].bounds == Bounds(2)
    assert module.tables[0].element == "funcref"
    assert [(item.value, item.mutable, item.initialiser) for item in module.globals] == [
        ("i32", True, (0x41,)),
        ("f64", False, (0x44,)),
    ]
    assert [section.name for section in module.custom_sections] == ["name"]
    assert module.start is None
    assert module.size == len(identity())


def test_reads_what_is_younger_than_core_2() -> None:
    module = parse(
        assemble("""(module
          (type (func (param v128) (result f32 externref)))
          (import "a" "memory" (memory 1 3 shared))
          (import "a" "table" (table 1 9 externref))
          (import "a" "global" (global (mut i64)))
          (import "a" "tag" (tag (param i32)))
          (tag (param i64))
          (memory i64 1)
          (table 2 funcref (ref.null func))
          (global v128 (v128.const i32x4 1 2 3 4))
          (global i32 (i32.add (i32.const -1) (i32.const 1)))
          (global i64 (i64.const -9223372036854775808))
          (global f32 (f32.const 1))
          (global externref (ref.null extern))
          (func $f)
          (global funcref (ref.func $f))
          (start $f)
          (export "tag" (tag 1))
        )""")
    )
    assert [item.kind for item in module.imports] == ["memory", "table", "global", "tag"]
    assert module.memories[0].bounds == Bounds(1, 3, flags=3)
    assert module.memories[1].bounds == Bounds(1, None, flags=4)
    assert module.tables[1].initialised
    assert [item.initialiser for item in module.globals[1:]] == [
        (0xFD,),
        (0x41, 0x41, 0x6A),
        (0x42,),
        (0x43,),
        (0xD0,),
        (0xD2,),
    ]
    assert module.start == 0
    assert len(module.tags) == 2


@pytest.mark.parametrize(
    ("data", "flaw", "words"),
    [
        (b"", "empty", "the file is empty"),
        (b"\0as", "truncated", "ends inside the magic"),
        (b"\0asm\x01", "truncated", "ends inside the magic"),
        (b"hello\n", "foreign", "a text"),
        ("größe ".encode() * 100, "foreign", "a text"),
        (b"\n\n (module)", "foreign", "WebAssembly in text form"),
        (b"\x7fELF\x02", "foreign", "a Linux program"),
        (b"\x1f\x8b\x08", "foreign", "a gzip file"),
        (b"PK\x03\x04", "foreign", "a zip archive"),
        (bytes(range(256)), "foreign", "unknown binary kind"),
        (b"\0asm\x0d\0\x01\0", "component", "component"),
        (b"\0asm\x02\0\0\0", "version", "version 2"),
        (PREAMBLE + b"\x0e\0", "malformed", "unknown kind 14"),
        (PREAMBLE + b"\x01", "truncated", "the file ends inside the size of the type section"),
        (PREAMBLE + b"\x01\x09\x00", "truncated", "the type section, which is 9 bytes long"),
        (PREAMBLE + b"\x01\x80\x80\x80\x80\x80\x01", "malformed", "longer than 32 bits"),
        (PREAMBLE + b"\x01\xff\xff\xff\xff\x1f", "malformed", "longer than 32 bits"),
        (PREAMBLE + b"\x01\x02\x00\x00", "malformed", "1 bytes too many in the type section"),
        (PREAMBLE + b"\x05\x01\x00\x01\x01\x00", "malformed", "the type section comes after the memory section"),
        (PREAMBLE + b"\x01\x01\x00" * 1 + b"\x01\x01\x00", "engine", "a second type section"),
        (PREAMBLE + b"\x01\x02\x01\x5f", "malformed", "announced"),
        (PREAMBLE + b"\x01\x04\x01\x5f\x00\x00", "malformed", "form 0x5f"),
        (PREAMBLE + b"\x01\x05\x01\x60\x01\x01\x00", "malformed", "unknown value type 0x01"),
        (PREAMBLE + b"\x00\x03\x02\xff\xff", "malformed", "its name is not UTF-8"),
        (PREAMBLE + b"\x00\x01\x05", "truncated", "ends inside its name"),
        (PREAMBLE + b"\x03\x02\x01\x00", "malformed", "type 0, which does not exist"),
        (PREAMBLE + b"\x07\x05\x01\x01a\x00\x00", "malformed", "function 0, which does not exist"),
        (PREAMBLE + b"\x07\x05\x01\x01a\x09\x00", "malformed", "unknown kind 9"),
        (PREAMBLE + b"\x08\x01\x00", "malformed", "function 0, which does not exist"),
        (PREAMBLE + b"\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00", "engine", "1 functions are declared but 0 have"),
        (PREAMBLE + b"\x05\x03\x01\x08\x00", "malformed", "limits of unknown form 0x08"),
        (PREAMBLE + b"\x05\x04\x01\x01\x02\x01", "engine", "a memory of at least 2 and at most 1 in the memory"),
        (PREAMBLE + b"\x04\x05\x01\x70\x01\x05\x04", "engine", "a table of at least 5 and at most 4"),
        (
            PREAMBLE + b"\x05\x03\x01\x00\x01" + b"\x07\x09\x02\x01a\x02\x00\x01a\x02\x00",
            "engine",
            "a second export called 'a'",
        ),
        (
            PREAMBLE + b"\x01\x05\x01\x60\x01\x7f\x00" + b"\x03\x02\x01\x00" + b"\x08\x01\x00",
            "engine",
            "function 0 of type (i32) -> (), not () -> (), in the start section",
        ),
        (PREAMBLE + b"\x06\x05\x01\x7f\x02\x41\x00", "malformed", "mutability 2"),
        (PREAMBLE + b"\x06\x05\x01\x7f\x00\x20\x00", "malformed", "instruction 0x20"),
        (PREAMBLE + b"\x04\x04\x01\x7f\x00\x00", "malformed", "a table of i32"),
    ],
)
def test_names_what_is_wrong(data: bytes, flaw: str, words: str) -> None:
    error = refused(data)
    assert words in error.problem
    assert error.flaw == flaw


def test_truncation_at_every_byte_is_refused() -> None:
    data = identity()
    ends = {section.end for section in sections(data)} | {len(PREAMBLE)}
    for size in range(len(data)):
        error = parse_or_refuse(data[:size])
        if size not in ends:
            assert error is None, size
            assert refused(data[:size]).flaw in ("empty", "truncated"), size


def test_counts_are_not_believed() -> None:
    for id in (1, 2, 3, 4, 5, 6, 7, 10, 13):
        error = refused(PREAMBLE + encode_section(id, encode_u32(2**32 - 1)))
        assert f"at most {MAX_ENTRIES} are read" in error.problem
        error = refused(PREAMBLE + encode_section(id, encode_u32(50_000) + b"\0" * 100))
        assert "only 100 bytes follow" in error.problem


def test_many_sections_and_long_initialisers_are_bounded() -> None:
    assert "more than 10000 sections" in refused(PREAMBLE + b"\0\x02\x01a" * 10_001).problem
    expression = b"\x01\x7f\0" + b"\x41\0" * 2000 + b"\x0b"
    assert "more than 1000 instructions" in refused(PREAMBLE + encode_section(6, expression)).problem


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans())
@example(b"\x00" * 64, True)
def test_any_bytes_are_a_module_or_malformed(tail: bytes, preamble: bool) -> None:
    parse_or_refuse(PREAMBLE + tail if preamble else tail)


_SECTIONS = st.lists(
    st.tuples(st.integers(0, 14), st.binary(max_size=40)).map(
        lambda item: bytes((item[0],)) + encode_u32(len(item[1])) + item[1]
    ),
    max_size=8,
)


@settings(max_examples=400, deadline=None)
@given(_SECTIONS)
def test_any_sections_are_a_module_or_malformed(parts: list[bytes]) -> None:
    parse_or_refuse(PREAMBLE + b"".join(parts))


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """The identity module with a few bytes replaced, dropped, doubled or inserted."""
    data = bytearray(identity())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(("replace", "drop", "insert", "double"))):
            case "replace":
                data[place] = draw(st.integers(0, 255))
            case "drop":
                del data[place : place + draw(st.integers(1, 8))]
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=8))
            case _:
                data[place:place] = data[place : place + draw(st.integers(1, 16))]
        if not data:
            break
    return bytes(data)


@settings(max_examples=1500, deadline=None)
@given(mutations())
def test_refuses_nothing_that_an_engine_accepts(data: bytes) -> None:
    """Against wasmtime with core 2.0: it also judges bodies, so it may refuse more, never less."""
    import wasmtime

    config = wasmtime.Config()
    config.wasm_function_references = False
    config.wasm_gc = False
    config.wasm_exceptions = False
    config.wasm_threads = False
    module = parse_or_refuse(data)
    try:
        wasmtime.Module.validate(wasmtime.Engine(config), data)
    except wasmtime.WasmtimeError:
        return
    assert module is not None


@given(st.integers(0, 2**32 - 1))
def test_u32_round_trip(value: int) -> None:
    reader = Reader(encode_u32(value) + b"!", 0, 6, "a test")
    assert reader.u32("a number") == value


@given(st.integers(0, 12).filter(lambda id: id not in (0,)), st.binary(max_size=50))
def test_encoded_sections_are_found_again(id: int, payload: bytes) -> None:
    data = PREAMBLE + encode_section(id, payload) + encode_section(0, b"note", "größe")
    first, second = sections(data)
    assert (first.id, data[first.payload : first.end]) == (id, payload)
    assert (second.name, data[second.payload : second.end]) == ("größe", b"note")
    assert first.size + second.size == len(data) - len(PREAMBLE)


def test_the_writer_refuses_what_has_no_encoding() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        encode_u32(2**32)
    with pytest.raises(ValueError, match="custom section"):
        encode_section(0, b"")
    with pytest.raises(ValueError, match="custom section"):
        encode_section(1, b"", "name")
    assert encode_name("é") == b"\x02\xc3\xa9"


def test_a_large_module_is_read_without_looking_at_bodies() -> None:
    """10 MiB of code and data, 20,000 functions: sizes are stepped over."""
    count = 20_000
    body = encode_u32(500) + b"\0" * 500
    data = b"".join(
        [
            PREAMBLE,
            encode_section(1, b"\x01\x60\x00\x00"),
            encode_section(3, encode_u32(count) + b"\0" * count),
            encode_section(10, encode_u32(count) + body * count),
        ]
    )
    module = parse(data)
    assert len(data) > 10_000_000
    assert len(module.functions) == count

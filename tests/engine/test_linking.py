"""Guests made ready for the shim: the memory becomes an import, its content is kept apart, and nothing else changes."""

import pytest
import wasmtime  # noqa: TID253
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches.codec import encode_batch
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, Instance
from rpkpy.engine.linking import MEMORY, Prepared, prepare
from rpkpy.wasm import binary, embed
from rpkpy.wasm.module import Bounds
from tests.engine.guest import wasm


def _wasm(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ('(module (memory (export "memory") 2))', Bounds(2, None)),
        ('(module (memory (export "memory") 2 9))', Bounds(2, 9, 1)),
        ('(module (import "a" "b" (func)) (memory (export "memory") 2) (data (i32.const 0) "x"))', Bounds(2, None)),
        (
            '(module (func (export "f") (drop (i32.load (i32.const 0)))) (memory (export "memory") 2 3))',
            Bounds(2, 3, 1),
        ),
        ('(module (global (mut i32) (i32.const 0)) (memory (export "memory") 2))', Bounds(2, None)),
    ],
)
def test_the_memory_is_imported_and_keeps_its_index(text: str, bounds: Bounds) -> None:
    before = binary.parse(_wasm(text))
    made = prepare(_wasm(text))
    after = binary.parse(made.code)
    assert [(item.module, item.name) for item in after.imports] == [
        *((item.module, item.name) for item in before.imports),
        MEMORY,
    ]
    assert made.memory == bounds
    assert (after.exports, after.functions, after.globals) == (before.exports, before.functions, before.globals)
    wasmtime.Module.validate(wasmtime.Engine(), made.code)


def test_a_second_memory_stays_where_it_is() -> None:
    made = prepare(_wasm('(module (memory (export "memory") 1) (memory 2 3))'))
    assert [memory.bounds.minimum for memory in binary.parse(made.code).memories] == [0, 2]
    config = wasmtime.Config()
    config.wasm_multi_memory = True
    wasmtime.Module.validate(wasmtime.Engine(config), made.code)


@pytest.mark.parametrize(
    "text",
    [
        "(module)",
        '(module (import "a" "m" (memory 1)) (memory 1))',
        f'(module (import "{MEMORY[0]}" "{MEMORY[1]}" (memory 1)))',
    ],
)
def test_a_module_without_a_first_memory_of_its_own_stays_as_it_is(text: str) -> None:
    assert prepare(_wasm(text)) == Prepared(_wasm(text))


@pytest.mark.parametrize("limits", [b"\0\x81\x80\x04", b"\1\2\1", b"\1\1\x81\x80\x04", b"\4\1", b"\3\1\2"])
def test_a_memory_that_no_engine_takes_is_left_to_it(limits: bytes) -> None:
    """More pages than there are, a maximum below the minimum, 64 bits, shared."""
    module = binary.PREAMBLE + binary.encode_section(5, b"\1" + limits)
    assert prepare(module) == Prepared(module)


def test_what_is_no_module_stays_as_it_is() -> None:
    assert prepare(b"\0asm\1\0\0\0garbage") == Prepared(b"\0asm\1\0\0\0garbage")


# What the memory starts with.


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        ('(data (i32.const 5) "ab") (data (i32.const 9) "c")', ((5, b"ab\0\0c"),)),
        ('(data (i32.const 9000) "a") (data (i32.const 0) "b")', ((9000, b"a"), (0, b"b"))),
        ('(data (i32.const 1) "abc") (data (i32.const 2) "x")', ((1, b"abc"), (2, b"x"))),
        ('(data (i32.const 65535) "a") (data (i32.const 0) "")', ((65535, b"a"), (0, b""))),
        ("", ()),
    ],
)
def test_data_is_kept_apart_in_its_order(data: str, pieces: tuple[tuple[int, bytes], ...]) -> None:
    made = prepare(_wasm(f"(module (memory 1) {data})"))
    assert made.data == pieces
    assert "data" not in [section.name for section in binary.parse(made.code).sections]


@pytest.mark.parametrize(
    "module",
    [
        '(memory 1) (data (i32.const 65535) "ab")',  # instantiating fails
        '(memory 1) (data (i32.const -1) "a")',
        '(import "a" "b" (global $g i32)) (memory 1) (data (global.get $g) "a")',
        '(memory 1) (memory $other 1) (data (memory $other) (i32.const 0) "a")',
        '(memory 1) (data "passive")',
        '(memory 1) (data (i32.const 0) "a") (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)))',
    ],
)
def test_data_that_is_not_simply_written_stays(module: str) -> None:
    made = prepare(_wasm(f"(module {module})"))
    assert (made.data, made.memory) == ((), Bounds(1, None))
    assert "data" in [section.name for section in binary.parse(made.code).sections]


@given(st.lists(st.tuples(st.integers(0, 65_000), st.binary(max_size=300)), max_size=12))
def test_what_is_written_is_what_wasmtime_would_write(segments: list[tuple[int, bytes]]) -> None:
    data = "".join(
        f'(data (i32.const {at}) "{"".join(f"{chr(92)}{byte:02x}" for byte in content)}")' for at, content in segments
    )
    module = _wasm(f'(module (memory (export "memory") 1) {data})')
    store = wasmtime.Store()
    memory = wasmtime.Instance(store, wasmtime.Module(store.engine, module), []).exports(store)["memory"]
    assert isinstance(memory, wasmtime.Memory)
    written = bytearray(65536)
    for address, content in prepare(module).data:
        written[address : address + len(content)] = content
    assert written == memory.read(store, 0, 65536)


def test_modules_that_differ_in_their_data_are_the_same_code() -> None:
    def module(pages: str, text: str) -> bytes:
        made = wasm(
            "(call $reply_bytes (i32.const 3000) (i32.const 3))",
            declarations=f'(data (i32.const 3000) "{text}")',
            pages=pages,
        )
        return embed.write_section(made, embed.ORIGIN_SECTION, text.encode())

    first, second = module("18", "one"), module("20", "two")
    assert prepare(first).code == prepare(second).code
    engine = Engine()
    for made, says in ((first, b"one"), (second, b"two")):
        with Instance(engine.compile(made), name="m", input_topic="i", output_topics=["o"]) as instance:
            instance.start()
            (records,) = instance.process(encode_batch([Record(None, b"x")])).records
            assert [record.value for record in records] == [says]

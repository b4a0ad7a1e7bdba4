"""Guests made ready for the shim: the memory becomes an import, and nothing else changes."""

import pytest
import wasmtime  # noqa: TID253

from rpkpy.engine.linking import MEMORY, with_imported_memory
from rpkpy.wasm import binary


def _wasm(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


@pytest.mark.parametrize(
    "text",
    [
        '(module (memory (export "memory") 2))',
        '(module (memory (export "memory") 2 9))',
        '(module (import "a" "b" (func)) (memory (export "memory") 2) (data (i32.const 0) "x"))',
        '(module (func (export "f") (drop (i32.load (i32.const 0)))) (memory (export "memory") 2 3))',
        '(module (global (mut i32) (i32.const 0)) (memory (export "memory") 2))',
    ],
)
def test_the_memory_is_imported_with_its_limits_and_keeps_its_index(text: str) -> None:
    before = binary.parse(_wasm(text))
    made = with_imported_memory(_wasm(text))
    after = binary.parse(made)
    assert [(item.module, item.name) for item in after.imports] == [
        *((item.module, item.name) for item in before.imports),
        MEMORY,
    ]
    assert after.memories == before.memories
    assert (after.exports, after.functions, after.globals) == (before.exports, before.functions, before.globals)
    wasmtime.Module.validate(wasmtime.Engine(), made)


def test_a_second_memory_stays_where_it_is() -> None:
    made = with_imported_memory(_wasm('(module (memory (export "memory") 1) (memory 2 3))'))
    assert [memory.bounds.minimum for memory in binary.parse(made).memories] == [1, 2]
    config = wasmtime.Config()
    config.wasm_multi_memory = True
    wasmtime.Module.validate(wasmtime.Engine(config), made)


@pytest.mark.parametrize("text", ["(module)", '(module (import "a" "m" (memory 1)) (memory 1))'])
def test_a_module_without_a_first_memory_of_its_own_stays_as_it_is(text: str) -> None:
    assert with_imported_memory(_wasm(text)) == _wasm(text)


def test_what_is_no_module_stays_as_it_is() -> None:
    assert with_imported_memory(b"\0asm\1\0\0\0garbage") == b"\0asm\1\0\0\0garbage"

"""Pointers on the shadow stack: a collector that scans it sees what a function still needs, whatever holds it."""

import pytest
import wasmtime  # noqa: TID253

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes import longjmp, names, roots
from rpkpy.runtimes.passes.code import OpenModule

TOP = 65536
# `collect` looks for the pointer 0x5eed in the shadow stack and counts how often it is asked and finds it.
COLLECTOR = f"""
  (tag $jump (param i32))
  (memory 2)
  (global $sp (export "pointer") (mut i32) (i32.const {TOP}))
  (global $asked (export "asked") (mut i32) (i32.const 0))
  (global $found (export "found") (mut i32) (i32.const 0))
  (table 1 funcref) (elem (i32.const 0) $collect)
  (type $void (func))
  (data (i32.const 100) "\\ed\\5e\\00\\00\\00\\00\\00\\00")
  (func $collect (type $void) (local $at i32)
    (global.set $asked (i32.add (global.get $asked) (i32.const 1)))
    (local.set $at (global.get $sp))
    (block $end (loop $next
      (br_if $end (i32.ge_u (local.get $at) (i32.const {TOP})))
      (if (i32.eq (i32.load (local.get $at)) (i32.const 0x5eed))
        (then (global.set $found (i32.add (global.get $found) (i32.const 1))) (return)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br $next))))
  (func $pass (param i32) (result i32) (call $collect) (local.get 0))
  (func $fails (param i32) (call $collect) (throw $jump (i32.const 1)))
  (func $get (result i32) (i32.load (i32.const 100)))
"""

# What `f` does, holding the pointer in different ways. Each gives 0x5eed and asks the collector so often.
HOLDERS = {
    "a local": ("(local $p i32) (local.set $p (call $get)) (call $collect) (local.get $p)", 1),
    "a local after an indirect call": (
        "(local $p i32) (local.set $p (call $get)) (call_indirect (type $void) (i32.const 0)) (local.get $p)",
        1,
    ),
    "a value that waits": ("(i32.add (call $get) (call $pass (i32.const 0)))", 1),
    "a local that waits and is set meanwhile": (
        "(local $p i32) (local.set $p (call $get)) (local.get $p) (local.set $p (i32.const 0)) (call $collect)",
        1,
    ),
    "two values that wait, the pointer below": (
        "(call $get) (i32.load (i32.const 200)) (call $pass (i32.const 0)) (i32.add) (i32.add)",
        1,
    ),
    "a value below a block": (
        "(call $get) (block (br_if 0 (i32.load (i32.const 200))) (call $collect)) (call $collect)",
        2,
    ),
    "a local through a loop": (
        "(local $p i32) (local $n i32) (local.set $p (call $get)) (loop (call $collect)"
        " (br_if 0 (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3)))) (local.get $p)",
        3,
    ),
    "a local set anew in a loop": (
        "(local $p i32) (local $n i32) (local.set $p (i32.load (i32.const 200))) (loop"
        " (local.set $p (call $pass (call $get))) (call $collect) (drop (local.get $p))"
        " (br_if 0 (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 2)))) (local.get $p)",
        4,
    ),
    "what only one branch keeps": (
        "(local $p i32) (if (i32.eqz (i32.load (i32.const 200))) (then (local.set $p (call $get)))"
        " (else (local.set $p (i32.const 7)))) (call $collect) (local.get $p)",
        1,
    ),
    "a pointer to a field": (
        "(local $p i32) (local.set $p (i32.add (call $get) (i32.load (i32.const 200)))) (call $collect) (local.get $p)",
        1,
    ),
    "two pointers in one i64": (
        "(local $p i64) (local.set $p (i64.load (i32.const 100))) (call $collect) (i32.wrap_i64 (local.get $p))",
        1,
    ),
    "an i64 that waits": (
        "(i32.wrap_i64 (i64.add (i64.load (i32.const 100)) (i64.extend_i32_u (call $pass (i32.const 0)))))",
        1,
    ),
    "what a handler uses": (
        "(local $p i32) (local.set $p (call $get)) (block (result i32)"
        " (try_table (catch $jump 0) (call $fails (i32.const 0))) (i32.const 0)) (drop) (call $collect) (local.get $p)",
        2,
    ),
    "what is set before a handler is gone to": (
        "(local $p i32) (block (result i32) (try_table (catch $jump 0)"
        " (local.set $p (call $get)) (call $fails (i32.const 0))) (i32.const 0)) (drop) (call $collect) (local.get $p)",
        2,
    ),
    "a way out by return": (
        "(local $p i32) (local.set $p (call $get)) (call $collect)"
        " (if (i32.eqz (i32.load (i32.const 200))) (then (return (local.get $p)))) (i32.const 1)",
        1,
    ),
    "a way out by a branch": ("(local $p i32) (local.set $p (call $get)) (call $collect) (br 0 (local.get $p))", 1),
}


def built(holder: str) -> bytes:
    return bytes(wasmtime.wat2wasm(f'(module {COLLECTOR} (func (export "f") (result i32) {holder}))'))


def run(wasm: bytes) -> tuple[object, int, int, int]:
    """The result of `f`, how often the collector was asked and found the pointer, and the stack pointer after it."""
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, longjmp.lower(wasm).wasm), []).exports(store)
    function = exports["f"]
    assert isinstance(function, wasmtime.Func)
    result = function(store)
    values = []
    for name in ("asked", "found", "pointer"):
        entry = exports[name]
        assert isinstance(entry, wasmtime.Global)
        values.append(int(entry.value(store)))
    return (result, values[0], values[1], values[2])


@pytest.mark.parametrize("case", HOLDERS)
def test_the_collector_finds_what_is_needed_later(case: str) -> None:
    holder, asked = HOLDERS[case]
    wasm = built(holder)
    assert run(wasm) == (0x5EED, asked, 0, TOP)  # without the pass it finds nothing
    rooted = roots.spill(wasm, names.function(wasm, "collect"))
    assert run(rooted.wasm) == (0x5EED, asked, asked, TOP)
    assert all(size % 16 == 0 for size in rooted.frames.values())


@pytest.mark.parametrize(
    "holder",
    [
        "(local $n i32) (local.set $n (i32.load8_u (i32.const 100))) (call $collect) (local.get $n)",
        "(local $n i32) (local.set $n (i32.eqz (call $get))) (call $collect) (local.get $n)",
        "(local $n i32) (local.set $n (i32.and (call $get) (i32.const 255))) (call $collect) (local.get $n)",
        "(local $p i32) (drop (local.tee $p (call $get))) (call $collect) (i32.const 1)",
        "(local $p i32) (local.set $p (call $get)) (drop (call $get)) (local.get $p)",
    ],
    ids=["a byte", "a truth", "a few bits", "what is not used again", "no call to the collector"],
)
def test_what_cannot_be_a_pointer_or_is_not_needed_costs_nothing(holder: str) -> None:
    wasm = built(holder)
    rooted = roots.spill(wasm, names.function(wasm, "collect"))
    number = len(OpenModule(wasm).bodies) - 1
    assert OpenModule(rooted.wasm).bodies[number] == OpenModule(wasm).bodies[number]


def test_a_slot_that_is_right_is_not_stored_again() -> None:
    one = built("(local $p i32) (local.set $p (call $get)) (call $collect) (local.get $p)")
    many = built(f"(local $p i32) (local.set $p (call $get)) {'(call $collect) ' * 9} (local.get $p)")
    found = [roots.spill(wasm, names.function(wasm, "collect")).stores for wasm in (one, many)]
    assert found[0] == found[1]


def test_a_collector_that_is_not_there_is_told() -> None:
    with pytest.raises(BuildError, match="no function gc_collect"):
        names.function(built("(i32.const 0)"), "gc_collect")


def test_names_are_read_and_stripped() -> None:
    wasm = built("(i32.const 0)")
    assert {"collect", "pass", "fails", "get"} <= set(names.functions(wasm))
    assert names.functions(names.strip(wasm)) == {}

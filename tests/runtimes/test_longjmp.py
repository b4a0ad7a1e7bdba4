"""Exceptions taken out of a module: it does what it did with them, and an engine without exceptions takes it."""

import pytest
import wasmtime  # noqa: TID253

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes import longjmp
from rpkpy.wasm import binary

# `run(n, kind)` calls through two levels, directly or through a table; `thrower` throws n unless it is 0.
GUEST = """(module
  (tag $jump (param i32))
  (type $leaf (func (param i32) (result i64)))
  (table 1 funcref) (elem (i32.const 0) $thrower)
  (global $trace (export "trace") (mut i32) (i32.const 0))
  (func $mark (param i32)
    (global.set $trace (i32.add (i32.mul (global.get $trace) (i32.const 10)) (local.get 0))))
  (func $thrower (type $leaf)
    (if (local.get 0) (then (throw $jump (local.get 0))))
    (call $mark (i32.const 1))
    (i64.const 100))
  (func $quiet (param i32) (if (i32.gt_s (local.get 0) (i32.const 0)) (then (drop (call $thrower (local.get 0)))))
    (call $mark (i32.const 2)))
  (func $through (param i32 i32) (result f64)
    (if (result f64) (local.get 1)
      (then (f64.convert_i64_s (call_indirect (type $leaf) (local.get 0) (i32.const 0))))
      (else (call $quiet (local.get 0)) (f64.const 7))))
  (func (export "run") (param $n i32) (param $kind i32) (result i32)
    (local $caught i32)
    (local.set $caught
      (block $outer (result i32)
        (block $inner (result i32)
          (try_table (result i32) (catch $jump $outer)
            (loop $again
              (block $done
                (block $wound (result exnref)
                  (try_table (catch_all_ref $wound)
                    (drop (call $through (local.get $n) (local.get $kind))))
                  (br $done))
                (call $mark (i32.const 3))
                (throw_ref))
              (br_if $again (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 0))))
            (br $inner (i32.const -1)))
          (drop) (i32.const -3))
        (call $mark (i32.const 4))))
    (i32.add (i32.mul (local.get $caught) (i32.const 2)) (i32.const 1)))
  (func (export "with_ref") (param $n i32) (result i32)
    (local $kept exnref)
    (block $here (result i32 exnref)
      (try_table (catch_ref $jump $here) (call $quiet (local.get $n)))
      (return (i32.const -5)))
    (local.set $kept)
    (if (i32.eq (i32.const 9)) (then (call $mark (i32.const 9)) (throw_ref (local.get $kept))))
    (i32.const 6)))"""


def outcomes(wasm: bytes, *, exceptions: bool) -> list[tuple[object, int]]:
    """What each call gives, an uncaught exception as None, and the marks left on the way."""
    config = wasmtime.Config()
    config.wasm_exceptions = exceptions
    engine = wasmtime.Engine(config)
    module = wasmtime.Module(engine, wasm)
    found = []
    calls = [("run", (n, kind)) for n in (-2, 0, 1, 5, 2**31 - 1) for kind in (0, 1)]
    for name, arguments in [*calls, *(("with_ref", (n,)) for n in (0, 4))]:
        store = wasmtime.Store(engine)
        exports = wasmtime.Instance(store, module, []).exports(store)
        function, trace = exports[name], exports["trace"]
        assert isinstance(function, wasmtime.Func) and isinstance(trace, wasmtime.Global)
        found.append((function(store, *arguments), trace.value(store)))
    return found


def test_without_exceptions_it_does_what_it_did_with_them() -> None:
    wasm = bytes(wasmtime.wat2wasm(GUEST))
    lowered = longjmp.lower(wasm)
    expected = outcomes(wasm, exceptions=True)
    assert outcomes(lowered.wasm, exceptions=False) == expected
    assert len({trace for _, trace in expected}) > 4  # the calls went different ways
    assert (lowered.functions, lowered.throwing) == (6, 5)
    assert lowered.checks == 5


def test_neither_tags_nor_exception_references_are_left() -> None:
    module = binary.parse(longjmp.lower(bytes(wasmtime.wat2wasm(GUEST))).wasm)
    assert not module.tags
    assert not [kind for kind in module.types if "exnref" in kind.params + kind.results]


def test_what_leaves_the_module_leaves_its_number_behind() -> None:
    """Where nothing catches, zeros are returned: C cannot call longjmp without a setjmp around it."""
    wasm = wasmtime.wat2wasm("""(module (tag (param i32))
      (func (export "f") (result i32 i64 f32 f64) (throw 0 (i32.const 8))))""")
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    lowered = longjmp.lower(bytes(wasm)).wasm
    function = wasmtime.Instance(store, wasmtime.Module(engine, lowered), []).exports(store)["f"]
    assert isinstance(function, wasmtime.Func)
    assert function(store) == [0, 0, 0.0, 0.0]


@pytest.mark.parametrize(
    "text",
    ["(module)", "(module (tag (param i64)))", "(module (tag (param i32)) (tag (param i32)))"],
)
def test_other_exceptions_are_refused(text: str) -> None:
    with pytest.raises(BuildError, match="cannot be taken out"):
        longjmp.lower(bytes(wasmtime.wat2wasm(text)))

"""Small modules for the passes' tests, and running them under a small stack."""

from collections.abc import Sequence

import wasmtime  # noqa: TID253


def compiled(text: str) -> bytes:
    """A module from its text."""
    return bytes(wasmtime.wat2wasm(text))


def recursive(live: int, *, limit: int = 0) -> bytes:
    """A module whose `sum(n)` adds up 1..n by recursion, `live` values being kept across each call.

    Where the shadow stack's `pointer` is below `limit` it answers -1 instead of going deeper, as an interpreter raises.
    """
    loads = "\n".join(f"(local.set $v{i} (i64.load offset={8 * i} (i32.const 8)))" for i in range(live))
    adds = "\n".join(f"(local.set $r (i64.add (local.get $r) (local.get $v{i})))" for i in range(live))
    locals_ = " ".join(f"(local $v{i} i64)" for i in range(live))
    return compiled(f"""(module
      (memory (export "memory") 2)
      (global $sp (export "pointer") (mut i32) (i32.const 65536))
      (table 1 funcref) (elem (i32.const 0) $sum)
      (type $t (func (param i64) (result i64)))
      (func $sum (export "sum") (param $n i64) (result i64) {locals_} (local $r i64)
        (if (i64.eqz (local.get $n)) (then (return (i64.const 0))))
        (if (i32.lt_s (global.get $sp) (i32.const {limit})) (then (return (i64.const -1))))
        {loads}
        (block $deep
          (local.set $r (call_indirect (type $t) (i64.sub (local.get $n) (i64.const 1)) (i32.const 0)))
          (br_if $deep (i64.ge_s (local.get $r) (i64.const 0)))
          (return (local.get $r)))
        {adds}
        (i64.add (local.get $r) (local.get $n))))""")


class Running:
    """An instance under a native stack of `stack_bytes`, which is a whole one for each call."""

    def __init__(self, wasm: bytes, stack_bytes: int) -> None:
        config = wasmtime.Config()
        config.max_wasm_stack = stack_bytes
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        self.exports = wasmtime.Instance(self.store, wasmtime.Module(engine, wasm), []).exports(self.store)

    def call(self, name: str, *arguments: int) -> int:
        """Call an export; a trap is raised as wasmtime's Trap."""
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        return int(function(self.store, *arguments))

    def value(self, name: str) -> int:
        """An exported global."""
        found = self.exports[name]
        assert isinstance(found, wasmtime.Global)
        return int(found.value(self.store))

    def overflows(self, arguments: Sequence[int]) -> bool:
        """Whether `sum` of the arguments exhausts the native stack."""
        try:
            self.call("sum", *arguments)
        except wasmtime.Trap as trap:
            assert trap.trap_code == wasmtime.TrapCode.STACK_OVERFLOW
            return True
        return False

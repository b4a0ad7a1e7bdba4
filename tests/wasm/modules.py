"""Real modules for the tests, assembled from WebAssembly text."""

from functools import cache

from rpkpy.wasm.binary import encode_section

IDENTITY_WAT = """
(module
  (type $void (func))
  (import "redpanda_transform" "check_abi_version_2" (func $abi (type $void)))
  (import "redpanda_transform" "read_batch_header"
    (func $header (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_transform" "read_next_record" (func $next (param i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_transform" "write_record" (func $write (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (table 1 funcref)
  (memory (export "memory") 2)
  (global $pages (mut i32) (i32.const 2))
  (global $ratio f64 (f64.const 1.5))
  (elem (i32.const 0) $loop)
  (data (i32.const 0) "reserved")
  (func $loop
    (local $count i32) (local $size i32)
    (loop $batches
      (if (i32.lt_s (call $header (i32.const 64) (i32.const 8) (i32.const 72) (i32.const 76) (i32.const 80)
            (i32.const 88) (i32.const 96) (i32.const 104) (i32.const 112) (i32.const 116)) (i32.const 0))
        (then (call $exit (i32.const 1))))
      (local.set $count (i32.load (i32.const 8)))
      (loop $records
        (if (local.get $count) (then
          (local.set $size
            (call $next (i32.const 16) (i32.const 24) (i32.const 32) (i32.const 1024) (i32.const 65536)))
          (if (i32.lt_s (local.get $size) (i32.const 0)) (then (call $exit (i32.const 2))))
          (drop (call $write (i32.const 1024) (local.get $size)))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $records))))
      (br $batches)))
  (func (export "_start") (call $abi) (call $loop)))
"""


@cache
def assemble(wat: str) -> bytes:
    """`wat` as a binary, with its name section."""
    from wasmtime import wat2wasm

    return bytes(wat2wasm(wat))


def identity() -> bytes:
    """A transform that copies its input, as an SDK would make it: a module that passes every rule."""
    return assemble(IDENTITY_WAT)


def transform(
    extra: str = "",
    *,
    imports: str = "",
    memory: str = '(memory (export "memory") 2)',
    start: str = '(func (export "_start"))',
    marker: str = '(import "redpanda_transform" "check_abi_version_2" (func))',
) -> bytes:
    """A least transform with one of its parts replaced, or `extra` fields behind them."""
    return assemble(f"(module {marker} {imports} {memory} {start} {extra})")


def padded(size: int) -> bytes:
    """The identity module grown to exactly `size` bytes by a custom section."""
    room = size - len(identity())
    for framing in range(3, 12):
        data = identity() + encode_section(0, bytes(room - framing), "x")
        if len(data) == size:
            return data
    raise AssertionError(size)

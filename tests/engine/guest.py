"""Guests for tests: a transform's loop in WebAssembly text, with the parts that a test is about filled in."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import wasmtime  # noqa: TID253

from rpkpy.batches.codec import encode_batch
from rpkpy.batches.record import Record
from rpkpy.engine import CompiledModule, Engine, Instance, Output
from rpkpy.wasm.abi import LINK_TABLE

# Memory: 0..79 read_batch_header and read_next_record, 128..255 scratch of `reply`, 1024.. the record (1 MiB).
_TEMPLATE = """
(module
  {imports}
  (memory (export "memory") {pages})
  {declarations}
  ;; Writes a record with a null key and the i32 as its value's four bytes.
  (func $reply (param $value i32)
    (i32.store16 (i32.const 128) (i32.const 0x0801))
    (i32.store (i32.const 130) (local.get $value))
    (i32.store8 (i32.const 134) (i32.const 0))
    (drop (call $write_record (i32.const 128) (i32.const 7))))
  (func $reply64 (param $value i64)
    (call $reply (i32.wrap_i64 (local.get $value)))
    (call $reply (i32.wrap_i64 (i64.shr_u (local.get $value) (i64.const 32)))))
  ;; Writes memory as a value of up to 63 bytes.
  (func $reply_bytes (param $from i32) (param $length i32)
    (i32.store8 (i32.const 128) (i32.const 1))
    (i32.store8 (i32.const 129) (i32.shl (local.get $length) (i32.const 1)))
    (memory.copy (i32.const 130) (local.get $from) (local.get $length))
    (i32.store8 (i32.add (i32.const 130) (local.get $length)) (i32.const 0))
    (drop (call $write_record (i32.const 128) (i32.add (local.get $length) (i32.const 3)))))
  (func $header (result i32)
    (call $read_batch_header (i32.const 0) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)
      (i32.const 24) (i32.const 32) (i32.const 40) (i32.const 48) (i32.const 52)))
  (func $next (result i32)
    (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024) (i32.const 1048576)))
  (func $on_record (export "on_record") (param $length i32) {on_record})
  (func $on_batch (param $largest i32) {on_batch})
  (func $on_start {on_start})
  (func $main
    (local $left i32) (local $length i32)
    (call $check_abi_version_1)
    (call $on_start)
    (loop $batches
      (call $on_batch (call $header))
      (local.set $left (i32.load (i32.const 8)))
      (loop $records
        (if (local.get $left) (then
          (local.set $length (call $next))
          (if (i32.lt_s (local.get $length) (i32.const 0)) (then (unreachable)))
          (call $on_record (local.get $length))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $records))))
      (br $batches)))
  (func (export "_start") {start}))
"""

ECHO = "(drop (call $write_record (i32.const 1024) (local.get $length)))"


@cache
def wasm(
    on_record: str = "",
    *,
    on_batch: str = "",
    on_start: str = "",
    declarations: str = "",
    pages: str = "18",
    start: str = "(call $main)",
) -> bytes:
    """A module that imports all a broker has; `on_record` finds the record's `$length` bytes at 1024."""
    imports = "\n".join(
        f'(import "{module}" "{name}" (func ${name}'
        f"{''.join(f' (param {type})' for type in types.params)}"
        f"{''.join(f' (result {type})' for type in types.results)}))"
        for (module, name), types in LINK_TABLE.items()
    )
    text = _TEMPLATE.format(
        imports=imports,
        on_record=on_record,
        on_batch=on_batch,
        on_start=on_start,
        declarations=declarations,
        pages=pages,
        start=start,
    )
    return bytes(wasmtime.wat2wasm(text))


@cache
def engine() -> Engine:
    """An engine with the broker's limits, shared by tests."""
    return Engine()


def compile_guest(on_record: str = "", **parts: str) -> CompiledModule:
    """A guest compiled for the broker's limits."""
    return engine().compile(wasm(on_record, **parts))


def instance(
    module: CompiledModule,
    *,
    topics: Sequence[str] = ("out",),
    env: Mapping[str, str] | None = None,
    on_log: Callable[[int, bytes], None] | None = None,
    **options: Any,
) -> Instance:
    """An instance that has not been started."""
    return Instance(
        module,
        name="guest",
        input_topic="in",
        output_topics=topics,
        env=env or {},
        on_log=on_log,
        **{"metered": True, **options},
    )


def batch(*values: bytes | None, base_offset: int = 0, timestamp_ms: int = 1_000, **options: Any) -> bytes:
    """A batch of records with these values, timestamps counting up from `timestamp_ms`."""
    records = [Record(None, value, timestamp_ms=timestamp_ms + index) for index, value in enumerate(values)]
    return encode_batch(records, base_offset=base_offset, **options)


def run(module: CompiledModule, data: bytes | None = None, **options: Any) -> Output:
    """What a fresh instance makes of `data` (one record `x` unless given)."""
    with instance(module, **options) as guest:
        guest.start()
        return guest.process(batch(b"x") if data is None else data)


def replies(output: Output, topic: int = 0) -> list[int]:
    """The i32s that the guest wrote by `$reply`."""
    return [int.from_bytes(record.value or b"", "little", signed=True) for record in output.records[topic]]


def values(output: Output, topic: int = 0) -> list[bytes | None]:
    """The values of the records that the guest wrote."""
    return [record.value for record in output.records[topic]]

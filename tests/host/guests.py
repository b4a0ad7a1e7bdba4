"""Small guests in WebAssembly text: each passes records on, with something done before."""

from collections.abc import Sequence
from functools import cache

IDENTITY = "(drop (call $write (global.get $buf) (local.get $n)))"


def on_mark(action: str) -> str:
    """A body that does `action` at a record that holds an exclamation mark."""
    return f"(if (call $holds (local.get $n) (i32.const 33)) (then {action})) {IDENTITY}"


TRAP_ON_MARK = on_mark("(unreachable)")

SPIN_ON_MARK = on_mark("(loop $forever (br $forever))")

EXIT_ON_MARK = on_mark("(call $exit (i32.const 1))")

DROP_ON_MARK = f"(if (i32.eqz (call $holds (local.get $n) (i32.const 33))) (then {IDENTITY}))"

ALLOCATE = f"""
  (if (call $holds (local.get $n) (i32.const 43))
    (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))))
  (if (call $holds (local.get $n) (i32.const 33))
    (then (if (i32.eq (memory.grow (i32.const 32)) (i32.const -1)) (then (unreachable)))))
  {IDENTITY}
"""
"""Takes 64 KiB of memory at a record that holds a plus sign, 2 MiB at an exclamation mark; traps where it gets none."""

LOG = f"""
  (i32.store (i32.const 0) (i32.const 512)) (i32.store (i32.const 4) (i32.const 6))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
  (i32.store (i32.const 0) (i32.const 520)) (i32.store (i32.const 4) (i32.const 5))
  (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
  {IDENTITY}
"""
"""Writes `hello` and a newline to stdout and `uh-oh` to stderr at each record."""

LOG_VALUE = f"""
  (i32.store (i32.const 0) (i32.add (global.get $buf) (i32.const 2)))
  (i32.store (i32.const 4) (i32.sub (local.get $n) (i32.const 3)))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
  {IDENTITY}
"""
"""Writes the value of each record to stdout: one below 64 bytes, of a record without key and headers."""

GROW_ON_MARK = f"""
  (if (call $holds (local.get $n) (i32.const 33))
    (then
      ;; null key, a value of 100,000 bytes, no headers
      (i32.store8 (i32.const 200000) (i32.const 1))
      (i32.store8 (i32.const 200001) (i32.const 0xc0))
      (i32.store8 (i32.const 200002) (i32.const 0x9a))
      (i32.store8 (i32.const 200003) (i32.const 0x0c))
      (memory.fill (i32.const 200004) (i32.const 120) (i32.const 100000))
      (i32.store8 (i32.const 300004) (i32.const 0))
      (drop (call $write (i32.const 200000) (i32.const 100005))))
    (else {IDENTITY}))
"""
"""Makes a record of 100,000 bytes of one that holds an exclamation mark."""


def fan_out(topics: Sequence[str]) -> tuple[str, str]:
    """Body and data of a guest that writes each record to every one of `topics`."""
    body, data, at = [], [], 1_000
    for topic in topics:
        options = bytes([1, 2 * len(topic)]) + topic.encode()  # the length as a zigzag varint, below 64
        assert len(topic) < 64
        escaped = "".join(f"\\{byte:02x}" for byte in options)
        data.append(f'(data (i32.const {at}) "{escaped}")')
        body.append(
            f"(drop (call $write_to (global.get $buf) (local.get $n) (i32.const {at}) (i32.const {len(options)})))"
        )
        at += 100
    return "\n".join(body), "\n".join(data)


@cache
def wasm(body: str = IDENTITY, data: str = "", *, start: str = "", pages: int = 8, extra_import: str = "") -> bytes:
    """A module that runs `body` for each record, with the record's payload of `$n` bytes at `$buf`."""
    import wasmtime

    return bytes(
        wasmtime.wat2wasm(
            _WAT
            % {
                "body": body,
                "data": data,
                "start": start,
                "pages": pages,
                "extra_import": extra_import,
            }
        )
    )


_WAT = r"""
(module
  (import "redpanda_transform" "check_abi_version_2" (func $abi))
  (import "redpanda_transform" "read_batch_header"
    (func $header (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_transform" "read_next_record" (func $read (param i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_transform" "write_record" (func $write (param i32 i32) (result i32)))
  (import "redpanda_transform" "write_record_with_options" (func $write_to (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  %(extra_import)s
  (memory (export "memory") %(pages)d)
  (global $buf i32 (i32.const 4096))
  (data (i32.const 512) "hello\0a")
  (data (i32.const 520) "uh-oh")
  %(data)s
  (func $holds (param $n i32) (param $byte i32) (result i32)
    (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (if (i32.eq (i32.load8_u (i32.add (global.get $buf) (local.get $i))) (local.get $byte))
          (then (return (i32.const 1))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.const 0))
  (func (export "_start")
    (local $n i32) (local $left i32)
    (call $abi)
    %(start)s
    (loop $batch
      (drop (call $header (i32.const 16) (i32.const 24) (i32.const 32) (i32.const 40) (i32.const 48)
        (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 80) (i32.const 88)))
      (local.set $left (i32.load (i32.const 24)))
      (block $end
        (loop $record
          (br_if $end (i32.eqz (local.get $left)))
          (local.set $n (call $read (i32.const 96) (i32.const 104) (i32.const 112)
            (global.get $buf) (i32.const 190000)))
          (if (i32.lt_s (local.get $n) (i32.const 0)) (then (unreachable)))
          %(body)s
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $record)))
      (br $batch))))
"""

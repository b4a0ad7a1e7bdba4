"""Row 8: a guest that floods its standard output, and what of that reaches a terminal."""

from random import Random

from bench.soak.figures import Budget, Figures, forget_peak, peak_bytes, resident_bytes
from rpkpy.text import printable
from rpkpy.wasm.limits import BROKER
from tests.engine.guest import batch, compile_guest, instance

_WRITE_BYTES = 1 << 20
_LINE_BYTES = 1_024
_SLACK_BYTES = 32 << 20
# The record's value (two bytes of length) is what a write repeats, for 1 MiB from 64 KiB on: no newline but its own.
_FLOOD = f"""
  (local.set $length (i32.sub (local.get $length) (i32.const 4)))
  (memory.copy (i32.const 65536) (i32.const 1027) (local.get $length))
  (loop $double (if (i32.le_u (local.get $length) (i32.const {_WRITE_BYTES // 2})) (then
    (memory.copy (i32.add (i32.const 65536) (local.get $length)) (i32.const 65536) (local.get $length))
    (local.set $length (i32.shl (local.get $length) (i32.const 1)))
    (br $double))))
  (memory.copy (i32.add (i32.const 65536) (local.get $length)) (i32.const 65536)
    (i32.sub (i32.const {_WRITE_BYTES}) (local.get $length)))
  (i32.store (i32.const 512) (i32.const 65536)) (i32.store (i32.const 516) (i32.const {_WRITE_BYTES}))
  (drop (call $fd_write (i32.const 1) (i32.const 512) (i32.const 1) (i32.const 520)))"""
_PIECES = (
    b"\x1b[2J",
    b"\x1b]0;title\x07",
    b"\xff\xfe",
    b"\r",
    "é\u202e".encode(),
    b"\x9b31m",
    b"plain text ",
    b"\0",
    b"\n",
)


def run(budget: Budget) -> Figures:
    """Each case is one write of 1 MiB: of one byte, of escape sequences, of bytes that are no text."""
    random = Random(budget.seed)  # noqa: S311
    lines: list[bytes] = []
    writes = kept = longest = raw = 0
    with instance(compile_guest(_FLOOD), on_log=lambda _, text: lines.append(text), metered=False) as guest:
        guest.start()
        forget_peak()
        before = resident_bytes()
        for _ in budget.rounds():
            pieces = (
                [random.choice(_PIECES) for _ in range(40)] if random.random() < 0.5 else [random.choice(_PIECES)] * 40
            )
            guest.process(batch(b"".join(pieces)[:1000].ljust(64, b"x")))
            writes += 1
            kept += len(lines)
            for line in lines:
                longest = max(longest, len(line))
                raw += any((ord(char) < 0x20 and char not in "\t\n") or 0x7F <= ord(char) < 0xA0
                           for char in printable(line.decode()))  # fmt: skip
            lines.clear()
    grown = peak_bytes() - before
    return Figures(
        writes,
        longest <= _LINE_BYTES == BROKER.log_line_bytes and raw == 0 and grown <= _SLACK_BYTES,
        f"{writes:,} MiB written, {kept:,} lines kept, the longest {longest:,} bytes; {raw} raw control characters "
        f"shown; the process grew by {grown / (1 << 20):.1f} MiB",
        {"writes": writes, "kept": kept, "longest_bytes": longest, "raw_controls": raw, "grown_bytes": grown},
    )

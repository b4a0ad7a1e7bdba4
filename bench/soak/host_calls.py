"""Row 5: a guest that calls every function of the broker's with any pointers and lengths.

The guest makes its calls itself, from the seed in each record (xorshift64): a function by chance, then each argument:
small, near the end of memory, near 2^32, a power of two, anything in memory, anything at all, or the record's place.
It traps with `unreachable` when an answer is none of the ABI's.
"""

from collections import Counter
from random import Random

from bench.soak.figures import Budget, Figures
from rpkpy.batches.codec import decode_batches
from rpkpy.engine import CompiledModule, GuestTrap, Instance, Output
from rpkpy.wasm.abi import LINK_TABLE, WASI
from tests.engine.guest import batch, compile_guest, instance

_PAGES = 18
_MEMORY = _PAGES << 16
_IN_A_FEED = 200
# What calls of a guest's own making may lead to: the broker traps for these, too.
_TRAPS = frozenset({"bad_pointer", "bad_options", "exit", "out_of_fuel", "output_limit"})
# write_record answers -1 to -3 (no batch, bad payload, no such topic); WASI's last errno is 76.
_LEAST_ANSWER, _LAST_ERRNO = -3, 76

_RANDOM = f"""
  (global $x (mut i64) (i64.const 1))
  (func $random (result i64)
    (global.set $x (i64.xor (global.get $x) (i64.shl (global.get $x) (i64.const 13))))
    (global.set $x (i64.xor (global.get $x) (i64.shr_u (global.get $x) (i64.const 7))))
    (global.set $x (i64.xor (global.get $x) (i64.shl (global.get $x) (i64.const 17))))
    (global.get $x))
  (func $any (result i32) (i32.wrap_i64 (i64.shr_u (call $random) (i64.const 20))))
  (func $argument (result i32) (local $low i32)
    (local.set $low (i32.and (call $any) (i32.const 63)))
    (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 (i32.rem_u (call $any) (i32.const 7))))
      (return (local.get $low)))
      (return (i32.add (i32.const {_MEMORY - 48}) (local.get $low))))
      (return (i32.sub (i32.const 0) (i32.add (local.get $low) (i32.const 1)))))
      (return (i32.shl (i32.const 1) (i32.and (local.get $low) (i32.const 31)))))
      (return (i32.rem_u (call $any) (i32.const {_MEMORY}))))
      (return (call $any)))
    (i32.add (i32.const 1024) (i32.and (local.get $low) (i32.const 15))))
  (func $negative_is_known (param $answer i32)
    (if (i32.lt_s (local.get $answer) (i32.const {_LEAST_ANSWER})) (then (unreachable))))
  (func $errno_is_known (param $answer i32)
    (if (i32.gt_u (local.get $answer) (i32.const {_LAST_ERRNO})) (then (unreachable))))
"""


def guest() -> CompiledModule:
    """The guest, compiled."""
    calls = []
    for number, ((module, name), type) in enumerate(LINK_TABLE.items()):
        arguments = ["(call $argument)" if kind == "i32" else "(i64.extend_i32_u (call $argument))"
                     for kind in type.params]  # fmt: skip
        call = f"(call ${name} {' '.join(arguments)})"
        if type.results:
            call = f"(call ${'errno' if module == WASI else 'negative'}_is_known {call})"
        calls.append(f"(if (i32.eq (local.get $length) (i32.const {number})) (then {call} (return)))")
    choose = f"""(global.set $x (i64.load (i32.const 1026)))
      (local.set $length (i32.rem_u (call $any) (i32.const {len(LINK_TABLE)})))"""
    return compile_guest(f"{choose} {' '.join(calls)}", declarations=_RANDOM, pages=str(_PAGES))


class _Caller:
    """Feeds seeds to a guest, a new one whenever it has trapped."""

    def __init__(self, module: CompiledModule) -> None:
        self._module = module
        self._guest: Instance | None = None
        self.ended: Counter[str] = Counter()
        self.guests = 0

    def feed(self, seeds: list[int]) -> int:
        """How many of the calls were made: up to and with the one that trapped, or all."""
        if self._guest is None:
            self._guest = instance(self._module, topics=("one", "two"), metered=False)
            self._guest.start()
            self.guests += 1
        # a batch for each, as read_batch_header goes on to the next one
        data = b"".join(batch(seed.to_bytes(8, "little"), base_offset=n) for n, seed in enumerate(seeds))
        try:
            output = self._guest.process(data)
        except GuestTrap as trap:
            assert trap.code in _TRAPS, trap
            assert trap.output is not None
            self.ended[trap.code] += 1
            _check(trap.output)
            self.close()
            # without an offset it was read_batch_header at the batch behind a record
            return len(seeds) if trap.record_offset is None else trap.record_offset + 1
        _check(output)
        return len(seeds)

    def close(self) -> None:
        if self._guest is not None:
            self._guest.close()
            self._guest = None


def _check(output: Output) -> None:
    """What was written is whole batches of records that a consumer can read, of bytes that the guest can have had."""
    for written in output.batches:
        for found in decode_batches(written):
            assert all(len(record.value or b"") <= _MEMORY for record in found.records())


def run(budget: Budget) -> Figures:
    """Each case is one call."""
    random = Random(budget.seed)  # noqa: S311
    caller = _Caller(guest())
    calls = 0
    seeds: list[int] = []
    while calls < budget.cases and not budget.over:
        seeds += [random.getrandbits(64) | 1 for _ in range(_IN_A_FEED - len(seeds))]
        made = caller.feed(seeds[: budget.cases - calls])
        calls += made
        del seeds[:made]
    caller.close()
    traps = ", ".join(f"{count:,} {code}" for code, count in caller.ended.most_common())
    return Figures(
        calls,
        calls > 0,
        f"{calls:,} calls of {len(LINK_TABLE)} functions in {caller.guests:,} guests: 0 crashes, no answer that the "
        f"ABI does not have; traps: {traps}",
        {"calls": calls, "guests": caller.guests, **{f"trap_{code}": count for code, count in caller.ended.items()}},
    )

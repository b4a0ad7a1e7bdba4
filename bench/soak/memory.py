"""Row 2: a guest that asks for 4 GiB, a page at a time and at once, and writes to all it gets."""

from bench.soak.figures import Budget, Figures, forget_peak, peak_bytes, resident_bytes
from bench.soak.guests import misbehaving, trap_at_a_record
from rpkpy.wasm.limits import BROKER, Limits

_SLACK_BYTES = 32 << 20
# Grows by 65535 pages, then page by page until there are no more; writes to each; then gives up, as malloc does.
_BOMB = """
  (drop (memory.grow (i32.const 65535)))
  (loop $more
    (if (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)) (then
      (memory.fill (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 65536)) (i32.const 7) (i32.const 65536))
      (br $more))))
  (unreachable)"""


def run(budget: Budget, limits: Limits = BROKER) -> Figures:
    """Each case is a new guest that takes all the memory it is given."""
    module = misbehaving(_BOMB, limits)
    trap_at_a_record(module, "unreachable")  # what is loaded once does not count
    forget_peak()
    before, guest_bytes, cases = resident_bytes(), 0, 0
    for _ in budget.rounds():
        cases += 1
        guest_bytes = max(guest_bytes, trap_at_a_record(module, "unreachable").memory_bytes)
    grown = peak_bytes() - before
    return Figures(
        cases,
        grown <= limits.memory_bytes + _SLACK_BYTES and guest_bytes <= limits.memory_bytes,
        f"{cases} bombs of {limits.memory_bytes >> 20} MiB each, then a typed error; "
        f"the process grew by {grown / (1 << 20):.1f} MiB",
        {"grown_bytes": grown, "guest_bytes": guest_bytes},
    )

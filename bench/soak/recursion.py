"""Row 3: recursion without an end."""

from bench.soak.figures import Budget, Figures
from bench.soak.guests import misbehaving, trap_at_a_record
from rpkpy.wasm.limits import BROKER

_DEEP = "(func $deep (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))) (drop (local.get 0)))"


def run(budget: Budget) -> Figures:
    """Each case overflows the 64 KiB of a new guest's stack."""
    module = misbehaving("(call $deep (i32.const 0))", BROKER, _DEEP)
    stopped = sum(trap_at_a_record(module, "stack_overflow").frames[0] == "deep" for _ in budget.rounds())
    return Figures(
        stopped, stopped > 0, f"{stopped} of {stopped} ended as stack_overflow; the next record handled each time"
    )

"""Row 1: endless loops, in start-up and at a record."""

from bench.soak.figures import Budget, Clock, Figures
from bench.soak.guests import misbehaving, trap_at_a_record
from rpkpy.engine import Engine, GuestTrap
from rpkpy.wasm.limits import BROKER, Limits
from tests.engine.guest import instance, wasm

_SPIN = "(loop $forever (br $forever))"
_MOST_S = 4.5


def run(budget: Budget, limits: Limits = BROKER) -> Figures:
    """Half of the cases loop at a record, half in start-up; each has the whole budget of `limits` to burn."""
    at_record = misbehaving(_SPIN, limits)
    at_start = Engine(limits).compile(wasm(on_start=_SPIN))
    clock, stopped, cases = Clock(), 0, 0
    for index in budget.rounds():
        cases += 1
        with clock:
            if index % 2:
                stopped += trap_at_a_record(at_record, "out_of_fuel").code == "out_of_fuel"
            else:
                with instance(at_start) as guest:
                    try:
                        guest.start()
                    except GuestTrap as trap:
                        stopped += (trap.code, trap.phase) == ("out_of_fuel", "start")
    return Figures(
        cases,
        stopped == cases and clock.cpu_s <= _MOST_S,
        f"{stopped} of {cases} stopped by fuel, the slowest after {clock.cpu_s:.2f} s of CPU "
        f"({clock.wall_s:.2f} s by the clock); the next record handled each time",
        {"stopped": stopped, "slowest_cpu_s": round(clock.cpu_s, 3), "slowest_wall_s": round(clock.wall_s, 3)},
    )

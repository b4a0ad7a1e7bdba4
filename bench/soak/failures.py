"""Row 4: every way to end, in every phase; what the failed record wrote is no output, earlier records' is."""

from collections import Counter

from bench.soak.figures import Budget, Figures
from rpkpy.engine import GuestTrap
from tests.engine.guest import ECHO, batch, compile_guest, instance, values

_WAYS = {
    "unreachable": ("(unreachable)", "unreachable", None),
    "exit 0": ("(call $proc_exit (i32.const 0))", "exit", 0),
    "exit 1": ("(call $proc_exit (i32.const 1))", "exit", 1),
    "exit 255": ("(call $proc_exit (i32.const 255))", "exit", 255),
    "division": ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer_division_by_zero", None),
    "load": ("(drop (i32.load (i32.const -1)))", "memory_out_of_bounds", None),
    "pointer": ("(drop (call $write_record (i32.const -1) (i32.const -1)))", "bad_pointer", None),
}
_AT_B = "(if (i32.eq (i32.load8_u (i32.const 1026)) (i32.const 98)) (then {}))"
_PHASES = {
    "start": ("start", lambda code: {"on_start": code}),
    "batch": ("batch", lambda code: {"on_batch": code}),
    "before an emit": ("record", lambda code: {"on_record": _AT_B.format(code) + ECHO}),
    "after an emit": ("record", lambda code: {"on_record": ECHO + _AT_B.format(code)}),
}


def run(budget: Budget) -> Figures:
    """The ways and phases in turn."""
    kinds = [(way, phase) for way in _WAYS for phase in _PHASES]
    right: Counter[bool] = Counter()
    for index in budget.rounds():
        right[_as_expected(*kinds[index % len(kinds)])] += 1
    cases = right.total()
    return Figures(
        cases,
        cases > 0 and not right[False],
        f"{right[True]} of {cases} failures ({len(_WAYS)} ways, {len(_PHASES)} places) named with phase and offset; "
        "nothing of the failed record in the output",
        {"ways": len(_WAYS), "places": len(_PHASES)},
    )


def _as_expected(way: str, place: str) -> bool:
    code, expected, exit_code = _WAYS[way]
    phase, parts = _PHASES[place]
    with instance(compile_guest(**parts(code))) as guest:
        try:
            guest.start()
            guest.process(batch(b"a", b"b", b"c", base_offset=20))
        except GuestTrap as trap:
            if (trap.code, trap.phase, trap.guest_exit_code) != (expected, phase, exit_code):
                return False
            if phase != "record":
                return trap.record_offset is None
            assert trap.output is not None and trap.failed_output is not None
            failed = [b"b"] if place == "after an emit" else []
            return (trap.record_offset, values(trap.output), values(trap.failed_output)) == (21, [b"a"], failed)
    return False

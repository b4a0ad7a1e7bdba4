"""Guests that misbehave at one record, and what the engine makes of them."""

from rpkpy.engine import CompiledModule, Engine, GuestTrap
from rpkpy.wasm.limits import Limits
from tests.engine.guest import ECHO, batch, instance, values, wasm

# The record's value begins at 1026: its payload stands at 1024, after a null key and the value's length.
_BAD = "(i32.eq (i32.load8_u (i32.const 1026)) (i32.const 33))"


def misbehaving(code: str, limits: Limits, declarations: str = "") -> CompiledModule:
    """A guest that copies its records, and at a record `!` runs `code` first."""
    on_record = f"(if {_BAD} (then {code})) {ECHO}"
    return Engine(limits).compile(wasm(on_record, declarations=declarations))


def trap_at_a_record(module: CompiledModule, expected: str) -> GuestTrap:
    """The trap of a record `!` in the middle, after which a new guest takes the record behind it.

    Raises AssertionError unless the trap is `expected`, at that record, and both neighbours come out whole.
    """
    data = batch(b"a", b"!", b"z", base_offset=7)
    with instance(module) as guest:
        guest.start()
        try:
            guest.process(data)
        except GuestTrap as caught:
            trap = caught
        else:
            raise AssertionError("the guest did not fail")
    assert (trap.code, trap.phase, trap.record_offset) == (expected, "record", 8), trap
    assert trap.output is not None and values(trap.output) == [b"a"]
    with instance(module) as guest:
        guest.start()
        assert values(guest.process(data, skip_until=9)) == [b"z"]
    return trap

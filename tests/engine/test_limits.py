"""The broker's limits, and how a guest that breaks one is reported."""

import dataclasses

import pytest
import wasmtime  # noqa: TID253

from rpkpy.batches.codec import HEADER_BYTES, decode_batches
from rpkpy.engine import Engine, GuestTrap, Instance
from rpkpy.errors import InvalidError
from rpkpy.wasm.limits import BROKER, Limits
from tests.engine.guest import ECHO, batch, compile_guest, engine, instance, replies, run, values, wasm

_SPIN = "(loop $spin (br $spin))"


_FAST = dataclasses.replace(BROKER, runtime_ms=10)  # 20,000,000 fuel


def _with(limits: Limits, on_record: str = "", **parts: str) -> Instance:
    return instance(Engine(limits).compile(wasm(on_record, **parts)))


def _burn(fuel: float) -> str:
    """Code that uses about `fuel`: a loop whose turns cost five."""
    return f"""(local $n i32) (local.set $n (i32.const {int(fuel) // 5}))
      (loop $turn (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""


def test_broker_fuel_is_two_million_a_millisecond() -> None:
    assert BROKER.fuel == 3_000 * 2_000_000


@pytest.mark.parametrize("place", ["on_start", "on_record"])
def test_spinning_guest_runs_out_of_fuel(place: str) -> None:
    with _with(_FAST, **{place: _SPIN}) as guest, pytest.raises(GuestTrap, match="used up its fuel") as caught:
        guest.start()
        guest.process(batch(b"a", base_offset=5))
    trap = caught.value
    assert trap.code == "out_of_fuel"
    assert abs(trap.fuel_used - _FAST.fuel) < 1000
    assert (trap.phase, trap.record_offset) == (("start", None) if place == "on_start" else ("record", 5))


def test_fuel_is_refilled_for_each_record() -> None:
    with _with(_FAST, _burn(0.6 * _FAST.fuel)) as guest:
        guest.start()
        stats = guest.process(batch(*[b"x"] * 4)).stats
    assert stats.fuel_used > 2 * _FAST.fuel
    assert 0.5 * _FAST.fuel < stats.max_record_fuel < 0.7 * _FAST.fuel


def test_fuel_is_not_refilled_between_batches() -> None:
    """What a record leaves must last until the next record is read, as on the broker."""
    burn = _burn(0.6 * _FAST.fuel)
    with _with(_FAST, burn, on_batch=burn) as guest, pytest.raises(GuestTrap) as caught:
        guest.start()
        assert guest.process(batch(b"a")).stats.records_in == 1  # this header used start-up's fuel
        guest.process(batch(b"b"))
    assert (caught.value.code, caught.value.phase) == ("out_of_fuel", "batch")


def test_memory_cannot_grow_past_the_limit() -> None:
    pages = BROKER.memory_bytes // 65536
    body = f"(call $reply (memory.grow (i32.const {pages - 18}))) (call $reply (memory.grow (i32.const 1)))"
    output = run(compile_guest(body))
    assert replies(output) == [18, -1]
    assert output.stats.memory_bytes == BROKER.memory_bytes


def test_module_that_needs_more_memory_is_refused() -> None:
    with instance(compile_guest(pages="256")) as guest, pytest.raises(InvalidError, match="limits") as caught:
        guest.start()
    assert not isinstance(caught.value, GuestTrap)
    assert "2097152" in (caught.value.fix or "")


def test_larger_limit_lets_it_in() -> None:
    limits = dataclasses.replace(BROKER, memory_bytes=16 << 20)
    with _with(limits, ECHO, pages="256") as guest:
        guest.start()
        assert values(guest.process(batch(b"a"))) == [b"a"]


def test_table_of_more_than_16384_elements_is_refused() -> None:
    run(compile_guest(declarations="(table 16384 funcref)"))
    with instance(compile_guest(declarations="(table 16385 funcref)")) as guest, pytest.raises(InvalidError):
        guest.start()


def test_second_table_is_refused() -> None:
    with (
        instance(compile_guest(declarations="(table 1 funcref) (table 1 funcref)")) as guest,
        pytest.raises(InvalidError),
    ):
        guest.start()


def test_deep_recursion_overflows_a_64_kib_stack() -> None:
    recursive = """(func $deep (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))"""

    def depth(n: int) -> str:
        return f"(call $reply (call $deep (i32.const {n})))"

    assert replies(run(compile_guest(depth(500), declarations=recursive))) == [500]
    with pytest.raises(GuestTrap, match="stack overflowed") as caught:
        run(compile_guest(depth(100_000), declarations=recursive))
    assert caught.value.code == "stack_overflow"
    assert caught.value.frames[0] == "deep"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("(unreachable)", "unreachable"),
        ("(drop (i32.load (i32.const -1)))", "memory_out_of_bounds"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer_division_by_zero"),
    ],
)
def test_trap_names_code_frames_and_record(body: str, code: str) -> None:
    fail_at_b = f"(if (i32.eq (i32.load8_u (i32.const 1026)) (i32.const 98)) (then {body}))"
    data = batch(b"a", b"b", b"c", base_offset=10, timestamp_ms=50)
    with pytest.raises(GuestTrap) as caught:
        run(compile_guest(ECHO + fail_at_b), data)
    trap = caught.value
    assert (trap.code, trap.phase, trap.record_offset, trap.record_timestamp_ms) == (code, "record", 11, 51)
    assert trap.frames[:2] == ("on_record", "main")
    assert trap.memory_bytes == 18 * 65536
    assert 0 < trap.fuel_used < 1000
    assert trap.output is not None and values(trap.output) == [b"a"]
    assert trap.failed_output is not None and values(trap.failed_output) == [b"b"]
    assert "offset 11" in trap.message


def test_dead_instance_refuses_and_a_new_one_starts() -> None:
    module = compile_guest("(unreachable)")
    guest = instance(module)
    guest.start()
    with pytest.raises(GuestTrap):
        guest.process(batch(b"a"))
    with pytest.raises(RuntimeError, match="closed"):
        guest.process(batch(b"a"))
    guest.close()
    with instance(module) as again, pytest.raises(GuestTrap):
        again.start()
        again.process(batch(b"a"))


def test_return_from_start_is_a_failure() -> None:
    with instance(compile_guest(start="")) as guest, pytest.raises(GuestTrap, match="main function returned") as caught:
        guest.start()
    assert (caught.value.code, caught.value.phase) == ("returned", "start")


def test_unknown_import_is_named() -> None:
    module = wasmtime.wat2wasm(
        '(module (import "env" "magic" (func)) (memory (export "memory") 1) (func (export "_start")))'
    )
    with pytest.raises(InvalidError, match=r"env\.magic"):
        engine().compile(bytes(module))


def test_import_of_another_type_is_named() -> None:
    module = wasmtime.wat2wasm(
        '(module (import "redpanda_transform" "write_record" (func (param i64)))'
        ' (memory (export "memory") 1) (func (export "_start")))'
    )
    with pytest.raises(InvalidError, match=r"write_record with another type") as caught:
        engine().compile(bytes(module))
    assert caught.value.cause == "(i64) -> () instead of (i32, i32) -> (i32)."


@pytest.mark.parametrize(
    ("wat", "missing"),
    [
        ('(module (func (export "_start")))', "memory"),
        ('(module (memory (export "memory") 1))', "_start"),
        ('(module (memory (export "memory") 1) (func (export "_start") (param i32)))', "_start"),
        ('(module (memory (export "memory") 1) (global (export "_start") i32 (i32.const 0)))', "_start"),
    ],
)
def test_missing_export_is_named(wat: str, missing: str) -> None:
    with pytest.raises(InvalidError, match=missing):
        engine().compile(bytes(wasmtime.wat2wasm(wat)))


@pytest.mark.parametrize("data", [b"", b"(module)", b"\0asm", b"\0asm\x0d\0\1\0", b"\0asm\1\0\0\0garbage", b"\x7fELF"])
def test_what_is_no_module_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidError):
        engine().compile(data)


@pytest.mark.parametrize(
    "declaration",
    [
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(tag $e)",
        "(type (struct))",
    ],
)
def test_wasm_features_that_the_broker_lacks_are_refused(declaration: str) -> None:
    text = f'(module {declaration} (memory (export "memory") 1) (func (export "_start")))'
    with pytest.raises(InvalidError):
        engine().compile(bytes(wasmtime.wat2wasm(text)))


def test_simd_and_bulk_memory_run() -> None:
    body = "(call $reply (i32x4.extract_lane 2 (v128.const i32x4 1 2 3 4)))"
    assert replies(run(compile_guest(body))) == [3]


def test_output_batches_are_cut_at_the_limit() -> None:
    limits = dataclasses.replace(BROKER, batch_bytes=1_000)
    with _with(limits, ECHO) as guest:
        guest.start()
        output = guest.process(batch(*[b"x" * 100] * 50, b"y" * 5_000, b"z"))
    made = list(decode_batches(output.batches[0]))
    assert [record.value for one in made for record in one.records()] == [b"x" * 100] * 50 + [b"y" * 5_000, b"z"]
    large = [one for one in made if one.size > 1_000]
    assert [one.record_count for one in large] == [1]
    assert all(one.size + HEADER_BYTES + 110 > 1_000 for one in made[:5])  # and they are filled


def test_writing_without_end_is_stopped() -> None:
    body = "(loop $more (drop (call $write_record (i32.const 1024) (local.get $length))) (br $more))"
    with pytest.raises(GuestTrap) as caught:
        run(compile_guest(body), batch(b"x" * 900_000))
    assert caught.value.code == "output_limit"

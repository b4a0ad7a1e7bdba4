"""The passes that rewrite runtimes: modules stay what they were, frames are the engine's, recursion ends in time."""

import platform

import pytest
import wasmtime  # noqa: TID253
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import ToolchainError
from rpkpy.runtimes.passes import callgraph, frames, stackpad
from rpkpy.runtimes.passes.code import OpenModule, encode_s32, instructions, read_s32
from rpkpy.wasm.reader import MalformedModule
from tests.runtimes.guests import Running, compiled, recursive

STACK_BYTES = 64 * 1024
x86_64 = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="frames are read on x86-64")

EVERY_SHAPE = """(module
  (type $pair (func (param i32 i64) (result f64)))
  (import "a" "b" (func $imported))
  (memory 1) (table 4 funcref) (elem (i32.const 1) $f $g)
  (global $g0 (mut i32) (i32.const 1024))
  (data "passive")
  (func $f (param i32 i64) (result f64)
    (block (loop (br_if 1 (local.get 0)) (br_table 0 1 0 (i32.const 2))))
    (if (i32.const -65) (then (call $imported)) (else (nop)))
    (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 0)
    (memory.copy (i32.const 0) (i32.const 1) (i32.const 2)) (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
    (drop (memory.grow (memory.size)))
    (i64.store offset=70000 align=4 (i32.const 0) (i64.const -9223372036854775808))
    (drop (i32.trunc_sat_f64_s (f64.const 1.5))) (drop (f32.const -0.25)) (drop (i32.extend8_s (i32.const 200)))
    (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))
    (drop (ref.is_null (ref.null func))) (drop (ref.func $f))
    (drop (table.size 0)) (table.set 0 (i32.const 0) (table.get 0 (i32.const 1)))
    (global.set $g0 (global.get $g0)) (drop (local.tee 0 (i32.const 1)))
    (call_indirect (type $pair) (i32.const 1) (i64.const 2) (i32.const 1)))
  (func $g (param i32 i64) (result f64) (return (call $f (local.get 0) (local.get 1))))
  (func $alone (result i32) (i32.const 7)))"""


@given(st.integers(-(1 << 31), (1 << 31) - 1), st.binary(max_size=3))
def test_a_signed_number_is_read_as_it_was_written(value: int, before: bytes) -> None:
    encoded = encode_s32(value)
    assert len(encoded) <= 5
    assert read_s32(before + encoded + b"\x7f", len(before)) == (value, len(before) + len(encoded))


@pytest.mark.parametrize("value", [1 << 31, -(1 << 31) - 1])
def test_a_number_of_more_bits_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        encode_s32(value)


def test_a_module_that_is_not_changed_stays_as_it_is() -> None:
    for wasm in (compiled(EVERY_SHAPE), recursive(5)):
        module = OpenModule(wasm)
        module.replace_elements(module.elements())
        assert module.to_bytes() == wasm


def test_every_instruction_is_stepped_over_whole() -> None:
    module = OpenModule(compiled(EVERY_SHAPE))
    body = module.bodies[0]
    found = list(instructions(body))
    assert found[-1] == (0x0B, len(body) - 1, len(body))
    depth = sum((opcode in (0x02, 0x03, 0x04)) - (opcode == 0x0B) for opcode, _, _ in found)
    assert depth == -1  # the last end is the function's
    assert {0x0E, 0x11, 0xFC, 0x44, 0x1C, 0xD2} <= {opcode for opcode, _, _ in found}


def test_what_is_not_known_is_refused() -> None:
    wasm = compiled("(module (func (drop (i32x4.splat (i32.const 1)))))")
    with pytest.raises(MalformedModule, match="0xfd"):
        list(instructions(OpenModule(wasm).bodies[0]))


def test_data_replaces_all_data_and_its_count() -> None:
    wasm = compiled('(module (memory (export "memory") 1) (data (i32.const 3) "gone") (func (data.drop 0)))')
    module = OpenModule(wasm)
    module.replace_data([(0, b"ab"), (65530, b"xyz"), (7, b"")])
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    instance = wasmtime.Instance(store, wasmtime.Module(engine, module.to_bytes()), [])
    memory = instance.exports(store)["memory"]
    assert isinstance(memory, wasmtime.Memory)
    assert bytes(memory.read(store, 0, 8)) == b"ab" + bytes(6)
    assert bytes(memory.read(store, 65530, 65533)) == b"xyz"


def test_who_calls_whom_and_who_is_called_again() -> None:
    wasm = compiled("""(module (type $t (func)) (type $u (func (param i32)))
      (import "a" "b" (func $out))
      (table 2 funcref) (elem (i32.const 0) $tabled $other)
      (func $direct (call $direct))
      (func $tabled (call $middle))
      (func $middle (call_indirect (type $t) (i32.const 0)))
      (func $other (param i32) (call $out))
      (func $leaf)
      (func $user (call $leaf) (call $direct)))""")
    calls = callgraph.callees(OpenModule(wasm))
    assert calls == {1: {1}, 2: {3}, 3: {2}, 4: {0}, 5: set(), 6: {5, 1}}
    assert callgraph.recursive(calls) == {1, 2, 3}


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9), max_size=4), max_size=10))
def test_recursive_is_what_reaches_itself(calls: dict[int, set[int]]) -> None:
    def reached(start: int) -> set[int]:
        seen: set[int] = set()
        left = list(calls[start])
        while left:
            node = left.pop()
            if node not in seen:
                seen.add(node)
                left.extend(calls.get(node, ()))
        return seen

    assert callgraph.recursive(calls) == {node for node in calls if node in reached(node)}


@x86_64
@pytest.mark.parametrize("live", [8, 40, 120])
def test_a_frame_is_what_the_engine_takes_for_it(live: int) -> None:
    wasm = recursive(live)
    frame = frames.measure(wasm)[0]
    running = Running(wasm, STACK_BYTES)
    deepest = next(n for n in range(STACK_BYTES) if running.overflows([n]))
    # as many frames as it took must be about the whole stack (the call from outside takes some, the last may not fit)
    assert STACK_BYTES - 2 * frame - 2048 <= deepest * frame <= STACK_BYTES + 2 * frame


@x86_64
def test_settings_with_larger_frames_count() -> None:
    assert frames.measure(recursive(60))[0] > frames.measure(recursive(10))[0] > 0


def test_a_prologue_of_another_form_is_refused() -> None:
    assert frames.frame_bytes(bytes.fromhex("554889e5 4881ec 40040000 4c89")) == 0x440 + 16
    assert frames.frame_bytes(bytes.fromhex("554889e5 85d2 0f84")) == 16
    with pytest.raises(ToolchainError, match="cannot be measured"):
        frames.frame_bytes(bytes.fromhex("4883ec 10 55"))
    with pytest.raises(ToolchainError, match="cannot be measured"):  # checks for 0x200, takes nothing
        frames.frame_bytes(bytes.fromhex("554889e5 4c8b5708 4d8b5218 4981c200020000 4c3bd4 0f8700000000 9090"))


def test_other_machines_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    with pytest.raises(ToolchainError, match="only be built on x86-64") as caught:
        frames.measure(recursive(0))
    assert "wheel" in (caught.value.fix or "")


LIMIT = 65536 - 48 * 1024


@x86_64
@pytest.mark.parametrize("live", [12, 40, 120])
def test_padded_recursion_ends_by_the_guests_own_check(live: int) -> None:
    wasm = recursive(live, limit=LIMIT)
    assert Running(wasm, STACK_BYTES).overflows([10_000])  # without the pass its check sees nothing
    padded = stackpad.pad(wasm)
    assert (padded.functions, padded.recursive, padded.padded) == (1, 1, 1)
    running = Running(padded.wasm, STACK_BYTES)
    assert running.call("sum", 10_000) == -1
    assert running.call("sum", 20) == Running(wasm, STACK_BYTES).call("sum", 20)
    assert running.value("pointer") == 65536  # every way out gave back what it took


@x86_64
def test_padding_is_as_much_as_the_frame() -> None:
    wasm = recursive(40, limit=LIMIT)
    frame = frames.measure(wasm)[0]
    padded = Running(stackpad.pad(wasm).wasm, STACK_BYTES)
    deepest = next(n for n in range(10_000) if padded.call("sum", n) == -1)
    assert 48 * 1024 - 2 * frame <= deepest * frame <= 48 * 1024 + frame


def test_what_is_small_or_does_not_recurse_stays_as_it_is() -> None:
    wasm = recursive(4)
    assert stackpad.apply(wasm, {0: stackpad.SMALL_FRAME_BYTES - 1}, {0}) == (wasm, 0)
    assert stackpad.apply(wasm, {0: 4096}, set()) == (wasm, 0)
    assert stackpad.apply(wasm, {0: 300}, {0})[1] == 1

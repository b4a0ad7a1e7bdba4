"""A guest that calls the broker's functions with any arguments: an answer or a trap comes of it, nothing else."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches.codec import encode_batch
from rpkpy.batches.record import Record
from rpkpy.engine import CompiledModule, GuestTrap, Instance
from rpkpy.wasm.abi import LINK_TABLE
from tests.engine.guest import batch, compile_guest, engine, instance, values, wasm

_MOST_ARGUMENTS = 10
_CALL = struct.Struct(f"<{1 + _MOST_ARGUMENTS}I")
# read_batch_header waits for the next batch inside the record; it has a test of its own.
_FUNCTIONS = [(key, type) for key, type in LINK_TABLE.items() if key[1] != "read_batch_header"]
_PAGES = 18
_MEMORY = _PAGES * 65536

# The record's payload stands at 1024: a null key, a value of _CALL.size bytes, no headers.
_VALUE_AT = 1024 + 2


@pytest.fixture(scope="module")
def module() -> CompiledModule:
    """A guest that makes the call that a record's value says: the function's number, then the arguments."""
    calls = []
    for number, ((_, name), type) in enumerate(_FUNCTIONS):
        loads = [f"({kind}.load{'32_u' if kind == 'i64' else ''} (i32.const {_VALUE_AT + 4 + 4 * index}))"
                 for index, kind in enumerate(type.params)]  # fmt: skip
        call = f"(call ${name} {' '.join(loads)})"
        result = f"(call $reply {call})" if type.results else call
        calls.append(f"(if (i32.eq (i32.load (i32.const {_VALUE_AT})) (i32.const {number})) (then {result} (return)))")
    return compile_guest("\n".join(calls), pages=str(_PAGES))


class _Caller:
    """Makes calls in a guest, a new one whenever it has trapped."""

    def __init__(self, module: CompiledModule) -> None:
        self._module = module
        self._guest: Instance | None = None

    def call(self, number: int, arguments: list[int]) -> None:
        """Raises whatever is neither an answer nor a trap of the guest's making."""
        if self._guest is None:
            self._guest = instance(self._module, topics=("one", "two"))
            self._guest.start()
        padded = (arguments + [0] * _MOST_ARGUMENTS)[:_MOST_ARGUMENTS]
        data = encode_batch([Record(None, _CALL.pack(number, *padded))])
        try:
            output = self._guest.process(data)
        except GuestTrap as trap:
            assert trap.code in ("bad_pointer", "bad_options", "exit", "out_of_fuel"), trap
            assert trap.phase == "record" and trap.record_offset == 0
            self.end()
        else:
            assert all(len(value or b"") <= _MEMORY for topic in (0, 1) for value in values(output, topic))

    def end(self) -> None:
        if self._guest is not None:
            self._guest.close()
            self._guest = None


_numbers = st.one_of(
    st.integers(0, 64),
    st.integers(_MEMORY - 64, _MEMORY + 64),
    st.integers((1 << 32) - 64, (1 << 32) - 1),
    st.sampled_from([1 << 31, (1 << 31) - 1, 1 << 16, 1 << 29, 1 << 28, 4096, 65535]),
    st.integers(0, (1 << 32) - 1),
)


_calls = st.tuples(st.integers(0, len(_FUNCTIONS) - 1), st.lists(_numbers, max_size=_MOST_ARGUMENTS))


@given(calls=st.lists(_calls, min_size=1, max_size=30))
def test_any_call_is_answered_or_traps(module: CompiledModule, calls: list[tuple[int, list[int]]]) -> None:
    caller = _Caller(module)
    try:
        for number, arguments in calls:
            caller.call(number, arguments)
    finally:
        caller.end()


@given(pointers=st.lists(_numbers, min_size=10, max_size=10))
def test_any_pointers_for_a_header_are_written_or_trap(pointers: list[int]) -> None:
    call = f"(drop (call $read_batch_header {' '.join(f'(i32.const {pointer})' for pointer in pointers)}))"
    with instance(engine().compile(wasm(call, pages=str(_PAGES)))) as guest:
        guest.start()
        try:
            guest.process(batch(b"a") + batch(b"b", base_offset=1))
        except GuestTrap as trap:
            assert trap.code in ("bad_pointer", "unreachable")
        else:
            assert all(pointer + 2 <= _MEMORY for pointer in pointers)

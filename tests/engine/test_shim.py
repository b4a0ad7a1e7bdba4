"""The shim against the codec: what goes through it, what it refuses, and the areas that it works in."""

import contextlib
import dataclasses
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches import codec
from rpkpy.batches.codec import MalformedBatch, decode_batches, encode_batch
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, GuestTrap, Instance, batch_memory, shim
from rpkpy.errors import InvalidError
from rpkpy.wasm.limits import BROKER
from tests.batches.strategies import record_lists
from tests.engine.guest import ECHO, batch, compile_guest, instance, run, values, wasm

_SPIN = "(loop $spin (br $spin))"


@pytest.fixture(scope="module")
def echo() -> Iterator[Instance]:
    """A guest that writes what it reads and trusts checksums; it lives through every example."""
    with instance(compile_guest(ECHO), check_crcs=False) as guest:
        guest.start()
        yield guest


def _shown(records: list[Record]) -> list[tuple[object, ...]]:
    return [(record.key, record.value, record.headers) for record in records]


@given(
    lists=st.lists(record_lists, min_size=1, max_size=5),
    base=st.integers(0, 1 << 50),
    name=st.sampled_from(["none", "zstd"]),
)
def test_records_go_through_as_they_are(echo: Instance, lists: list[list[Record]], base: int, name: str) -> None:
    batches, offset = [], base
    for records in lists:
        batches.append(encode_batch(records, base_offset=offset, compression=name))
        offset += len(records)
    output = echo.process(b"".join(batches))
    assert _shown(output.records[0]) == [shown for records in lists for shown in _shown(records)]
    assert all(made.records() for made in decode_batches(output.batches[0]))  # checksums hold


@given(
    records=record_lists,
    edits=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 12),
)
def test_damaged_batches_are_refused_or_read_as_the_codec_reads_them(
    echo: Instance, records: list[Record], edits: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(encode_batch(records))
    for place, byte in edits:
        data[place % len(data)] = byte
    damaged = bytes(data[: len(data) - cut])
    try:
        expected = [
            entry[3]
            for one in decode_batches(damaged, check_crc=False)
            if not one.is_control
            for entry in one.entries()
        ]
    except MalformedBatch:
        expected = None
    with contextlib.suppress(MalformedBatch):
        got = echo.process(damaged).payloads[0]
        # Of what the codec refuses, the shim reads timestamps and deltas that are far out of range.
        if expected is not None:
            assert list(got) == [content for content in expected if _is_payload(content)]
    assert values(echo.process(batch(b"after"))) == [b"after"]  # it lives on


def _is_payload(content: bytes) -> bool:
    from rpkpy.batches import payload

    return payload.is_valid(content)


def test_input_is_used_where_it_stands_and_output_read_there() -> None:
    with instance(compile_guest(ECHO)) as guest:
        guest.start()
        for number in range(3):
            data = batch(b"%d" % number, base_offset=number)
            guest.input_area(len(data))[:] = data
            output = guest.process_input(len(data))
            (made,) = output.batches
            assert isinstance(made, memoryview)
            assert [record.value for one in decode_batches(made) for record in one.records()] == [b"%d" % number]
        kept = output.kept()
        guest.process(batch(b"next"))
        assert values(kept) == [b"2"]


def test_the_input_area_grows_with_the_input() -> None:
    large = [bytes([65 + number]) * 700_000 for number in range(5)]
    with instance(compile_guest(ECHO)) as guest:
        guest.start()
        for data in (batch(b"small"), batch(*large), batch(b"small again")):
            assert values(guest.process(data)) == [r.value for one in decode_batches(data) for r in one.records()]


def test_input_that_no_memory_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_memory, "_LARGEST_INPUT", 2 << 20)
    with instance(compile_guest(ECHO)) as guest:
        guest.start()
        with pytest.raises(InvalidError, match="too large"):
            guest.process(batch(*[b"x" * 900_000] * 3))
        assert values(guest.process(batch(b"a"))) == [b"a"]


def test_more_output_than_an_area_holds_comes_out_in_order() -> None:
    body = """(local $n i32) (local.set $n (i32.const 9))
      (loop $turn
        (i32.store8 (i32.const 1030) (i32.add (i32.const 48) (local.get $n)))
        (drop (call $write_record (i32.const 1024) (local.get $length)))
        (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""
    output = run(compile_guest(body), batch(b"x" * 900_000, b"y"))
    first = [value for value in values(output) if value and len(value) > 1]
    assert [value[2:3] for value in first] == [b"%d" % n for n in range(9, 0, -1)]
    assert output.stats.records_out == 18


def test_more_logs_than_their_area_holds_come_out_in_order() -> None:
    events: list[bytes] = []
    text = """(i32.store (i32.const 200) (i32.const 1024)) (i32.store (i32.const 204) (i32.const 1000))
      (memory.fill (i32.const 1024) (i32.const 97) (i32.const 1000))
      (i32.store8 (i32.const 1024) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (drop (call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208)))"""
    body = f"""(local $n i32)
      (loop $turn {text}
        (br_if $turn (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 500))))"""
    run(compile_guest(body), on_log=lambda _, event: events.append(event))
    assert [event[:1] for event in events] == [b"%d" % (n % 10) for n in range(500)]


def test_logs_of_a_record_that_takes_long_come_before_it_is_done() -> None:
    seen = threading.Event()
    log = """(i32.store (i32.const 200) (i32.const 1024)) (i32.store (i32.const 204) (i32.const 2))
      (drop (call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208)))"""
    events: list[bytes] = []

    def on_log(_: int, event: bytes) -> None:
        events.append(event)
        seen.set()

    with _plain(f"(i32.store16 (i32.const 1024) (i32.const 0x6968)) {log} {_SPIN}", 3_600_000, on_log=on_log) as guest:
        guest.start()

        def process() -> None:
            with pytest.raises(GuestTrap):
                guest.process(batch(b"a"))

        thread = threading.Thread(target=process)
        thread.start()
        assert seen.wait(20)
        guest.interrupt()
        thread.join(20)
    assert events == [b"hi"]


def test_what_an_endless_writer_wrote_before_its_last_record_is_kept() -> None:
    """Output of the failing record was handed over in part before it failed: none of it counts."""
    large = "(i32.gt_u (local.get $length) (i32.const 1000))"
    endless = f"(if {large} (then (loop $more {ECHO} (br $more))))"
    with pytest.raises(GuestTrap) as caught:
        run(compile_guest(ECHO + endless), batch(b"a", b"b" + b"x" * 900_000))
    assert caught.value.code == "output_limit"
    assert caught.value.output is not None and values(caught.value.output) == [b"a"]
    assert caught.value.failed_output is not None and len(caught.value.failed_output.payloads[0]) > 200


# Budgets without a call a record.


def _plain(on_record: str, runtime_ms: int, **options: Any) -> Instance:
    limits = dataclasses.replace(BROKER, runtime_ms=runtime_ms)
    return instance(Engine(limits).compile(wasm(on_record)), metered=False, **options)


def test_plain_budget_ends_a_spinning_record_within_an_interval() -> None:
    with _plain(_SPIN, 10) as guest:
        guest.start()
        with pytest.raises(GuestTrap) as caught:
            guest.process(batch(b"a", base_offset=7))
    trap = caught.value
    assert (trap.code, trap.phase, trap.record_offset) == ("out_of_fuel", "record", 7)
    budget = 10 * 2_000_000
    assert budget <= trap.fuel_used <= budget * 66 // 64


def test_plain_budget_is_refilled_for_each_record() -> None:
    burn = """(local $n i32) (local.set $n (i32.const 600000))
      (loop $turn (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""
    with _plain(burn, 2) as guest:  # three quarters of its budget
        guest.start()
        stats = guest.process(batch(*[b"x"] * 20)).stats
    assert stats.records_in == 20
    assert stats.fuel_used > 10 * 2 * 2_000_000


def test_wall_time_ends_a_guest_beside_its_fuel() -> None:
    with _plain(_SPIN, 3_600_000, wall_time_s=0.05) as guest:
        guest.start()
        with pytest.raises(GuestTrap, match="took too long") as caught:
            guest.process(batch(b"a"))
    assert caught.value.code == "wall_time"
    assert caught.value.record_offset == 0


def test_interrupt_from_another_thread_keeps_what_earlier_records_made() -> None:
    body = f"(if (i32.eq (i32.load8_u (i32.const 1026)) (i32.const 98)) (then {ECHO} {_SPIN})) {ECHO}"
    with _plain(body, 3_600_000, partition=3) as guest:
        guest.start()
        timer = threading.Timer(0.1, guest.interrupt)
        timer.start()
        began = time.monotonic()
        with pytest.raises(GuestTrap) as caught:
            guest.process(batch(b"a", b"b", b"c", base_offset=5))
        assert time.monotonic() - began < 20
        timer.join()
    trap = caught.value
    assert trap.code == "interrupted"
    assert "the record with offset 6 of in, partition 3" in trap.message
    assert trap.output is not None and values(trap.output) == [b"a"]


def test_the_control_block_has_no_field_over_another() -> None:
    sizes = {"CURSOR": 4, "END": 4, "STATUS": 4, "ACTIVE": 4, "PHASE": 4, "METER": 4, "RECORD": 4, "LEFT": 4}
    sizes |= {"APPEND_TIME": 4, "MAX_BATCH": 4, "MAX_RECORD": 4, "SLOTS": 4, "SLOTS_END": 4, "LOG": 4, "LOG_END": 4}
    sizes |= {"LOG_LINE": 4, "PAGES": 4, "ARGUMENTS": 12, "ENVIRONMENT": 12, "CARRY": 4}
    others = ("SKIP_UNTIL", "WRITE_TIME", "RECORDS_IN", "RECORDS_OUT", "BASE_OFFSET", "FIRST_TIME", "MAX_TIME")
    sizes |= dict.fromkeys((*others, "REALTIME", "MONOTONIC", "OFFSET", "TIME"), 8)
    places = sorted((shim.constants()[name], size) for name, size in sizes.items())
    for (start, size), (following, _) in itertools.pairwise(places):
        assert start + size <= following
    assert sum(places[-1]) <= 256


def test_batches_can_be_checked_and_recompressed() -> None:
    data = batch(b"a", b"b") + batch(b"c", base_offset=2)
    codec.check_crcs(data)
    small = codec.compressed(data, "zstd")
    codec.check_crcs(small)
    assert [one.compression for one in decode_batches(small)] == ["zstd", "zstd"]
    assert codec.inflated(small)[61:] == codec.inflated(data)[61:]
    wrong = bytearray(data)
    wrong[-1] ^= 1
    with pytest.raises(MalformedBatch, match="offset 2"):
        codec.check_crcs(bytes(wrong))

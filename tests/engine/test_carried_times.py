"""Records that have the time of the record they were made of (`Instance(carry_times=True)`)."""

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches.codec import decode_batches, encode_batch
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, GuestTrap, Instance
from rpkpy.wasm.limits import BROKER
from tests.batches.strategies import record_lists
from tests.engine.guest import ECHO, compile_guest, instance, wasm

TWICE = ECHO + ECHO


@pytest.fixture(scope="module")
def twice() -> Iterator[Instance]:
    """A guest that writes each record twice, in batches of a few hundred bytes."""
    limits = dataclasses.replace(BROKER, batch_bytes=300)
    with instance(Engine(limits).compile(wasm(TWICE)), check_crcs=False, carry_times=True) as guest:
        guest.start()
        yield guest


@given(lists=st.lists(record_lists, min_size=1, max_size=4), append=st.lists(st.booleans(), min_size=4, max_size=4))
def test_each_record_has_the_time_of_its_input(twice: Instance, lists: list[list[Record]], append: list[bool]) -> None:
    batches, offset, times = [], 0, []
    for records, appended in zip(lists, append, strict=False):
        stamp = records[0].timestamp_ms if appended else None
        batches.append(encode_batch(records, base_offset=offset, log_append_time_ms=stamp))
        times += [record.timestamp_ms if stamp is None else stamp for record in records for _ in range(2)]
        offset += len(records)
    (made,) = twice.process(b"".join(batches)).batches
    written = list(decode_batches(made))  # checksums hold
    assert [record.timestamp_ms for batch in written for record in batch.records()] == times
    for batch in written:
        own = [record.timestamp_ms for record in batch.records()]
        assert (batch.first_timestamp_ms, batch.max_timestamp_ms) == (own[0], max(own))
        assert not batch.is_log_append_time
        assert batch.size <= 300 or batch.record_count == 1
    if len(made) > 600:
        assert len(written) > 1


def test_what_comes_before_a_trap_keeps_its_times() -> None:
    trap_at_third = f"""
      {ECHO}
      (if (i64.eq (i64.load (i32.const 72)) (i64.const 2)) (then (unreachable)))
    """
    records = [Record(b"k", b"v", (), time_ms) for time_ms in (5_000, 9_000, 7_000)]
    with instance(compile_guest(trap_at_third), carry_times=True) as guest:
        guest.start()
        with pytest.raises(GuestTrap) as caught:
            guest.process(encode_batch(records))
    trap = caught.value
    assert trap.output is not None and trap.failed_output is not None
    assert [record.timestamp_ms for record in trap.output.records[0]] == [5_000, 9_000]
    assert [record.timestamp_ms for record in trap.failed_output.records[0]] == [7_000]

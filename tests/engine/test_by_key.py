"""Batches dealt out by key, against the codec and murmur2 in Python."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine.by_key import KeyPartitioner
from rpkpy.redpanda.transform_logs import murmur2

_some_bytes = st.binary(max_size=40)
_times = st.integers(-(1 << 40), 1 << 40)
_records = st.builds(
    Record,
    st.none() | _some_bytes,
    st.none() | _some_bytes | st.just(b"v" * 20_000),
    st.lists(st.tuples(_some_bytes, st.none() | _some_bytes), max_size=2).map(tuple),
    _times,
    st.just(0),
)


@pytest.fixture(scope="module")
def partitioner() -> Iterator[KeyPartitioner]:
    yield KeyPartitioner()


def expected(records: list[Record], partitions: int, keyless: int) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    for record in records:
        own = keyless if record.key is None else (murmur2(record.key) & 0x7FFFFFFF) % partitions
        found.setdefault(own, []).append(record)
    return found


@given(st.lists(_records, min_size=1, max_size=150), st.integers(1, 40), st.data())
def test_each_partition_gets_its_records_in_order(
    partitioner: KeyPartitioner, records: list[Record], partitions: int, data: st.DataObject
) -> None:
    keyless = data.draw(st.integers(0, partitions - 1))
    batch = memoryview(codec.encode_batch(records))
    wanted = expected(records, partitions, keyless)
    found = {number: bytes(made) for number, made in partitioner.deal(batch, partitions, keyless)}
    assert sorted(found) == list(found) == sorted(wanted)
    for number, made in found.items():
        (read,) = codec.decode_batches(made, check_crc=False)
        offsets = [record.offset for record in read.records()]
        assert offsets == list(range(len(offsets))) and read.last_offset_delta == len(offsets) - 1
        assert [(r.key, r.value, r.headers, r.timestamp_ms) for r in read.records()] == [
            (r.key, r.value, r.headers, r.timestamp_ms) for r in wanted[number]
        ]
        times = [record.timestamp_ms for record in wanted[number]]
        assert (read.first_timestamp_ms, read.max_timestamp_ms) == (times[0], max(times))


def test_a_batch_larger_than_the_memory(partitioner: KeyPartitioner) -> None:
    records = [Record(b"%d" % number, b"x" * 1000, (), 0, 0) for number in range(6000)]
    batch = memoryview(codec.encode_batch(records))
    counts = [codec_count(made) for _, made in partitioner.deal(batch, 3, 0)]
    assert sum(counts) == 6000 and min(counts) > 1500


def codec_count(made: memoryview) -> int:
    (read,) = codec.decode_batches(made, check_crc=False)
    return read.record_count

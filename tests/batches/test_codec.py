"""Record batches to bytes and back."""

import dataclasses
import struct

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches import codec, compression
from rpkpy.batches.codec import MalformedBatch, batch_sizes, decode_batches, encode_batch
from rpkpy.batches.record import Record
from tests.batches.strategies import record_lists

# A batch that Apache Kafka's own producer library wrote would have this form; worked out by hand from the protocol's
# description: one record, key "k", value "v", one header h=None, at 1000 ms.
_RECORD = bytes([0x16, 0, 0, 0, 0x02]) + b"k" + bytes([0x02]) + b"v" + bytes([0x02, 0x02]) + b"h" + bytes([0x01])
_KNOWN_COVERED = struct.pack(">hiqqqhii", 0, 0, 1_000, 1_000, -1, -1, -1, 1) + _RECORD
_KNOWN = struct.pack(">qiibI", 0, 9 + len(_KNOWN_COVERED), -1, 2, google_crc32c.value(_KNOWN_COVERED)) + _KNOWN_COVERED


def _resealed(data: bytes) -> bytes:
    """`data` with a checksum that matches."""
    return data[:17] + struct.pack(">I", google_crc32c.value(data[21:])) + data[21:]


def test_known_bytes() -> None:
    record = Record(b"k", b"v", ((b"h", None),), 1_000)
    assert encode_batch([record]) == _KNOWN
    (batch,) = decode_batches(_KNOWN)
    assert batch.records() == [record]


def test_checksum_is_crc_32c() -> None:
    assert google_crc32c.value(b"123456789") == 0xE3069283  # RFC 3720, appendix B.4 names the polynomial


@given(record_lists, st.sampled_from(compression.NAMES), st.integers(0, 1 << 40))
def test_what_is_encoded_is_decoded(records: list[Record], name: str, base_offset: int) -> None:
    data = encode_batch(records, base_offset=base_offset, compression=name)
    (batch,) = decode_batches(data)
    expected = [dataclasses.replace(record, offset=base_offset + index) for index, record in enumerate(records)]
    assert batch.records() == expected
    assert batch.compression == name
    assert batch.size == len(data)
    assert (batch.base_offset, batch.last_offset) == (base_offset, base_offset + len(records) - 1)
    assert batch.first_timestamp_ms == records[0].timestamp_ms
    assert batch.max_timestamp_ms == max(record.timestamp_ms for record in records)
    assert not batch.is_control and not batch.is_transactional and not batch.is_log_append_time


@given(record_lists, st.integers(0, 1 << 50))
def test_log_append_time_replaces_timestamps(records: list[Record], now: int) -> None:
    (batch,) = decode_batches(encode_batch(records, log_append_time_ms=now))
    assert batch.is_log_append_time
    assert {record.timestamp_ms for record in batch.records()} == {now}


@given(st.lists(record_lists, min_size=1, max_size=4), st.integers(1, 10_000))
def test_batches_stand_one_after_the_other_and_the_last_may_be_cut(lists: list[list[Record]], cut: int) -> None:
    parts = [encode_batch(records) for records in lists]
    data = b"".join(parts)
    assert [len(batch.records()) for batch in decode_batches(memoryview(data))] == list(map(len, lists))
    short = data[: -min(cut, len(parts[-1]))]
    whole = list(decode_batches(short, partial_tail=True))
    assert len(whole) == len(lists) - 1
    if len(short) > len(data) - len(parts[-1]):
        with pytest.raises(MalformedBatch):
            list(decode_batches(short))


@given(st.binary(max_size=300))
def test_any_bytes_are_batches_or_malformed(data: bytes) -> None:
    _read(data)
    _read(_KNOWN[:12] + data)


@given(record_lists, st.sampled_from(compression.NAMES), st.data())
def test_damaged_batches_are_malformed_or_still_batches(records: list[Record], name: str, data: st.DataObject) -> None:
    good = bytearray(encode_batch(records, compression=name))
    position = data.draw(st.integers(0, len(good) - 1))
    good[position] ^= data.draw(st.integers(1, 255))
    _read(bytes(good))
    if len(good) > 21:
        _read(_resealed(bytes(good)))  # and with a checksum that hides the damage


def _read(data: bytes) -> None:
    try:
        for batch in decode_batches(data):
            batch.records()
            assert batch.compression
    except MalformedBatch as error:
        assert error.cause  # says why


@pytest.mark.parametrize(
    ("damaged", "cause"),
    [
        (_KNOWN[:-1], "bytes are left"),
        (_KNOWN[:8] + struct.pack(">i", 48) + _KNOWN[12:], "length field says 48"),
        (_KNOWN[:8] + struct.pack(">i", -1) + _KNOWN[12:], "length field says -1"),
        (_KNOWN[:16] + b"\1" + _KNOWN[17:], "version is 1"),
        (_KNOWN[:-1] + b"\2", "checksum"),
        (_resealed(_KNOWN[:57] + struct.pack(">i", 2) + _KNOWN[61:]), "cut short"),
        (_resealed(_KNOWN[:57] + struct.pack(">i", 0) + _KNOWN[61:]), "bytes follow"),
        (_resealed(_KNOWN[:57] + struct.pack(">i", -1) + _KNOWN[61:]), "out of range"),
        (_resealed(_KNOWN[:57] + struct.pack(">i", 0x7FFFFFFF) + _KNOWN[61:]), "cut short"),
        (_resealed(_KNOWN[:21] + struct.pack(">h", 7) + _KNOWN[23:]), "codec 7"),
        (struct.pack(">q", -5) + _KNOWN[8:], "out of range"),
        (_resealed(_KNOWN[:-1] + b"\x05"), "negative length"),
    ],
)
def test_malformed_says_why(damaged: bytes, cause: str) -> None:
    with pytest.raises(MalformedBatch) as caught:
        for batch in decode_batches(damaged):
            batch.records()
    assert cause in str(caught.value.cause).lower()


def test_checksum_can_be_left_untested() -> None:
    (batch,) = decode_batches(_KNOWN[:17] + b"\0\0\0\0" + _KNOWN[21:], check_crc=False)
    assert len(batch.records()) == 1


def test_batch_sizes_walks_the_length_fields() -> None:
    data = _KNOWN * 3
    assert list(batch_sizes(data)) == [(0, len(_KNOWN)), (len(_KNOWN), len(_KNOWN)), (2 * len(_KNOWN), len(_KNOWN))]


def test_no_records_are_no_batch() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        encode_batch([])


def test_stored_size_is_exact() -> None:
    contents = [b"\0\0\0" + b"x" * (n % 130) for n in range(5_000)]
    size = codec.HEADER_BYTES + sum(codec.stored_size(content, n) for n, content in enumerate(contents))
    assert size == len(codec.encode_payloads(contents, 0))


@given(record_lists, st.sampled_from(compression.NAMES), st.integers(0, 1 << 40), st.data())
def test_a_part_of_a_batch_keeps_its_offsets_and_times(
    records: list[Record], name: str, base_offset: int, data: st.DataObject
) -> None:
    (batch,) = decode_batches(encode_batch(records, base_offset=base_offset, compression=name))
    kept = data.draw(
        st.sets(st.integers(0, len(records) - 1), min_size=1).map(sorted)
    )  # with gaps, as after compaction
    (part,) = decode_batches(codec.rebatched(batch, [batch.entries()[index] for index in kept]))
    assert part.records() == [batch.records()[index] for index in kept]
    assert (part.base_offset, part.last_offset) == (base_offset + kept[0], base_offset + kept[-1])
    assert part.max_timestamp_ms == max(record.timestamp_ms for record in part.records())


@given(record_lists.filter(lambda records: len(records) > 1), st.sampled_from(compression.NAMES), st.booleans())
def test_halves_are_the_whole(records: list[Record], name: str, append_time: bool) -> None:
    whole = encode_batch(records, compression=name, log_append_time_ms=5 if append_time else None)
    halves = codec.halved(whole)
    (before,) = decode_batches(whole)
    parts = [batch for half in halves for batch in decode_batches(half)]
    assert [record for batch in parts for record in batch.records()] == before.records()
    assert abs(parts[0].record_count - parts[1].record_count) <= 1
    assert all(batch.is_log_append_time == append_time for batch in parts)


@given(st.lists(record_lists, min_size=1, max_size=4))
def test_seal_fills_in_the_checksums(lists: list[list[Record]]) -> None:
    whole = b"".join(encode_batch(records) for records in lists)
    opened = bytearray(whole)
    for start, _ in batch_sizes(whole):
        opened[start + 17 : start + 21] = bytes(4)
    codec.seal(opened)
    assert bytes(opened) == whole

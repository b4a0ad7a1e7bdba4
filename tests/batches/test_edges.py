"""Batches at the edges of their fields, written by hand: what mutations of the codec showed to be untested."""

import struct
from typing import Any

import google_crc32c
import pytest

from rpkpy.batches import payload, varint
from rpkpy.batches.codec import MalformedBatch, batch_sizes, decode_batches, encode_batch, encode_payloads, inflated
from rpkpy.batches.record import Record

_LARGEST = 1 << 62
_PAYLOAD = b"\1\1\0"  # null key, null value, no headers


def record(content: bytes = _PAYLOAD, *, attributes: int = 0, time: int = 0, offset: int = 0) -> bytes:
    """A stored record with these deltas."""
    body = bytes((attributes,)) + varint.zigzag(time) + varint.zigzag(offset) + content
    return varint.zigzag(len(body)) + body


def stored(*records: bytes, base: int = 7, first_ms: int = 1_000, max_ms: int = 5_000, **fields: Any) -> bytes:
    """A batch of stored records with a right checksum."""
    given = {"attributes": 0, "last": 0, "producer": 11, "producer_epoch": 12, "sequence": 13, "epoch": 14} | fields
    count = given.get("count", len(records))
    covered = struct.pack(">hiqqqhii", given["attributes"], given["last"], first_ms, max_ms, given["producer"],
                          given["producer_epoch"], given["sequence"], count) + b"".join(records)  # fmt: skip
    return struct.pack(">qiibI", base, 9 + len(covered), given["epoch"], 2, google_crc32c.value(covered)) + covered


def refused(data: bytes) -> tuple[str, str]:
    """Message and cause of the error."""
    with pytest.raises(MalformedBatch) as caught:
        for batch in decode_batches(data):
            batch.records()
    return caught.value.message, str(caught.value.cause)


def entries(data: bytes) -> list[tuple[int, int, int, bytes]]:
    (batch,) = decode_batches(data)
    return batch.entries()


def test_offsets_of_one_two_and_three_bytes() -> None:
    """Deltas from 64 on take two bytes, from 8,192 on three, whose second is 0x80 at first."""
    records = [Record(None, None)] * 9_000
    (batch,) = decode_batches(encode_batch(records, base_offset=5))
    assert [entry[2:] for entry in batch.entries()] == [(offset, _PAYLOAD) for offset in range(5, 9_005)]


@pytest.mark.parametrize("size", [*range(55, 70), *range(8_180, 8_200), *range(16_370, 16_390)])
def test_lengths_around_another_byte(size: int) -> None:
    data = encode_batch([Record(b"k", b"v" * size), Record(None, b"end")])
    assert [found.value for found in next(decode_batches(data)).records()] == [b"v" * size, b"end"]
    assert payload.is_valid(payload.encode(Record(b"v" * size, b"v" * size)))


def test_every_field_of_the_header_is_told() -> None:
    (batch,) = decode_batches(stored(record(), last=3, attributes=0x10))
    assert (batch.partition_leader_epoch, batch.producer_id, batch.producer_epoch, batch.base_sequence) == (
        14,
        11,
        12,
        13,
    )
    assert (batch.last_offset, batch.is_transactional) == (10, True)


def test_log_append_time_is_the_greatest_and_create_time_each_records_own() -> None:
    records = record(time=1), record(time=2_000, offset=1)
    assert [entry[1] for entry in entries(stored(*records))] == [1_001, 3_000]
    assert [entry[1] for entry in entries(stored(*records, attributes=8))] == [5_000, 5_000]


def test_a_record_without_a_payload_is_an_entry_where_another_follows() -> None:
    assert entries(stored(record(b""), record(offset=1))) == [(0, 1_000, 7, b""), (0, 1_000, 8, _PAYLOAD)]


def test_deltas_below_zero_and_attributes_of_records() -> None:
    assert entries(stored(record(attributes=5, time=-2, offset=-3))) == [(5, 998, 4, _PAYLOAD)]
    assert entries(stored(record(offset=-100), record(offset=-9_000, time=-9_000), base=10_000)) == [
        (0, 1_000, 9_900, _PAYLOAD),
        (0, -8_000, 1_000, _PAYLOAD),
    ]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (stored(record(time=_LARGEST)), "A timestamp delta is out of range."),
        (stored(record(time=-_LARGEST)), "A timestamp delta is out of range."),
        (stored(record(offset=_LARGEST)), "An offset delta is out of range."),
        (stored(record(offset=-_LARGEST)), "An offset delta is out of range."),
        (stored(b"\0" + b"\0\0\0"), "Its records are cut short."),
        (stored(b"\1" + b"\0\0\0"), "Its records are cut short."),
        (stored(record(), count=2), "Its records are cut short."),
        (stored(record(b"")), "Its records are cut short."),
        (stored(record()[:-1]), "Its records are cut short."),
        (stored(record(), b"\0"), "Its records are cut short."),
        (stored(record(), b"\0", count=1), "Bytes follow its last record."),
        (stored(record(b"\1\1\1")), "A negative header count."),
        (stored(record(b"\4a")), "A record's payload is cut short."),
        (stored(record(b"\3\1\0")), "A negative length."),
        (stored(record(b"\1\1\0\0")), "Bytes follow a record's headers."),
        (stored(record(b"\xff" * 11)), "A varint is longer than 64 bits."),
        (stored(record(), count=-1), "An offset or a count is out of range."),
        (stored(record(), last=-1), "An offset or a count is out of range."),
        (stored(record(), first_ms=_LARGEST), "A timestamp is out of range."),
        (stored(record(), first_ms=-_LARGEST), "A timestamp is out of range."),
        (stored(record(), max_ms=_LARGEST), "A timestamp is out of range."),
        (stored(record(), max_ms=-_LARGEST), "A timestamp is out of range."),
        (stored(record())[:-1] + b"\2", "Its checksum does not match."),
        (stored(record())[:16] + b"\1" + stored(record())[17:], "Its format version is 1, not 2."),
    ],
)
def test_the_batch_and_the_cause_are_named(data: bytes, cause: str) -> None:
    assert refused(data) == ("The record batch at offset 7 cannot be read.", cause)


def test_offsets_end_below_two_to_the_62() -> None:
    assert entries(stored(record(), base=_LARGEST - 1))[0][2] == _LARGEST - 1
    assert refused(stored(record(), base=_LARGEST))[1] == "An offset or a count is out of range."
    almost = _LARGEST - 1
    assert entries(stored(record(time=almost, offset=almost), base=0, first_ms=0)) == [(0, almost, almost, _PAYLOAD)]


@pytest.mark.parametrize(
    ("data", "message", "cause"),
    [
        (bytes(8) + b"\xff\xff\xff\xff", "Bytes are not a record batch.", "A batch's length field says -1."),
        (bytes(8) + b"\0\0\0\x31", "A record batch is cut short.", "12 bytes are left of it."),
        (bytes(8) + b"\1\0\0\x31" + bytes(49), "A record batch is cut short.", "61 bytes are left of it."),
        (bytes(11), "A record batch is cut short.", "11 bytes are left of it."),
    ],
)
def test_frames_that_do_not_hold(data: bytes, message: str, cause: str) -> None:
    with pytest.raises(MalformedBatch) as caught:
        list(batch_sizes(data))
    assert (caught.value.message, caught.value.cause) == (message, cause)


def test_what_is_inflated_has_no_checksum() -> None:
    plain = inflated(encode_batch([Record(None, b"x" * 100)], compression="gzip"))
    assert plain[17:21] == bytes(4)


def test_payloads_with_the_brokers_time_keep_offset_and_compression() -> None:
    data = encode_batch([Record(None, b"x" * 100)], base_offset=9, log_append_time_ms=3, compression="zstd")
    (batch,) = decode_batches(data)
    assert (batch.base_offset, batch.compression, batch.is_log_append_time) == (9, "zstd", True)
    (batch,) = decode_batches(encode_payloads([_PAYLOAD], 3))
    assert batch.base_offset == 0


@pytest.mark.parametrize(
    ("content", "valid"),
    [
        (b"\1\1\0", True),
        (b"\0\0\0", True),
        (b"\0\0\2\0\0", True),
        (b"\0\0\2\0\1", True),
        (b"\0\0\2\0\3", False),  # a header's value of length -2
        (b"\3\1\0", False),
        (b"\1\3\0", False),
        (b"\1\1\1", False),
        (b"\2a\2b\0", True),
        (b"\2a\4b\0", False),
        (b"\x80\x00\1\0", True),  # length 0 in two bytes
        (b"\x80\x80\x00\1\0", True),  # and in three
    ],
)
def test_payloads_that_a_transform_may_write(content: bytes, valid: bool) -> None:
    assert payload.is_valid(content) == valid

"""Kafka record batches, version 2, to and from bytes.

Layout (Kafka protocol, "Record Batch"), big endian: base offset i64, length i32 (of all that follows), partition
leader epoch i32, magic i8 = 2, CRC-32C u32 (of all that follows), attributes i16, last offset delta i32, first
timestamp i64, max timestamp i64, producer id i64, producer epoch i16, base sequence i32, record count i32, records.
A record: length, attributes i8, timestamp delta, offset delta, payload (see `payload`); lengths and deltas are
zigzag varints.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import google_crc32c

from rpkpy.batches import compression, crc32c, payload, varint
from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError

_FRAME = struct.Struct(">qiibI")
_COVERED = struct.Struct(">hiqqqhii")
_CRC = struct.Struct(">I")
HEADER = struct.Struct(">qiibIhiqqqhii")
"""All that stands before the records, in the order of the layout above."""

HEADER_BYTES = HEADER.size
"""Size of a batch with no records: 61 bytes."""

# The length field counts from the leader epoch on; the CRC covers from the attributes on.
LENGTH_FROM = 12
_MIN_LENGTH = HEADER_BYTES - LENGTH_FROM
_MAGIC = 2
_COMPRESSION_MASK = 0x07
_LOG_APPEND_TIME = 0x08
_TRANSACTIONAL = 0x10
_CONTROL = 0x20
# Offsets and timestamps stay clear of 64 bits, so that a base plus a delta fits.
_LARGEST = 1 << 62
_BAD_CHECKSUM = "its checksum does not match"

Entry = tuple[int, int, int, bytes]
"""A record as stored: attributes, timestamp (ms), offset, payload."""


class MalformedBatch(InvalidError):
    """Bytes that are no record batch: cut short, a wrong checksum or version, lengths that do not fit."""


@dataclass(frozen=True, eq=False)
class Batch:
    """One record batch. `size` is what it takes as stored, in bytes; its records are decoded when asked for."""

    base_offset: int
    size: int
    partition_leader_epoch: int
    attributes: int
    last_offset_delta: int
    first_timestamp_ms: int
    max_timestamp_ms: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int
    _stored: bytes

    @property
    def last_offset(self) -> int:
        """Offset of the last record, also when compaction has removed it."""
        return self.base_offset + self.last_offset_delta

    @property
    def compression(self) -> str:
        """Compression type; raises MalformedBatch for a codec number that does not exist."""
        codec = self.attributes & _COMPRESSION_MASK
        if codec >= len(compression.NAMES):
            raise MalformedBatch("A record batch cannot be read.", cause=f"It names compression codec {codec}.")
        return compression.NAMES[codec]

    @property
    def is_control(self) -> bool:
        """Whether it holds transaction markers, which are no user's records."""
        return bool(self.attributes & _CONTROL)

    @property
    def is_transactional(self) -> bool:
        """Whether it was written inside a transaction."""
        return bool(self.attributes & _TRANSACTIONAL)

    @property
    def is_log_append_time(self) -> bool:
        """Whether its records carry the broker's time (`max_timestamp_ms`) instead of the producer's."""
        return bool(self.attributes & _LOG_APPEND_TIME)

    @cached_property
    def _body(self) -> bytes:
        codec = self.attributes & _COMPRESSION_MASK
        try:
            return compression.decompress(codec, self._stored)
        except compression.BadCompression as error:
            raise MalformedBatch("A record batch cannot be decompressed.", cause=str(error)) from None

    def entries(self) -> list[Entry]:
        """Every record as (attributes, timestamp ms, offset, payload). Raises MalformedBatch."""
        try:
            return self._entries()
        except IndexError:
            raise _malformed("its records are cut short", self.base_offset) from None
        except ValueError as error:
            raise _malformed(str(error), self.base_offset) from None

    def _entries(self) -> list[Entry]:
        body = self._body
        size = len(body)
        base, first = self.base_offset, self.first_timestamp_ms
        stamp = self.max_timestamp_ms if self.is_log_append_time else None
        out: list[Entry] = []
        position = 0
        for _ in range(self.record_count):
            byte, second = body[position], body[position + 1]
            if byte >= 0x80 and second < 0x80 and not byte & 1:  # the varints of ordinary batches, without a call
                length = (byte & 0x7F | second << 7) >> 1
                position += 2
            else:
                length, position = varint.read(body, position)
            end = position + length
            if length < 0 or end > size:
                raise IndexError
            attributes = body[position]
            byte = body[position + 1]
            if byte < 0x80:
                timestamp_delta = (byte >> 1) ^ -(byte & 1)
                position += 2
            else:
                timestamp_delta, position = varint.read(body, position + 1)
                if not -_LARGEST < timestamp_delta < _LARGEST:
                    raise ValueError("a timestamp delta is out of range")
            byte, second = body[position], body[position + 1]
            if byte < 0x80:
                offset_delta = (byte >> 1) ^ -(byte & 1)
                position += 1
            elif second < 0x80 and not byte & 1:
                offset_delta = (byte & 0x7F | second << 7) >> 1
                position += 2
            else:
                offset_delta, position = varint.read(body, position)
                if not -_LARGEST < offset_delta < _LARGEST:
                    raise ValueError("an offset delta is out of range")
            if position > end:
                raise IndexError
            timestamp = first + timestamp_delta if stamp is None else stamp
            out.append((attributes, timestamp, base + offset_delta, body[position:end]))
            position = end
        if position != size:
            raise ValueError("bytes follow its last record")
        return out

    def records(self) -> list[Record]:
        """Every record. Raises MalformedBatch."""
        out = []
        for _, timestamp, offset, content in self.entries():
            try:
                key, value, headers = payload.decode(content)
            except ValueError as error:
                raise _malformed(str(error), self.base_offset) from None
            out.append(Record(key, value, headers, timestamp, offset))
        return out


def _malformed(cause: str, base_offset: int) -> MalformedBatch:
    return MalformedBatch(f"The record batch at offset {base_offset} cannot be read.", cause=cause.capitalize() + ".")


def batch_sizes(data: bytes | bytearray | memoryview, *, partial_tail: bool = False) -> Iterator[tuple[int, int]]:
    """(start, size) of each batch in `data`, by the length fields alone.

    `partial_tail` ends quietly at a batch that is cut short, as the last one of a fetch response may be.
    Raises MalformedBatch.
    """
    position = 0
    while position < len(data):
        left = len(data) - position
        if left >= LENGTH_FROM:
            length = int.from_bytes(data[position + 8 : position + 12], "big", signed=True)
            if length < _MIN_LENGTH:
                raise MalformedBatch("Bytes are not a record batch.", cause=f"A batch's length field says {length}.")
            if LENGTH_FROM + length <= left:
                yield position, LENGTH_FROM + length
                position += LENGTH_FROM + length
                continue
        if partial_tail:
            return
        raise MalformedBatch("A record batch is cut short.", cause=f"{left} bytes are left of it.")


def decode_batches(
    data: bytes | bytearray | memoryview, *, check_crc: bool = True, partial_tail: bool = False
) -> Iterator[Batch]:
    """The batches that stand one after the other in `data`, as a fetch response holds them.

    Checksums are tested unless `check_crc` is false. `partial_tail`: see `batch_sizes`. Raises MalformedBatch,
    and nothing else, for bytes that are no batches.
    """
    view = memoryview(data)
    for start, size in batch_sizes(view, partial_tail=partial_tail):
        base_offset, _, epoch, magic, crc = _FRAME.unpack_from(view, start)
        if magic != _MAGIC:
            raise _malformed(f"its format version is {magic}, not {_MAGIC}", base_offset)
        covered = bytes(view[start + _FRAME.size : start + size])
        if check_crc and google_crc32c.value(covered) != crc:
            raise _malformed(_BAD_CHECKSUM, base_offset)
        fields = _COVERED.unpack_from(covered)
        attributes, last_delta, first_ms, max_ms, producer_id, producer_epoch, sequence, count = fields
        if not 0 <= base_offset < _LARGEST or last_delta < 0 or count < 0:
            raise _malformed("an offset or a count is out of range", base_offset)
        if not (-_LARGEST < first_ms < _LARGEST and -_LARGEST < max_ms < _LARGEST):
            raise _malformed("a timestamp is out of range", base_offset)
        yield Batch(
            base_offset,
            size,
            epoch,
            attributes,
            last_delta,
            first_ms,
            max_ms,
            producer_id,
            producer_epoch,
            sequence,
            count,
            covered[_COVERED.size :],
        )


def check_crcs(data: bytes | memoryview) -> None:
    """Test the checksum of every batch in `data`. Raises MalformedBatch."""
    view = memoryview(data)
    for start, size in batch_sizes(view):
        base_offset, _, _, _, crc = _FRAME.unpack_from(view, start)
        if google_crc32c.value(bytes(view[start + _FRAME.size : start + size])) != crc:
            raise _malformed(_BAD_CHECKSUM, base_offset)


def inflated(data: bytes | bytearray | memoryview) -> bytes:
    """The batches in `data` with their records decompressed. They have no checksums (0). Raises MalformedBatch."""
    parts: list[bytes] = []
    for batch in decode_batches(data, check_crc=False):
        number = batch.attributes & _COMPRESSION_MASK
        plain = batch.is_control or batch.compression == "none"
        parts.append(_framed(batch, batch._stored, number) if plain else _framed(batch, batch._body, 0))  # noqa: SLF001
    return b"".join(parts)


def compressed(data: bytes | memoryview, name: str) -> bytes:
    """The uncompressed batches in `data` with their records compressed as `name`. Raises MalformedBatch."""
    number = compression.number(name)
    return b"".join(
        _framed(batch, compression.compress(name, batch._stored), number, crc=True)  # noqa: SLF001
        for batch in decode_batches(data, check_crc=False)
    )


def seal(data: memoryview | bytearray) -> None:
    """Write the checksum of every batch in `data` where it stands. Raises MalformedBatch."""
    for start, size in batch_sizes(data):
        covered = start + _FRAME.size
        _CRC.pack_into(data, covered - _CRC.size, crc32c.of(data, covered, start + size))


def rebatched(batch: Batch, entries: Sequence[Entry]) -> bytes:
    """Some of the entries of `batch` (at least one), in order, as an uncompressed batch of their own.

    Offsets and times stay what they were; the base offset is the first one's.
    """
    base, first_ms = entries[0][2], entries[0][1]
    parts: list[bytes] = []
    zigzag = varint.zigzag
    for attributes, time_ms, offset, content in entries:
        head = bytes((attributes,)) + zigzag(time_ms - first_ms) + zigzag(offset - base)
        parts += (zigzag(len(head) + len(content)), head, content)
    covered = _COVERED.pack(
        batch.attributes & ~_COMPRESSION_MASK,
        entries[-1][2] - base,
        first_ms,
        max(time_ms for _, time_ms, _, _ in entries),
        batch.producer_id,
        batch.producer_epoch,
        -1,
        len(entries),
    ) + b"".join(parts)
    return _sealed(base, batch.partition_leader_epoch, covered)


def halved(data: bytes | bytearray | memoryview) -> tuple[bytes, bytes]:
    """A batch of two records or more, of any compression, as two without. Raises MalformedBatch."""
    (batch,) = decode_batches(data, check_crc=False)
    entries = batch.entries()
    middle = len(entries) // 2
    return rebatched(batch, entries[:middle]), rebatched(batch, entries[middle:])


def _framed(batch: Batch, body: bytes, codec_number: int, *, crc: bool = False) -> bytes:
    """`batch` with another body."""
    covered = (
        _COVERED.pack(
            batch.attributes & ~_COMPRESSION_MASK | codec_number,
            batch.last_offset_delta,
            batch.first_timestamp_ms,
            batch.max_timestamp_ms,
            batch.producer_id,
            batch.producer_epoch,
            batch.base_sequence,
            batch.record_count,
        )
        + body
    )
    return _sealed(batch.base_offset, batch.partition_leader_epoch, covered, crc=crc)


def _sealed(base_offset: int, leader_epoch: int, covered: bytes, *, crc: bool = True) -> bytes:
    """A batch of what its checksum covers; 0 instead of the checksum unless `crc`."""
    length = _MIN_LENGTH - _COVERED.size + len(covered)
    checksum = google_crc32c.value(covered) if crc else 0
    return _FRAME.pack(base_offset, length, leader_epoch, _MAGIC, checksum) + covered


def encode_batch(
    records: Sequence[Record],
    *,
    base_offset: int = 0,
    compression: str = "none",
    log_append_time_ms: int | None = None,
) -> bytes:
    """One batch of `records` (at least one) at offsets `base_offset`, +1, +2, ...; producer id -1.

    Timestamps are the records' own (CreateTime), or `log_append_time_ms` for all of them (LogAppendTime).
    """
    if not records:
        raise ValueError("a record batch holds at least one record")
    payloads = [payload.encode(record) for record in records]
    if log_append_time_ms is not None:
        return encode_payloads(payloads, log_append_time_ms, base_offset=base_offset, compression=compression)
    first_ms = records[0].timestamp_ms
    deltas = [record.timestamp_ms - first_ms for record in records]
    return _assemble(
        payloads, deltas, base_offset, compression, attributes=0, first_ms=first_ms, max_ms=first_ms + max(deltas)
    )


def encode_payloads(
    payloads: Sequence[bytes], timestamp_ms: int, *, base_offset: int = 0, compression: str = "none"
) -> bytes:
    """One LogAppendTime batch of records (at least one) that are payloads already, as a broker writes a transform's."""
    return _assemble(
        payloads,
        None,
        base_offset,
        compression,
        attributes=_LOG_APPEND_TIME,
        first_ms=timestamp_ms,
        max_ms=timestamp_ms,
    )


def encode_payload_batches(payloads: Sequence[bytes], times_ms: int | Sequence[int], batch_bytes: int) -> bytes:
    """As `encode_payloads`, but none for no records, and several where one would be larger than `batch_bytes`.

    A time for each record (CreateTime) instead of one for all is possible.
    """
    batches: list[bytes] = []
    start = 0
    size = HEADER_BYTES
    for index, content in enumerate(payloads):
        taken = stored_size(
            content, index - start, 0 if isinstance(times_ms, int) else times_ms[index] - times_ms[start]
        )
        if size + taken > batch_bytes and index > start:
            batches.append(_encode_part(payloads, times_ms, start, index))
            start, size = index, HEADER_BYTES
            taken = stored_size(content, 0)
        size += taken
    if payloads:
        batches.append(_encode_part(payloads, times_ms, start, len(payloads)))
    return b"".join(batches)


def _encode_part(payloads: Sequence[bytes], times_ms: int | Sequence[int], start: int, end: int) -> bytes:
    if isinstance(times_ms, int):
        return encode_payloads(payloads[start:end], times_ms)
    return encode_timed_payloads(payloads[start:end], times_ms[start:end])


def encode_timed_payloads(payloads: Sequence[bytes], times_ms: Sequence[int], *, compression: str = "none") -> bytes:
    """One CreateTime batch of records (at least one) that are payloads already, with a time for each."""
    first_ms = times_ms[0]
    deltas = [time_ms - first_ms for time_ms in times_ms]
    return _assemble(payloads, deltas, 0, compression, attributes=0, first_ms=first_ms, max_ms=max(times_ms))


def stored_size(content: bytes, offset_delta: int, time_delta: int = 0) -> int:
    """Bytes that a record with this payload takes in an uncompressed batch."""
    length = 1 + len(varint.zigzag(time_delta)) + len(varint.zigzag(offset_delta)) + len(content)
    return len(varint.zigzag(length)) + length


def _assemble(
    payloads: Sequence[bytes],
    deltas: Sequence[int] | None,
    base_offset: int,
    compression_name: str,
    *,
    attributes: int,
    first_ms: int,
    max_ms: int,
) -> bytes:
    zigzag = varint.zigzag
    parts: list[bytes] = []
    if deltas is None:
        for index, content in enumerate(payloads):
            head = b"\0\0" + zigzag(index)
            parts += (zigzag(len(head) + len(content)), head, content)
    else:
        for index, (content, delta) in enumerate(zip(payloads, deltas, strict=True)):
            head = b"\0" + zigzag(delta) + zigzag(index)
            parts += (zigzag(len(head) + len(content)), head, content)
    body = compression.compress(compression_name, b"".join(parts))
    count = len(payloads)
    covered = (
        _COVERED.pack(attributes | compression.number(compression_name), count - 1, first_ms, max_ms, -1, -1, -1, count)
        + body
    )
    return _sealed(base_offset, -1, covered)

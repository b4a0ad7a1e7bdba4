"""Record batches of every kind for cases, written field by field: not with the codec, which is under test, too."""

import struct
from dataclasses import dataclass

import google_crc32c

from rpkpy.batches import compression

_LOG_APPEND_TIME, _TRANSACTIONAL, _CONTROL = 0x08, 0x10, 0x20
_MAGIC = 2
_FROM_LEADER_EPOCH = 9  # leader epoch, magic, CRC


@dataclass(frozen=True)
class InputRecord:
    """A record as a producer sent it; timestamp in ms since the epoch."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]
    timestamp_ms: int
    offset: int
    attributes: int = 0


@dataclass(frozen=True)
class InputBatch:
    """A v2 batch (Kafka protocol, "Record Batch"); `max_timestamp_ms` is each record's time under `log_append_time`."""

    records: tuple[InputRecord, ...]
    base_offset: int
    last_offset_delta: int
    first_timestamp_ms: int
    max_timestamp_ms: int
    log_append_time: bool = False
    transactional: bool = False
    control: bool = False
    compression: str = "none"
    leader_epoch: int = -1
    producer_id: int = -1
    producer_epoch: int = -1
    base_sequence: int = -1

    def encode(self) -> bytes:
        """The batch as a topic stores it."""
        attributes = (
            compression.number(self.compression)
            | _LOG_APPEND_TIME * self.log_append_time
            | _TRANSACTIONAL * self.transactional
            | _CONTROL * self.control
        )
        body = compression.compress(self.compression, b"".join(map(self._record, self.records)))
        covered = struct.pack(
            ">hiqqqhii",
            attributes,
            self.last_offset_delta,
            self.first_timestamp_ms,
            self.max_timestamp_ms,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            len(self.records),
        )
        covered += body
        crc = google_crc32c.value(covered)
        length = _FROM_LEADER_EPOCH + len(covered)
        return struct.pack(">qiibI", self.base_offset, length, self.leader_epoch, _MAGIC, crc) + covered

    def _record(self, record: InputRecord) -> bytes:
        content = bytes([record.attributes])
        content += _varint(record.timestamp_ms - self.first_timestamp_ms) + _varint(record.offset - self.base_offset)
        content += _sized(record.key) + _sized(record.value) + _varint(len(record.headers))
        for name, value in record.headers:
            content += _sized(name) + _sized(value)
        return _varint(len(content)) + content


def _varint(value: int) -> bytes:
    left = value * 2 if value >= 0 else -value * 2 - 1  # zigzag
    out = b""
    while left > 0x7F:
        out += bytes([left % 128 + 128])
        left //= 128
    return out + bytes([left])


def _sized(content: bytes | None) -> bytes:
    return _varint(-1) if content is None else _varint(len(content)) + content

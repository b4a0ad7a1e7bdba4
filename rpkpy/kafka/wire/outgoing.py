"""Finished record batches made ready for a producer: its name and numbers in their headers, compressed, checksummed."""

import ctypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from rpkpy.batches import codec, compression, crc32c
from rpkpy.errors import RefusedError

# Parts of a batch's header, see rpkpy.batches.codec.
_LENGTH = struct.Struct(">i")
_CRC = struct.Struct(">I")
_ATTRIBUTES = struct.Struct(">h")
_PRODUCER = struct.Struct(">qhi")  # id, epoch, base sequence
_COUNT = struct.Struct(">i")
_LENGTH_AT, _CRC_AT, _ATTRIBUTES_AT, _PRODUCER_AT, _COUNT_AT = 8, 17, 21, 43, 57
_TRANSACTIONAL = 0x10
_SEQUENCES = 1 << 31


class BatchRefused(RefusedError):
    """A record that its topic cannot take, however often it is tried."""


class TooLarge(BatchRefused):
    """One record alone is larger than its topic takes. `size` is that of its batch, in bytes."""

    def __init__(self, topic: str, size: int, limit: int | None) -> None:
        super().__init__(
            f"A record of {size} bytes does not fit the output topic {topic}.",
            cause=f"max.message.bytes of the topic is {limit}."
            if limit
            else "MESSAGE_TOO_LARGE: the broker refused it.",
            fix=f"Raise max.message.bytes of {topic}, or make smaller records.",
        )


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes: the producer's id and epoch, whether in a transaction, and the compression of what it writes."""

    producer_id: int
    epoch: int
    transactional: bool
    compression: str

    @property
    def attributes(self) -> int:
        """Of every batch: CreateTime, whatever the batch said before."""
        return compression.number(self.compression) | (_TRANSACTIONAL if self.transactional else 0)


def fitting(batches: bytes | memoryview, topic: str, limit: int, name: str) -> Iterator[bytearray]:
    """Each of the uncompressed `batches`, compressed as `name`, in a buffer of its own and of at most `limit` bytes.

    One that is larger is cut in two, again and again. They are good to be sealed. Raises TooLarge for a record that is
    too large without being compressed.
    """
    view = memoryview(batches)
    for start, size in codec.batch_sizes(view):
        yield from _fitted(view[start : start + size], topic, limit, name)


def _fitted(batch: memoryview, topic: str, limit: int, name: str) -> Iterator[bytearray]:
    made = bytearray(batch) if name == "none" else _compressed(batch, name)
    alone = record_count(made) < 2
    if alone and len(made) > limit and name == "none":
        raise TooLarge(topic, len(made), limit)
    if alone or len(made) <= limit:
        yield made  # a compressed record that is too large the broker refuses, and other outputs have theirs
    else:
        for half in codec.halved(batch):
            yield from _fitted(memoryview(half), topic, limit, name)


def _compressed(batch: memoryview, name: str) -> bytearray:
    body = compression.compress(name, bytes(batch[codec.HEADER_BYTES :]))
    made = bytearray(batch[: codec.HEADER_BYTES])
    made += body
    _LENGTH.pack_into(made, _LENGTH_AT, len(made) - codec.LENGTH_FROM)
    return made


def record_count(batch: bytearray) -> int:
    """How many records a batch holds."""
    return int(_COUNT.unpack_from(batch, _COUNT_AT)[0])


def seal(batch: bytearray, stamp: Stamp, sequence: int) -> None:
    """Fill in who writes the batch, the sequence number of its first record, and the checksum.

    Offsets, which count from the base, are the broker's to give: it refuses a base that is not 0.
    """
    batch[:8] = bytes(8)
    _ATTRIBUTES.pack_into(batch, _ATTRIBUTES_AT, stamp.attributes)
    _PRODUCER.pack_into(batch, _PRODUCER_AT, stamp.producer_id, stamp.epoch, sequence)
    address = ctypes.addressof(ctypes.c_char.from_buffer(batch))
    _CRC.pack_into(batch, _CRC_AT, crc32c.at(address + _ATTRIBUTES_AT, len(batch) - _ATTRIBUTES_AT))


def halves(batch: bytearray, topic: str, name: str) -> list[bytearray]:
    """A batch that its topic finds too large, as two. Raises TooLarge where it holds one record alone."""
    if record_count(batch) < 2:
        raise TooLarge(topic, len(batch), None)
    plain = codec.inflated(batch) if name != "none" else batch
    return [bytearray(half) if name == "none" else _compressed(memoryview(half), name) for half in codec.halved(plain)]


def next_sequence(sequence: int, records: int) -> int:
    """The sequence number after `records` more: 31 bits, then from 0 again (Kafka protocol, record batch)."""
    return (sequence + records) % _SEQUENCES

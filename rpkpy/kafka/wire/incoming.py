"""A fetch's record batches, looked through where they stand: whole ones, in order, undamaged, committed.

What is read here decides what is trusted: lengths, offsets, checksums. The records themselves the engine checks.
"""

import ctypes
import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rpkpy.batches import codec, crc32c, payload
from rpkpy.kafka.wire.errors import Unsupported

_MIN_LENGTH = codec.HEADER_BYTES - codec.LENGTH_FROM
_MAGIC_AT, _CRC_FROM = 16, 21
_ATTRIBUTES_LOW = 22
_COMPRESSED, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_LARGEST_OFFSET = 1 << 62
_MAGIC = 2
_ABORT = b"\0\0\0\0"  # a control record's key: version 0, type 0

Aborted = Sequence[tuple[int, int]]
"""Transactions that were aborted: producer id and first offset, as a fetch of committed records lists them."""


class Survey(NamedTuple):
    """What stands in the first `size` bytes of a response: whole batches up to `last_offset`.

    `records` is at most how many they hold; `compressed` says whether any batch for the guest is.
    """

    size: int
    last_offset: int
    records: int
    compressed: bool


class Placed(NamedTuple):
    """One batch there: where it begins, its size in bytes, the offsets that it covers, how many records it has."""

    start: int
    size: int
    base_offset: int
    last_offset: int
    records: int
    plain: bool


def survey(view: memoryview, aborted: Aborted) -> Survey:
    """Look through a response; a batch that is cut short at the end is left out.

    Batches of aborted transactions are marked as control batches in place, which no guest is shown (their checksums
    are wrong then). Raises MalformedBatch, and Unsupported for a message format older than 2.
    """
    unpack, checksum, header_bytes = codec.HEADER.unpack_from, crc32c.at, codec.HEADER_BYTES
    size, position, after, records, codecs = len(view), 0, -1, 0, 0
    address = ctypes.addressof(ctypes.c_char.from_buffer(view)) if size else 0
    filtered = _Filter(aborted) if aborted else None
    while size - position >= header_bytes:
        base, length, _, magic, crc, attributes, delta, _, _, producer, _, _, count = unpack(view, position)
        if magic != _MAGIC:
            raise _too_old(magic)
        if length < _MIN_LENGTH:
            raise _malformed(base, f"Its length field says {length}.")
        end = position + 12 + length
        if end > size:
            break
        last = base + delta
        if not after < base <= last < _LARGEST_OFFSET or count < 0:
            raise _malformed(base, "Its offsets or its count cannot be right.")
        if checksum(address + position + _CRC_FROM, end - position - _CRC_FROM) != crc:
            raise _malformed(base, "Its checksum does not match.")
        after, position = last, end
        if attributes & (_TRANSACTIONAL | _CONTROL) and (
            attributes & _CONTROL or (filtered is not None and filtered.drops(producer, last))
        ):
            start = end - 12 - length
            if not attributes & _CONTROL:
                view[start + _ATTRIBUTES_LOW] |= _CONTROL
            elif filtered is not None:
                filtered.ends(producer, last, view[start:end])
            continue
        codecs |= attributes
        records += count
    if not position and size > _MAGIC_AT and view[_MAGIC_AT] != _MAGIC:  # messages of old are shorter than a header
        raise _too_old(view[_MAGIC_AT])
    return Survey(position, after, records, bool(codecs & _COMPRESSED))


def placed(view: memoryview) -> Iterator[Placed]:
    """The batches of a response that was surveyed, up to the survey's size."""
    position = 0
    while position < len(view):
        base, length, _, _, _, attributes, delta, _, _, _, _, _, count = codec.HEADER.unpack_from(view, position)
        shown = 0 if attributes & _CONTROL else count
        plain = bool(attributes & _CONTROL) or not attributes & _COMPRESSED
        yield Placed(position, 12 + length, base, base + delta, shown, plain)
        position += 12 + length


class _Filter:
    """Which transactional batches were aborted (org.apache.kafka.clients.consumer.internals.CompletedFetch)."""

    def __init__(self, aborted: Aborted) -> None:
        self._coming = [(first, producer) for producer, first in aborted]
        heapq.heapify(self._coming)
        self._open: set[int] = set()

    def drops(self, producer: int, last_offset: int) -> bool:
        """Whether a transactional batch up to `last_offset` belongs to an aborted transaction."""
        while self._coming and self._coming[0][0] <= last_offset:
            self._open.add(heapq.heappop(self._coming)[1])
        return producer in self._open

    def ends(self, producer: int, last_offset: int, marker: memoryview) -> None:
        """Take note of a transaction's marker."""
        if self.drops(producer, last_offset) and _is_abort(marker):
            self._open.discard(producer)


def _is_abort(batch: memoryview) -> bool:
    (control,) = codec.decode_batches(batch, check_crc=False)
    try:
        return any((payload.decode(entry[3])[0] or b"")[:4] == _ABORT for entry in control.entries())
    except ValueError as error:
        raise _malformed(control.base_offset, f"It is no transaction's marker: {error}.") from None


def _too_old(magic: int) -> Unsupported:
    return Unsupported(f"The topic holds records in Kafka's format {magic}, which is older than 2.")


def _malformed(base_offset: int, cause: str) -> codec.MalformedBatch:
    return codec.MalformedBatch(f"The record batch at offset {base_offset} cannot be read.", cause=cause)
